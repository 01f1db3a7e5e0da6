"""Widgets on a static page, with no kernel: _ext/live_widgets.js and .py on a small book of their own.

Its pages are in tests/site/live_widgets, and are built with the configuration of the book. Most of their
widgets are probes, which hand out what the loader gives them: `given(name, view)` in the page.
"""

import json
import re
import shutil

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import execute_chapters
from hands import painted
from project import ROOT, STATE, VIEW, build_book, serve

PAGES = ROOT / "tests" / "site" / "live_widgets"
ALL_DRAWN = "!document.querySelector('live-widget[aria-busy]')"

# A chapter, as it is committed: a picture and a text where the widget stands.
CHAPTER = {
    "picture": "from probe import PICTURE, Pictured\nPictured(name='shown')",
    "manywidgets": "from manywidgets import Column, Slider, Toggle\nColumn(Slider(value=3), Toggle(label='On'))",
    "drawdata": "from drawdata import BarWidget\nBarWidget(n_bins=4, width=400, height=300)",
    "text": "from IPython.display import Markdown\nMarkdown('One line of many.\\n\\n' * 200)",
    "never shown": "Slider(value=987654)\nNone",
    "far": "from probe import FAR, widget\nwidget('Far', FAR)",
}


def write_chapter(path):
    cells = [new_markdown_cell("# A chapter"), *(new_code_cell(source) for source in CHAPTER.values())]
    for cell in cells[1:]:
        view = {"application/vnd.jupyter.widget-view+json": {"model_id": "old"}}
        cell.outputs = [new_output("display_data", view | {"image/png": "iVBORw0KGgo=", "text/plain": "Widget()"})]
    nbformat.write(execute_chapters.normalise(new_notebook(cells=cells)), path)


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The small book, built and served."""
    book = tmp_path_factory.mktemp("widgets")
    shutil.copytree(PAGES, book, dirs_exist_ok=True)
    shutil.copytree(ROOT / "_ext", book / "_ext")
    # These steps publish the real book's package, chapters and quiz, which are not here.
    steps = (ROOT / "_ext" / "book.py").read_text(encoding="utf-8")
    steps, left_out = re.subn(r'^ +"(own_wheel|lite_pages|quiz_files|search_words)",.*\n', "", steps, flags=re.M)
    assert left_out
    (book / "_ext" / "book.py").write_text(steps, encoding="utf-8")
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    (book / "_config.yml").write_text(re.sub(r"^ +lite_pyodide: .*\n", "", config, flags=re.M), encoding="utf-8")
    shutil.copytree(ROOT / "_static", book / "_static")
    write_chapter(book / "chapter.ipynb")
    built = build_book(book)
    if not built.succeeded:
        pytest.fail(built.log, pytrace=False)
    with serve(built.html) as site:
        yield site


@pytest.fixture(scope="module")
def context(browser):
    """A window so high that the widgets of every page but one are in view at once."""
    context = browser.new_context(viewport={"width": 1000, "height": 2500})
    context.add_init_script("""
        globalThis.made = []; globalThis.revoked = [];
        const { createObjectURL, revokeObjectURL } = URL;
        URL.createObjectURL = (blob) => { const url = createObjectURL.call(URL, blob); made.push(url); return url; };
        URL.revokeObjectURL = (url) => { revoked.push(url); revokeObjectURL.call(URL, url); };
    """)
    yield context
    context.close()


class Tab:
    """An open page, what it complained of on the console, and whom it asked."""

    def __init__(self, context, url):
        self.page, self.url = context.new_page(), url
        self.complaints, self.asked = [], []
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"not caught: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, name, ready=ALL_DRAWN):
        self.page.goto(f"{self.url}{name}.html")
        self.page.wait_for_function(ready)
        return self.page

    def close(self):
        """Close it, and see that whatever was done, no other host was asked and the console is clean."""
        self.page.close()
        assert [url for url in self.asked if not url.startswith((self.url, "blob:", "data:"))] == []
        assert self.complaints == []


@pytest.fixture
def tab(pages, context):
    """A tab for one test."""
    tab = Tab(context, pages.url)
    yield tab
    tab.close()


@pytest.fixture
def fresh(tab):
    """The page of probes as a reader finds it."""
    return tab.open("index")


@pytest.fixture(scope="module")
def probe_tab(pages, context):
    """The page of probes, opened once for tests that do it no harm."""
    tab = Tab(context, pages.url)
    tab.open("index")
    yield tab
    tab.close()


@pytest.fixture
def probes(probe_tab):
    """The same, with nobody listening any more to the probe "two"."""
    probe_tab.page.evaluate("() => { given('two').model.off(); given('two').model.set({ a: 0, b: 0 }); }")
    return probe_tab.page


# The model


def test_a_model_is_read_and_set_and_can_be_found_by_its_element(probes):
    assert probes.evaluate("""() => {
        const { model, el } = given("two");
        model.set("a", 5);
        model.set({ a: 6, b: [7] });
        return [model.get("a"), model.get("b"), model.get("unknown") === undefined, el.model.get("a"), el.tagName];
    }""") == [6, [7], True, 6, "LIVE-WIDGET"]


DIFFER = [
    ("1", "1", False), ("1", "2", True), ("1", "'1'", True), ("NaN", "NaN", False), ("0", "-0", True),
    ("null", "undefined", True), ("null", "{}", True), ("[1, { x: [2] }]", "[1, { x: [2] }]", False),
    ("[1, { x: [2] }]", "[1, { x: [3] }]", True), ("[1]", "[1, 2]", True), ("['a']", "{ 0: 'a' }", True),
    ("{ x: 1, y: 2 }", "{ y: 2, x: 1 }", False), ("{ x: undefined }", "{ y: undefined }", True),
    ("new Date(5)", "new Date(5)", False), ("new Date(5)", "new Date(6)", True),
    ("new Uint8Array([1, 2])", "new Uint8Array([1, 2])", False),
    ("new Uint8Array([1, 2])", "new Uint8Array([1, 3])", True),
    ("new Uint8Array([1, 2])", "new Uint8Array([1])", True),
    ("new Uint8Array([1]).buffer", "new Uint8Array([1]).buffer", False),
    ("new Uint8Array([1]).buffer", "new Uint8Array([2]).buffer", True),
    ("new DataView(new ArrayBuffer(2))", "new DataView(new ArrayBuffer(4), 1, 2)", False),
    ("new Set([1])", "new Set([2])", True),
]  # fmt: skip


def test_an_event_fires_at_once_and_only_if_the_value_differs(probes):
    pairs = ", ".join(f"[{old}, {new}]" for old, new, _ in DIFFER)
    fired = probes.evaluate(f"""() => {{
        const {{ model }} = given("two");
        let events = 0;
        model.on("change:b", () => events++);
        return [{pairs}].map(([old, value]) => {{
            model.set("b", "before");
            model.set("b", old);
            events = 0;
            model.set("b", value);
            return events;
        }});
    }}""")
    assert [(old, new, bool(events)) for (old, new, _), events in zip(DIFFER, fired)] == DIFFER


def test_events_come_in_backbones_order_with_backbones_arguments(probes):
    assert probes.evaluate("""() => {
        const { model, el } = given("two"), seen = [];
        model.on("change", (...got) => seen.push(["change", got[0] === el.model, got.length]));
        model.on("change:b", (...got) => seen.push(["b", got[0] === el.model, got[1], model.get("a")]));
        model.on("change:a", (...got) => seen.push(["a", got[0] === el.model, got[1], model.get("b")]));
        model.set({ a: 1, b: 2 });
        return seen;
    }""") == [["a", True, 1, 2], ["b", True, 2, 1], ["change", True, 1]]


def test_a_listener_may_set_what_another_hears(probes):
    assert probes.evaluate("""() => {
        const { model } = given("two"), seen = [];
        model.on("change:a", () => { seen.push("a"); model.set("b", model.get("a")); });
        model.on("change:b", () => seen.push("b"));
        model.on("change:c", () => seen.push("c"));
        model.on("change", () => { seen.push(`change ${model.get("a")}`); if (model.get("a") < 3) model.set("a", 3); });
        model.set({ a: 1, c: 1 });
        model.set("a", 4);
        return seen;
    }""") == ["a", "b", "c", "change 1", "a", "b", "change 3", "a", "b", "change 4"]


def test_one_call_listens_to_several_events(probes):
    assert probes.evaluate("""() => {
        const { model } = given("two");
        let events = 0;
        const count = () => events++;
        model.on("change:a  change:b", count);
        model.set({ a: 1, b: 1 });
        const both = events;
        model.off("change:b change:c");
        model.set({ a: 2, b: 2 });
        return [both, events];
    }""") == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "left"),
    [("", []), ("null, null", []), ("'change:a'", ["first b", "second b"]),
     ("'change:a', first", ["second a", "first b", "second b"]), ("null, first", ["second a", "second b"]),
     ("'change:b', other", ["first a", "second a", "first b", "second b"])],
)  # fmt: skip
def test_off_takes_off_what_it_names_and_only_of_its_own_view(probes, arguments, left):
    ours, other_view, initialize = probes.evaluate(f"""() => {{
        const {{ model }} = given("pair", 0), neighbour = given("pair", 1).model, seen = [], theirs = [];
        const first = (_, value) => seen.push(`first ${{value}}`);
        const second = (_, value) => seen.push(`second ${{value}}`);
        const other = () => {{}};
        for (const event of ["change:a", "change:b"]) {{ model.on(event, first); model.on(event, second); }}
        neighbour.on("change:a", () => theirs.push("neighbour"));
        model.off({arguments});
        log.length = 0;
        model.set({{ a: "a", b: "b" }});
        const heard = [...log];
        model.off();
        neighbour.off();
        model.set({{ a: 0, b: 0 }});
        return [seen, theirs, heard];
    }}""")
    assert sorted(ours) == sorted(left)
    assert other_view == ["neighbour"]
    assert initialize == ["pair: initialize sees a"]


def test_methods_work_without_their_model(probes):
    assert probes.evaluate("""() => {
        const { get, set, on, off, save_changes, send } = given("two").model;
        let events = 0;
        on("change:a", () => events++);
        set("a", 9);
        save_changes();
        send({});
        off("change:a");
        set("a", 10);
        return [get("a"), events];
    }""") == [10, 1]


def test_messages_go_nowhere_and_none_comes(probes):
    assert probes.evaluate("""async () => {
        const { model } = given("two");
        let came = 0;
        model.on("msg:custom", () => came++);
        const sent = [
          model.send({ text: "hello" }),
          model.send({}, { iopub: {} }, [new ArrayBuffer(2)]),
          model.save_changes({ iopub: {} }),
        ];
        await new Promise(requestAnimationFrame);
        return [sent.every((result) => result === undefined), came];
    }""") == [True, 0]


def test_a_failing_listener_is_named_on_the_console_and_stops_no_other(probes, probe_tab):
    assert (
        probes.evaluate("""() => {
        const { model } = given("two"), seen = [];
        model.on("change:a", () => { throw new RangeError("listener fell"); });
        model.on("change:a", () => seen.push("second"));
        model.on("change", () => seen.push("last"));
        model.set("a", 1);
        model.set("a", 2);
        return seen;
    }""")
        == ["second", "last"] * 2
    )
    told = [probe_tab.complaints.pop(), probe_tab.complaints.pop()]
    assert all("RangeError: listener fell" in complaint for complaint in told)


def test_a_widget_reaches_another_model(probes):
    assert probes.evaluate("""async () => {
        const { model, el } = given("two");
        const id = model.get("other").replace("anywidget:", "");
        const other = await model.widget_manager.get_model(id);
        const layout = await model.widget_manager.get_model(model.get("layout").replace("IPY_MODEL_", ""));
        const lost = await model.widget_manager.get_model("lost").catch((error) => error.message);
        return [other === given("one").el.model, layout.get("_model_name"), lost];
    }""") == [True, "LayoutModel", "There is no model lost on this page"]


def test_binary_traits_are_views_of_their_bytes(probes):
    assert probes.evaluate("""() => {
        const { model } = given("two"), { list, deep } = model.get("nested");
        const views = [model.get("raw"), list[0], deep.bytes];
        const bytes = views.map((view) => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]);
        return [views.every((view) => view instanceof DataView), bytes, list[1]];
    }""") == [True, [[0, 1, 255], [7], [8, 9]], "text"]


def test_the_views_of_a_model_keep_step(fresh):
    buttons = fresh.get_by_role("button", name="one 0")
    assert buttons.count() == 2
    buttons.last.click()
    assert fresh.locator("button.probe").all_inner_texts()[:2] == ["one 1", "one 1"]
    fresh.evaluate("given('one').el.model.set('a', 40)")
    assert fresh.locator("button.probe").all_inner_texts()[:2] == ["one 40", "one 40"]


# From the first view to the last


def test_initialize_runs_once_for_a_model_and_render_once_for_a_view(fresh):
    log = fresh.evaluate("log")
    assert [line for line in log if line.startswith("one")] == ["one: initialize", "one: render 0", "one: render 1"]
    assert [line for line in log if line.startswith("two")] == ["two: initialize", "two: render 0"]
    assert fresh.evaluate("given('one', 0).shared === given('one', 1).shared")
    assert not fresh.evaluate("given('one').shared === given('two').shared")


def test_what_is_removed_is_cleaned_up_the_model_after_its_last_view(fresh):
    cleaned = "log.length === %d"
    aborted = fresh.evaluate("""() => {
        const [first, second] = [given("one", 0), given("one", 1)], seen = [];
        first.model.on("change:a", () => seen.push("first"));
        second.model.on("change:a", () => seen.push("second"));
        globalThis.kept = { first, second, seen, initialized: first.shared.initialized };
        log.length = 0;
        first.el.closest(".cell").remove();
        return first.signal.aborted;
    }""")
    assert aborted is False  # until it is certain that it was not moved only
    fresh.wait_for_function(cleaned % 1)
    assert fresh.evaluate("kept.first.signal.aborted && !kept.second.signal.aborted")
    fresh.evaluate("kept.second.model.set('a', 1)")
    assert fresh.evaluate("kept.seen") == ["second"]
    fresh.evaluate("kept.second.el.remove()")
    fresh.wait_for_function(cleaned % 4)
    assert fresh.evaluate("log") == [
        "one: view 0 cleaned up, true",
        "one: initialize sees 1",
        "one: view 1 cleaned up, true",
        "one: model cleaned up, true",
    ]
    fresh.evaluate("kept.second.model.set('a', 2)")
    assert fresh.evaluate("[kept.seen, log.length]") == [["second"], 4]


def test_a_widget_that_moves_stays_as_it_is(fresh):
    assert fresh.evaluate("""async () => {
        const { el, model, signal } = given("two"), button = el.firstChild;
        log.length = 0;
        document.querySelector("article").append(el);
        await new Promise(requestAnimationFrame);
        model.set("a", 8);
        return [log, signal.aborted, el.firstChild === button, button.textContent, el.ariaBusy];
    }""") == [["two: initialize sees 8"], False, True, "two 8", None]


def test_a_widget_that_comes_back_is_drawn_anew(fresh):
    fresh.evaluate("() => { globalThis.kept = given('two').el; log.length = 0; kept.remove(); }")
    fresh.wait_for_function("log.length === 2")  # the view and the model are cleaned up
    fresh.evaluate("document.querySelector('article').prepend(kept)")
    fresh.wait_for_function(ALL_DRAWN)
    assert fresh.evaluate("log.slice(2)") == ["two: initialize", "two: render 0"]
    assert fresh.evaluate("kept.innerText") == "two 0"


def test_python_cannot_be_called_and_that_is_said(probes):
    refusals = probes.evaluate("""() => Promise.all(
        [given("two").experimental, given("two").shared.initialized.experimental].map((experimental) =>
          experimental.invoke("square", { x: 2 }, { buffers: [] }).catch((error) => error.message)))""")
    assert refusals == 2 * [
        "Python cannot be called: this page has no kernel. Open this page's notebook in Jupyter and run it there."
    ]


def test_a_widget_draws_another_inside_itself(probes):
    assert probes.evaluate("""async () => {
        const { host, el, signal } = given("two"), exporter = [...document.querySelectorAll("live-widget")]
          .find((element) => element.textContent === "drawn by its parent").model;
        const child = await host.getWidget(`anywidget:${exporter.model_id}`);
        const inner = document.createElement("div");
        await child.render({ el: inner });
        const model = await host.getModel(given("two").model.get("other"));
        return [child.exports, inner.textContent, model.get("name")];
    }""") == [{"answer": 42}, "drawn by its parent", "one"]


def test_both_forms_of_a_module_are_drawn(probes):
    assert probes.get_by_text("drawn in the old form", exact=True).is_visible()
    assert probes.get_by_text("drawn without initialize", exact=True).is_visible()


def test_a_module_is_imported_once_and_a_style_laid_in_once(fresh):
    assert fresh.evaluate("made.length") == 4  # Probe, Old, Exporter and Simple; six models are fresh
    assert sorted(fresh.evaluate("revoked")) == sorted(fresh.evaluate("made"))
    styles = fresh.evaluate("[...document.querySelectorAll('style')].map((style) => style.textContent)")
    assert sum("letter-spacing: 3px" in style for style in styles) == 1
    look = "[getComputedStyle(%s).letterSpacing, getComputedStyle(%s).wordSpacing]"
    button = "given('%s').el.firstChild"
    assert fresh.evaluate(look % (2 * (button % "upper",))) == ["3px", "5px"]  # a style is of the page, as in Jupyter


def test_boxes_hold_their_children_in_order(probes):
    rows, directions, widths = probes.evaluate("""() => {
        const box = given("upper").el.parentElement, inner = given("styled").el.parentElement;
        const style = (element) => [getComputedStyle(element).display, getComputedStyle(element).flexDirection];
        return [
          [box, inner].map((element) => [...element.children].map((child) => child.innerText.slice(0, 6))),
          [box, inner].map((element) => [element.tagName, ...style(element)]),
          [...inner.children].map((child) => child.offsetWidth),
        ];
    }""")
    assert rows == [["upper ", "styled"], ["styled", "This w"]]
    assert directions == [["LIVE-WIDGET", "flex", "column"], ["LIVE-WIDGET", "flex", "row"]]
    assert min(widths) >= 300  # a picture as wide as its place needs a place


# What goes wrong


@pytest.fixture(scope="module")
def faults(pages, context):
    """The page of faults, and what stood on the console when it was drawn."""
    tab = Tab(context, pages.url)
    page = tab.open("faults")
    page.errors, tab.complaints[:] = tab.complaints[:], []
    yield page
    tab.close()


@pytest.mark.parametrize(
    ("title", "text", "logged"),
    [
        ("BadSyntax", "Its module cannot be loaded: SyntaxError: ", "SyntaxError"),
        ("NoDefault", "Its module gives no widget: Error: it has no default export", "no default export"),
        ("BadDefault", "Its module gives no widget: TypeError: no definition", "no definition"),
        ("BadInitialize", "Its initialize() failed: TypeError: no start", "no start"),
        ("BadRender", "Its render() failed: TypeError: no picture", "no picture"),
        ("Rejecting", "Its render() failed: no luck", "no luck"),
        ("ForeignModule", "Its module cannot be loaded: Error: it lies at https://other.invalid/a.js", "a.js"),
        ("ForeignStyle", "Its style cannot be loaded: Error: it lies at https://other.invalid/a.css", "a.css"),
    ],
)
def test_a_fault_is_told_in_its_place(faults, title, text, logged):
    (alert,) = faults.get_by_role("alert").filter(has_text=f"{title} cannot be shown").all()
    assert text in alert.inner_text()
    assert alert.evaluate("alert => alert.parentElement.childNodes.length") == 1  # nothing half drawn beside it
    assert sum(logged in error for error in faults.errors) == 1


def test_a_fault_leaves_the_others_alone(faults):
    assert len(faults.errors) == faults.get_by_role("alert").count() == 8
    assert faults.evaluate("made.length === revoked.length")
    for name in ("between", "after"):
        faults.get_by_role("button", name=f"{name} 0").click()
        assert faults.get_by_role("button", name=f"{name} 1").is_visible()


def test_a_widget_that_needs_a_kernel_says_so(faults):
    notes = faults.locator("live-widget > .admonition.note").all_inner_texts()
    assert len(notes) == 3  # a model that is gone, a slider, an interact
    for note in notes:
        assert "This widget needs a running kernel" in note
        assert "Open this page's notebook in Jupyter and run it there." in note


# Only when it is needed


@pytest.fixture
def far(tab):
    """The chapter in a low window, and what it says of the widget at its end."""
    tab.page.add_init_script("globalThis.requestIdleCallback = () => {}")  # a browser that is never idle
    # The widgets above it give back the height that was kept for them, and would move it while it is watched.
    others = "[...document.querySelectorAll('live-widget')].slice(0, -1)"
    page = tab.open("chapter", f"{others}.length && {others}.every((widget) => !widget.ariaBusy)")
    page.set_viewport_size({"width": 1000, "height": 600})
    return page


LAST = "[...document.querySelectorAll('live-widget')].at(-1)"
FAR_LOG = "log.filter((line) => line.startsWith('far'))"


def below(page, screens):
    """Scroll to where the last widget begins that many screens below what is in view."""
    page.evaluate(f"scrollBy(0, {LAST}.getBoundingClientRect().top - {1 + screens} * 600)")
    painted(page)  # by then it is told whether it is near


def test_a_widget_is_loaded_when_it_is_one_screen_away(far):
    before = far.evaluate("made.length")
    below(far, 1.3)
    assert far.evaluate(f"[made.length, {FAR_LOG}, {LAST}.ariaBusy]") == [before, [], "true"]
    assert far.evaluate(f"{LAST}.childNodes.length") == 0
    assert far.evaluate(f"{LAST}.offsetHeight") >= 300  # kept free, so that the page jumps little
    below(far, 0.7)
    far.wait_for_function(f"!{LAST}.ariaBusy")
    assert far.evaluate(f"[made.length, {FAR_LOG}]") == [before + 1, ["far: module", "far: render"]]
    assert far.evaluate(f"{LAST}.offsetHeight") < 100


def test_what_is_never_near_comes_alive_while_the_browser_is_idle(tab):
    """So that it is there for the printer: one after the other, each in idle time of its own."""
    tab.page.add_init_script("""addEventListener("DOMContentLoaded", () => {
        document.head.insertAdjacentHTML("beforeend", "<style>live-widget { display: none }</style>");
    });
    window.alive = [];
    const whenIdle = requestIdleCallback;
    window.requestIdleCallback = (callback) => {
        alive.push(document.querySelectorAll("live-widget:not([aria-busy])").length);
        whenIdle(callback);
    };""")
    page = tab.open("index")
    assert page.evaluate("""() => {
        const box = given("upper").el.parentElement;
        return [...box.querySelectorAll("live-widget")].map((one) => one.model?.get("name") ?? "no anywidget");
    }""") == ["upper", "no anywidget", "styled", "no anywidget"]
    alive = page.evaluate("alive")
    assert alive == list(range(len(alive))) and len(alive) > 9


@pytest.fixture(scope="module")
def public(pages, context):
    """The chapter, with widgets that others wrote."""
    tab = Tab(context, pages.url)
    page = tab.open("chapter", "document.querySelectorAll('live-widget:not([aria-busy])').length === 5")
    page.evaluate("""globalThis.model = (name) => [...document.querySelectorAll("live-widget")]
        .map((element) => element.model).find((model) => model?.get("_anywidget_id").endsWith(`.${name}`))""")
    yield page
    tab.close()


# The page as it is built


def scripts(pages, name, **like):
    """Find the scripts of a page, or those like this, by what stands in its file."""
    text = (pages.html / f"{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser").find_all("script", **like)


@pytest.mark.parametrize(("name", "views"), [("index", 9), ("faults", 13), ("chapter", 4)])
def test_a_page_holds_each_state_once_in_a_form_that_html_cannot_misread(pages, name, views):
    (state,) = [script.text for script in scripts(pages, name, type=STATE)]
    assert "<" not in state
    texts = json.loads(state)["texts"]
    probe = (PAGES / "probe.js").read_text(encoding="utf-8")
    assert "</SCRIPT> <!-- <script>" in probe and texts.count(probe) == 1
    assert len(set(texts)) == len(texts)
    assert len(scripts(pages, name, type=VIEW)) == views
    assert sum(script.text.count('"_esm"') for script in scripts(pages, name)) == state.count('"_esm"')
    assert len(scripts(pages, name, src=re.compile(r"^_static/live_widgets\.js(\?|$)"))) == 1


def test_a_page_opened_from_its_folder_is_alive_too(pages, browser):
    page = browser.new_page()
    page.goto((pages.html / "chapter.html").as_uri())
    page.wait_for_function("document.querySelector('live-widget')?.children.length")
    page.close()


def test_a_page_carries_no_widget_that_it_does_not_show(pages):
    assert "987654" in (pages.html / "chapter.html").read_text(encoding="utf-8")  # in the cell that makes it
    (state,) = scripts(pages, "chapter", type=STATE)
    assert "987654" not in state.text


def test_a_page_without_widgets_loads_nothing_of_it(pages):
    assert [script.attrs for script in scripts(pages, "plain") if "widget" in str(script.attrs)] == []
    assert (pages.html / "_static" / "live_widgets.js").stat().st_size < 12_000


def test_without_javascript_a_sentence_stands_in_each_place(pages, browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(pages.url + "index.html")
    sentences = tab.locator("noscript p").all()
    assert len(sentences) == 9
    for sentence in sentences:
        assert sentence.is_visible()
        assert sentence.inner_text() == "Here stands a figure with controls. It needs JavaScript."
    tab.goto(pages.url + "chapter.html")  # whose outputs have pictures
    pictures = tab.locator("noscript img")
    assert pictures.count() > 0 and all(picture.is_visible() for picture in pictures.all())
    assert pictures.first.evaluate("(picture) => picture.naturalWidth") > 0
    context.close()


def test_a_chapter_is_committed_with_a_picture_and_published_alive(pages, public):
    source = next((pages.html / "_sources").glob("chapter.ipynb")).read_text(encoding="utf-8")
    assert "widget-view" not in source and "image/png" in source
    assert public.locator("article img").count() == 0
    public.get_by_role("button", name="shown 0").click()
    assert public.get_by_role("button", name="shown 1").is_visible()


# Widgets that others wrote


def test_a_slider_of_manywidgets_answers_keys_and_a_toggle_the_pointer(public):
    slider = public.get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    assert public.evaluate("model('Slider').get('value')") == 5
    assert public.locator(".manywidgets-slider__value").inner_text() == "5"
    public.evaluate("model('Slider').set('value', 80)")
    assert slider.input_value() == "80"
    public.get_by_text("On", exact=True).click()
    assert public.evaluate("model('Toggle').get('value')") is True
    # both stand in a container of theirs, which asks the manager for views
    assert public.locator(".manywidgets-column live-widget").count() == 2


def test_bars_of_drawdata_follow_the_pointer(public):
    assert not any(bar["value"] for bar in public.evaluate("model('BarWidget').get('data')"))
    box = public.locator("live-widget", has_text="collection1").locator("svg").bounding_box()
    middle, height = box["y"] + box["height"] / 2, box["height"]
    public.mouse.move(box["x"] + box["width"] * 0.4, middle)
    public.mouse.down()
    public.mouse.move(box["x"] + box["width"] * 0.7, middle - height / 4, steps=20)
    public.mouse.up()
    drawn = [bar["value"] for bar in public.evaluate("model('BarWidget').get('data')") if bar["value"] > 0]
    assert len(drawn) >= 2
    assert drawn == sorted(drawn) and drawn[0] > 0.3 and drawn[-1] < 0.9  # a rising line was drawn
