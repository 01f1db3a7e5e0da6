"""What the site does for its reader: search, the way through the book, paper, a phone, the keyboard, shared links."""

import functools
import json
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from matplotlib.image import imread

import book_pdf
from hands import painted
from project import ROOT, listed_pages, serve

ADDRESS = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
PAGES = [f"{name}.html" for name in listed_pages()]
ADAM, SCHEDULES, WEIGHT_DECAY, MAP = (
    f"chapters/{name}.html"
    for name in ("04_adam", "06_learning_rate_schedules", "07_weight_decay", "09_how_fast_momentum")
)
READY = "document.readyState === 'complete' && !document.querySelector('live-widget[aria-busy]')"


def open_page(tab, site, page, ready=READY):
    tab.goto(site.url + page)
    tab.wait_for_function(ready)


# The home page


def test_on_a_phone_the_first_thing_in_view_answers_a_finger(site, phone):
    open_page(phone, site, PAGES[0])
    chart = phone.locator(".explorer svg").first.bounding_box()
    assert chart["y"] + chart["height"] < 740  # without scrolling
    start = "JSON.stringify(document.querySelector('live-widget').model.get('start'))"
    before = phone.evaluate(start)
    phone.touchscreen.tap(chart["x"] + 0.7 * chart["width"], chart["y"] + 0.3 * chart["height"])
    phone.wait_for_function(f"{start} !== {json.dumps(before)}")
    assert phone.locator(".secondary-toggle:visible").count() == 0  # there is no list of contents to open


def test_the_race_is_as_wide_as_the_page_which_leads_to_chapter_1(site, tab):
    open_page(tab, site, PAGES[0])
    assert tab.locator(".prev-next-footer .right-next").evaluate("a => a.href") == site.url + PAGES[1]
    race, main = (tab.locator(one).bounding_box() for one in (".explorer", ".bd-content"))
    assert race["width"] > 0.9 * main["width"] and race["x"] + race["width"] <= main["x"] + main["width"]


# The head of a page


@functools.cache  # most pages have the same
def size(picture):
    return imread(picture).shape[:2]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_describes_itself(site, page):
    head, _ = (site.html / page).read_text(encoding="utf-8").split("</head>")
    soup = BeautifulSoup(head, "html.parser")
    said = [(meta.get("name") or meta.get("property"), meta["content"]) for meta in soup.find_all("meta", content=True)]
    assert [name for name, _ in said].count("viewport") == 1
    found = dict(said)
    assert 50 < len(found["description"]) <= 200 and found["og:description"] == found["description"]
    assert found["og:url"] == ADDRESS + page and found["og:site_name"] == "Adam, step by step"
    assert found["twitter:card"] == "summary_large_image" and {"og:title", "theme-color"} <= found.keys()
    assert size(site.html / found["og:image"].removeprefix(ADDRESS)) == (630, 1200)
    icon = (site.html / page).parent / soup.find("link", rel="apple-touch-icon")["href"]
    assert size(icon.resolve()) == (180, 180)
    assert soup.title.text.count("Adam, step by step") == 1 and soup.html["lang"] == "en"
    assert (site.html / page).parent.joinpath(soup.find("link", rel="icon")["href"]).resolve().is_file()


def test_search_engines_get_a_map_of_all_pages(site):
    found = [place.text for place in ElementTree.parse(site.html / "sitemap.xml").iter() if place.tag.endswith("loc")]
    assert sorted(found) == sorted(ADDRESS + page for page in PAGES)
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (site.html / "robots.txt").read_text(encoding="utf-8")


def test_the_page_for_what_is_not_there_leads_back_from_any_folder(site, tab, tmp_path):
    folder = urlsplit(ADDRESS).path.strip("/")
    (tmp_path / folder).symlink_to(site.html)
    bad = []
    tab.on("response", lambda got: bad.append(got.url) if got.status != 200 else None)
    with serve(tmp_path) as served:
        tab.route("**/no/such/page", lambda route: route.fulfill(path=site.html / "404.html"))
        tab.goto(f"{served.url}{folder}/no/such/page")
        links = tab.locator(".bd-docs-nav a").evaluate_all("(all) => all.map((a) => a.pathname)")
        assert links == [f"/{folder}/{page}" for page in PAGES]
        tab.fill("article input[name=q]", "momentum")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#search-results li a")
        tab.go_back()
    assert bad == []


# Search

FOUND = {
    "hyperparameter": "chapters/05_hyperparameters.html",
    "learning rate decay": "chapters/06_learning_rate_schedules.html",
    "AdamW": "chapters/07_weight_decay.html",
    "decoupled weight decay": "chapters/07_weight_decay.html",
    "AMSGrad": "chapters/13_does_it_converge.html",
    "counter-example": "chapters/13_does_it_converge.html",
    "bug": "chapters/bug_clinic.html",
    "my Adam does not converge": "chapters/bug_clinic.html",
    "checkpoint": "chapters/questions.html#what-must-i-save-to-resume-training",
    "loss goes up": "chapters/questions.html#why-does-my-loss-rise-again-after-long-training",
    "fp16": "chapters/questions.html#does-adam-work-in-half-precision-or-mixed-precision",
    "gradient clipping": "chapters/questions.html#should-i-clip-gradients-with-adam-before-or-after-the-moments",
    "Lazy Adam": "chapters/questions.html#why-do-embedding-rows-without-a-gradient-move-and-what-is-a-lazy-adam",
    "out of memory": "chapters/questions.html#how-much-memory-does-adam-take",
    "Adam vs SGD": "chapters/questions.html#adam-or-sgd",
    "warm-up": "chapters/06_learning_rate_schedules.html#warm-up",
    "warmup": "chapters/06_learning_rate_schedules.html#warm-up",
    "v_dw": "notation.html",
    "β₂": "notation.html",
    "편향 보정": "chapters/04_adam.html#without-bias-correction-the-start-is-too-fast",
    "편향": "chapters/04_adam.html#without-bias-correction-the-start-is-too-fast",
    "bias correction": "chapters/04_adam.html#without-bias-correction-the-start-is-too-fast",
    "epsilon": "chapters/04_adam.html",
}


def search(tab, site, words):
    """Return what a search finds, as links, once all of it is listed."""
    tab.goto(f"{site.url}search.html?q={words}")
    tab.wait_for_function(
        "document.querySelector('#search-summary, .search-summary')?.textContent.match(/\\d|did not/)"
    )
    tab.wait_for_selector("#search-results li a")
    return tab.locator("#search-results li a")


def test_readers_words_lead_to_pages_and_sections(site, tab):
    found = {words: search(tab, site, words).evaluate_all("(all) => all.map((a) => a.href)") for words in FOUND}
    assert {words: links for words, links in found.items() if site.url + FOUND[words] not in links} == {}


def test_a_hit_opens_at_the_words_and_quotes_the_text(site, tab):
    hit = search(tab, site, "debiased average").filter(has_not_text=">").first
    quoted = hit.locator("xpath=..").locator("p.context")
    quoted.wait_for()
    assert "On this page" not in quoted.text_content()
    hit.click()
    tab.wait_for_selector("article .highlighted")
    seen = """[...document.querySelectorAll("article .highlighted")].filter((mark) => {
      const { top, bottom } = mark.getBoundingClientRect();
      return top > 0 && bottom < innerHeight;
    }).map((mark) => mark.textContent.toLowerCase())"""
    tab.wait_for_function(f"['debiased', 'average'].every((word) => {seen}.includes(word))")


# The way through the book


SHOWN = """() => [...document.querySelectorAll("article .cell_input, article details.hide")]
  .filter((e) => e.checkVisibility()).map((e) => e.closest(".solution") ? "solution" : "other")"""
OPEN = "[...document.querySelectorAll('article details.hide')].map((fold) => fold.open)"


def test_a_reader_chooses_how_much_is_shown_and_it_is_remembered(site, tab):
    open_page(tab, site, ADAM)
    assert tab.evaluate("document.documentElement.dataset.depth") == "code"
    before = tab.evaluate(OPEN)
    assert not any(before) and "other" in tab.evaluate(SHOWN)
    tab.get_by_label("Story").check()
    assert set(tab.evaluate(SHOWN)) == {"solution"}
    open_page(tab, site, SCHEDULES)  # another chapter
    assert tab.get_by_label("Story").is_checked() and set(tab.evaluate(SHOWN)) == {"solution"}
    tab.get_by_label("All checks").check()
    assert all(tab.evaluate(OPEN))
    tab.reload()
    assert all(tab.evaluate(OPEN))
    tab.get_by_label("Code").check()
    assert not any(tab.evaluate(OPEN))


@pytest.mark.parametrize("kept", ["nonsense", "5", "null", '{"depth": "deep", "read": 3, "last": 4}'])
def test_what_somebody_else_left_in_the_browser_does_no_harm(site, tab, kept):
    errors, tab.spent = [], True
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.add_init_script(f"""localStorage.setItem("adam-step-by-step /", {json.dumps(kept)})""")
    for page in (PAGES[0], ADAM):
        open_page(tab, site, page)
    assert tab.get_by_label("Code").is_checked()
    assert errors == []


def test_what_was_read_is_marked_and_gone_on_with(site, tab):
    open_page(tab, site, ADAM)
    assert tab.locator(".was-read").count() == 0
    tab.evaluate("document.getElementById('a-race-shows-what-was-tuned').scrollIntoView()")
    tab.wait_for_function(
        """document.querySelector(".bd-toc-nav a.active")?.hash === "#a-race-shows-what-was-tuned" """
    )
    open_page(tab, site, PAGES[0])
    tab.locator("resume-reading a", has_text="4. Adam: A race shows what was tuned").click()
    tab.wait_for_url("**/04_adam.html#a-race-shows-what-was-tuned")
    tab.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    tab.wait_for_selector(".was-read")
    open_page(tab, site, PAGES[0])
    assert tab.locator(".was-read").all_text_contents() == ["4. Adam"]


def test_the_contents_of_a_page_follow_the_reader(site, tab):
    """In every long section too, in view, and without a title that breaks elsewhere when it is marked."""
    open_page(tab, site, SCHEDULES)
    tab.wait_for_selector(".at-rest")
    heights = "[...document.querySelectorAll('.bd-toc-nav .toc-h2 > a')].map((a) => a.offsetHeight)"
    at_first = tab.evaluate(heights)
    tab.evaluate("document.querySelector('section > section').scrollIntoView()")
    places = 0
    while tab.evaluate("scrollY + innerHeight < document.documentElement.scrollHeight - 800"):
        tab.evaluate("scrollBy(0, 2000)")
        painted(tab)
        # Both are asked for at once: an explorer that is drawn meanwhile moves the sections.
        tab.wait_for_function("""() => {
          const above = [...document.querySelectorAll("section > section")]
            .filter((section) => section.getBoundingClientRect().top < innerHeight * 0.4 - 2);
          const marked = [...document.querySelectorAll(".bd-toc-nav a.active")]; // a part, and its section
          return marked.at(-1)?.hash === `#${above.at(-1).id}`;
        }""")
        active = tab.locator(".bd-toc-nav a.active").last
        box = active.bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] <= 800
        assert tab.evaluate(heights) == at_first
        places += 1
    assert places > 8


def test_the_contents_close_when_one_is_tapped(site, phone):
    open_page(phone, site, ADAM)
    phone.locator(".secondary-toggle").tap()
    drawer = phone.locator("#pst-secondary-sidebar-checkbox")
    assert drawer.is_checked()
    phone.locator(".bd-toc-nav a", has_text="Summary").tap()
    phone.wait_for_url("**#summary")
    assert not drawer.is_checked()


# Paper

# Everything is laid out at once for the paper, so a figure has no frame in which to fit itself to it.
ON_PAPER = """() => {
  document.body.style.width = "690px";
  dispatchEvent(new Event("beforeprint"));
  const article = document.querySelector("article"), right = article.getBoundingClientRect().right + 1;
  const shown = (selector) => [...article.querySelectorAll(selector)].filter((e) => e.checkVisibility());
  const boxes = "pre, .cell_output, .cell_output img, .pst-scrollable-table-container, div.math, .explorer svg text";
  const cut = shown(boxes)
    .filter((e) => e.getBoundingClientRect().right > right || (e.scrollWidth > e.clientWidth + 1 && !e.closest("svg")));
  const contents = [...document.querySelectorAll("#jb-print-toc")].filter((e) => e.checkVisibility());
  const pressed = [...shown("input, button, select, summary"), ...contents];
  const charts = shown(".explorer svg");
  return {
    theme: document.documentElement.dataset.theme,
    width: article.clientWidth,
    cut: cut.map((e) => `${e.localName} ${e.textContent.slice(0, 60)}`),
    pressed: pressed.map((e) => `${e.localName} ${e.className}`),
    charts: charts.length,
    empty: charts.filter((c) => ![...c.querySelectorAll("path")].some((p) => p.getAttribute("d")?.length > 99)).length,
  };
}"""


@pytest.mark.parametrize("page", [PAGES[0], ADAM, SCHEDULES, MAP, "notation.html"])
def test_on_paper_every_figure_is_drawn_and_nothing_is_cut(site, tab, page):
    tab.set_viewport_size({"width": 960, "height": 800})  # no sidebars, as on paper
    tab.emulate_media(media="print", color_scheme="dark")
    open_page(tab, site, page)
    tab.wait_for_function("document.fonts.ready")
    seen = tab.evaluate(ON_PAPER)
    assert 560 < seen.pop("width") <= 690
    assert (seen.pop("charts") > 0) == (page != "notation.html")
    assert seen == {"theme": "light", "cut": [], "pressed": [], "empty": 0}


def test_the_whole_book_is_one_pdf(site, browser):
    assert book_pdf.pages() == PAGES
    book = book_pdf.print_book(browser, site.html, ["chapters/10_how_long_a_step.html", "notation.html"])
    assert [mark.title for mark in book.outline] == ["10. How long a step can be", "Notation"]
    texts = [page.extract_text() for page in book.pages]
    assert "Three traps" in " ".join(texts) and all("Adam, step by step · " in text for text in texts)
    links = {mark.get_object()["/A"].get("/URI") for page in book.pages for mark in page.get("/Annots", [])
             if "/A" in mark.get_object()}  # fmt: skip
    assert ADDRESS + "chapters/04_adam.html" in links
    assert not any("127.0.0.1" in str(link) for link in links)


def test_the_home_page_offers_the_pdf(site):
    assert f'href="{ADDRESS}{book_pdf.NAME}"' in (site.html / PAGES[0]).read_text(encoding="utf-8")


# A phone, and the keyboard


def test_a_figure_is_enlarged_on_a_phone(site, phone):
    open_page(phone, site, ADAM)
    figure = phone.locator(".cell_output img").first
    wide = figure.bounding_box()["width"]
    figure.tap()
    large = phone.locator("dialog[open] img")
    assert large.bounding_box()["width"] > 1.8 * wide
    phone.keyboard.press("Escape")
    phone.wait_for_selector("dialog", state="detached")
    figure.focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("button", name="Close").press("Enter")
    phone.wait_for_selector("dialog", state="detached")
    assert figure.evaluate("e => e === document.activeElement")


WIDE = """() => [...document.querySelectorAll(".bd-article :is(div.math, .pst-scrollable-table-container)")]
  .map((box) => [box.scrollWidth > box.clientWidth, box.tabIndex === 0, box.textContent.trim().slice(0, 40)])"""


# Letters of tables and formulas under 12 pixels, and how far a box that scrolls fades before and after it is scrolled.
SMALL = """() => [...document.querySelectorAll(".bd-article :is(td, th, td *, th *, math[display=block])")]
  .filter((e) => e.checkVisibility() && !e.matches("math *, sup, sub"))
  .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 11.99)
  .map((e) => e.textContent.trim())"""
FADES = """async () => {
  const found = [], frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const fade = (box) => {
    const style = getComputedStyle(box);
    return style.maskImage === "none" ? "none" : style.getPropertyValue("--more");
  };
  for (const box of document.querySelectorAll(".bd-article .pst-scrollable-table-container")) {
    if (box.scrollWidth <= box.clientWidth) continue;
    box.scrollIntoView({ block: "center" });
    await frame();
    found.push(fade(box));
    box.scrollLeft = box.scrollWidth;
    await frame();
    found.push(fade(box));
  }
  return found;
}"""


@pytest.mark.parametrize(
    "name", [PAGES[0], ADAM, "chapters/07_weight_decay.html", "teaching/parts.html", "notation.html"]
)
def test_on_a_phone_tables_can_be_read_and_tell_that_there_is_more_and_320_pixels_are_enough(site, phone, name):
    open_page(phone, site, name)
    phone.evaluate("document.fonts.ready")
    painted(phone)
    assert phone.evaluate(SMALL) == []
    fades = phone.evaluate(FADES)
    assert fades == ["32px", "0px"] * (len(fades) // 2)
    assert fades or name in (PAGES[0], "teaching/parts.html")
    phone.set_viewport_size({"width": 320, "height": 700})
    painted(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize(("width", "fit"), [(1280, 1), (360, 0.8)])
def test_the_keyboard_stops_where_something_scrolls(site, tab, width, fit):
    tab.set_viewport_size({"width": width, "height": 800})
    open_page(tab, site, ADAM)
    tab.evaluate("document.fonts.ready")
    painted(tab)
    boxes = tab.evaluate(WIDE)
    assert [text for scrolls, stops, text in boxes if scrolls != stops] == []
    assert sum(not scrolls for scrolls, _, _ in boxes) / len(boxes) >= fit
    cut = "[...document.querySelectorAll('article pre')].some((e) => e.scrollWidth > e.clientWidth)"
    assert tab.evaluate(cut) == (width > 600)  # on a phone lines break


def test_focus_is_seen_and_a_link_skips_to_the_first_live_figure(site, tab):
    open_page(tab, site, ADAM)
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the first live figure"
    figure = "document.querySelector('live-widget').getBoundingClientRect()"
    assert tab.evaluate(f"{figure}.bottom > innerHeight")
    tab.keyboard.press("Enter")
    tab.wait_for_function(f"{figure}.top > 0 && {figure}.bottom <= innerHeight")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('live-widget') !== null")
    for button in tab.locator(".bd-header-article :is(button, a)").all():
        if not button.is_visible():
            continue
        button.focus()
        tab.keyboard.press("Shift+Tab")
        tab.keyboard.press("Tab")
        style, width = button.evaluate("e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]")
        assert style == "solid" and float(width.removesuffix("px")) >= 2, button.evaluate("e => e.outerHTML")


def test_no_button_lies_over_what_is_read(site, phone):
    """The theme means to show one on the way up."""
    open_page(phone, site, "notation.html")
    phone.evaluate("scrollTo(0, 900)")
    painted(phone)
    phone.evaluate("scrollTo(0, 600)")
    phone.wait_for_function(
        "document.getElementById('pst-back-to-top').style.display === 'block'"
    )  # the theme means it
    assert phone.locator("#pst-back-to-top").is_hidden()


def test_without_javascript_the_header_hides_what_is_below_it(site, browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site.url + ADAM)
    ground = tab.locator(".bd-header-article").evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    context.close()


def test_the_button_of_the_mode_says_which_it_is(site, tab):
    open_page(tab, site, ADAM)
    button = tab.locator(".theme-switch-button")
    names = set()
    for _ in range(3):
        names.add(button.get_attribute("aria-label"))
        button.click()
    assert names == {"Colours: as the system's", "Colours: light", "Colours: dark"}
