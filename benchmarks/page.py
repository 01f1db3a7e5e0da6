"""Measure the built pages in a real browser: weight, first paint, work at load, and how soon explorers answer.

    python benchmarks/page.py [folder of the built book, _build/html by default]

Every page is opened with nothing kept from the one before, at this machine's full speed and four times
slower; the table gives medians over the openings. Figures are not counted in bytes and requests. Of an
explorer, each control that arrow keys move is moved, and the slowest one is printed.
"""

import functools
import shutil
import statistics
import sys
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "_ext"))
from lighten import book_pages

OPENINGS = 5
PRESSES = 200  # of 60, the 95th percentile is the third largest, and other programs decide it
SPEEDS = {"plain": 1, "4x slowed": 4}

# For the explorers. Without the first two the browser waits for the beat of a screen (16.7 ms) before it draws. The
# wait is the same for any page, between nothing and a whole beat, and would hide what is measured. The third is
# Chromium's watch over the links in view, which it keeps on some openings of a page and not on others: while keys come,
# it asks for an empty frame every 100 ms, and a key that meets one has to wait for the beat after all.
AT_ONCE = ["--disable-gpu-vsync", "--disable-frame-rate-limit", "--disable-features=NavigationPredictor"]
HELD = 1 / 30  # seconds between two keys, as a key repeats that is held down

WATCH_LOAD = """
window.seen = { largest: 0, long: 0 };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) seen.largest = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) seen.long += entry.duration;
}).observe({ type: "longtask", buffered: true });
"""
READ_LOAD = """() => [performance.getEntriesByName("first-contentful-paint")[0].startTime, seen.largest, seen.long]"""

# From the moment the browser received the key (event.timeStamp) to the end of the first frame after it: the wait for
# the page, its handlers, what they leave to the frame, style, layout and painting. A message sent from within a frame
# arrives when that frame's painting is done. What it leaves out is the drawing of pixels outside the page's thread.
WATCH_KEYS = """
addEventListener("keydown", (event) => {
  window.painted = new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now() - event.timeStamp);
    requestAnimationFrame(() => port2.postMessage(0));
  });
}, { capture: true });
"""
CONTROLS = "input[type=range]:visible, [role=slider][tabindex='0']:visible"
NAME = """e => e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent.trim() ?? e.id"""


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for many files, as a real server does

    def log_message(self, *args):
        pass


def serve(folder):
    """Serve a folder from this process; return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def chromium():
    """Return the browser's program, or say what to install."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.exit("No Chromium found: install it (on Debian: apt-get install chromium)")
    return program


class Reader:
    """A browser with one tab, which forgets everything before it opens a page.

    One tab for all, because a new window makes Chromium load its own address bar, on the same processor.
    """

    def __init__(self, playwright, program, flags=()):
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        self.browser = playwright.chromium.launch(executable_path=program, args=[*quiet, *flags])
        self.tab = self.browser.new_page(viewport={"width": 1280, "height": 800})
        self.tab.add_init_script(WATCH_LOAD + WATCH_KEYS)
        self.tab.on("response", lambda answer: self.answers.append(answer))
        self.devtools = self.tab.context.new_cdp_session(self.tab)
        self.answers = []

    def open(self, url, slowdown):
        """Open a page and wait until it rests."""
        self.tab.goto("about:blank")
        self.devtools.send("Network.clearBrowserCache")
        self.devtools.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
        self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        self.answers.clear()
        self.tab.goto(url, wait_until="networkidle")
        self.tab.wait_for_function("seen.largest > 0")
        self.tab.wait_for_timeout(1000)  # what a page still does after its first picture


def measure_load(reader, url, slowdown):
    """Return the median first paint, largest paint and long-task time in ms, and the bytes and requests."""
    rows = []
    for _ in range(OPENINGS):
        reader.open(url, slowdown)
        rows.append(reader.tab.evaluate(READ_LOAD))
    # The module of a widget (blob:) came inside its page, and is not counted again.
    served = [answer for answer in reader.answers if answer.url.startswith("http") and "/_images/" not in answer.url]
    sizes = [len(answer.body()) for answer in served]
    return [statistics.median(column) for column in zip(*rows)], sum(sizes), len(sizes)


def measure_keys(tab, control):
    """Return the time in ms of each of many key presses on one control."""
    control.focus()
    times = []
    for count in range(PRESSES):
        pressed = time.perf_counter()
        tab.keyboard.press("ArrowRight" if count % 2 else "ArrowLeft")
        times.append(tab.evaluate("painted"))
        time.sleep(max(0, pressed + HELD - time.perf_counter()))
    return times


def measure_explorers(reader, url, slowdown):
    """Return for each explorer of a page its slowest control: name, median and 95th percentile in ms."""
    reader.open(url, slowdown)
    for widget in reader.tab.locator("live-widget").element_handles():
        widget.scroll_into_view_if_needed()  # it is made when it comes near
        reader.tab.wait_for_function("widget => !widget.hasAttribute('aria-busy')", arg=widget)
    found = []
    for explorer in reader.tab.locator(".explorer").all():
        explorer.scroll_into_view_if_needed()
        slowest = ("no control that arrow keys move", 0.0, 0.0)
        for control in explorer.locator(CONTROLS).all():
            times = sorted(measure_keys(reader.tab, control))
            late = times[int(0.95 * len(times))]
            if late > slowest[2]:
                slowest = (control.evaluate(NAME), statistics.median(times), late)
        found.append(slowest)
    return found


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "_build/html")
    if not (folder / "index.html").is_file():
        sys.exit(f"There is no built book in {folder}. Build it first: jupyter-book build .")
    program, site = chromium(), serve(folder)
    names = [page.relative_to(folder).as_posix() for page in book_pages(folder)]
    with sync_playwright() as playwright:
        reader = Reader(playwright, program)
        print(f"Chromium {reader.browser.version}\n")
        print(f"{'page':40}{'':>10}{'KB':>7}{'requests':>10}{'first':>8}{'largest':>9}{'long tasks':>12}   (ms)")
        for name in names:
            for speed, slowdown in SPEEDS.items():
                (first, largest, long), size, requests = measure_load(reader, site + name, slowdown)
                print(f"{name:40}{speed:>10}{size / 1000:7.0f}{requests:10}{first:8.0f}{largest:9.0f}{long:12.0f}")
        reader.browser.close()
        reader = Reader(playwright, program, AT_ONCE)
        print(f"\n{'explorer':40}{'':>10}{'median':>9}{'p95':>8}   (ms from key to painted frame)")
        for name in names:
            for speed, slowdown in SPEEDS.items():
                for control, median, late in measure_explorers(reader, site + name, slowdown):
                    print(f"{name:40}{speed:>10}{median:9.1f}{late:8.1f}   {control}")
        reader.browser.close()


if __name__ == "__main__":
    main()
