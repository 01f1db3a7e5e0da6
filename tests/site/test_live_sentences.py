"""Words that speak to an explorer: _ext/live_sentences.* on a page with one, and what its build refuses."""

import re
from urllib.parse import parse_qsl

import nbformat
import pytest

from adamlib import explorers
from adamlib.explorers import DescentExplorer
from hands import assert_sound, painted, put, stop_clock, trait
from lighten import book_pages
from live_sentences import FORM, KINDS, fault
from project import ROOT, build_small, listed_pages

SENTENCES = {
    "too far": "#race:descent_lr=0.51",
    "narrower": "#race:condition=200&degrees=45",
    "elsewhere": "#race:landscape=two+minima&methods=Gradient+descent,Adam",
    "reset": "#race:",
    "Adam": "#race:@Adam",
    "it diverges": "#race?descent_lr>0.5&landscape=two+minima",
}
TEXT = "".join(
    f'<p><a class="{KINDS[FORM.fullmatch(address)[2]]}" href="{address}">{words}</a></p>'
    for words, address in SENTENCES.items()
)
TEXT += '<div style="height: 3000px"></div><p id="end"><a href="#end">end</a></p>'


@pytest.fixture
def page(explorer_page):
    """A page with the explorer "race" and words that speak to it."""
    return explorer_page(DescentExplorer(name="race", shown=40), text=TEXT, script="live_sentences")


def press(page, words):
    page.get_by_role("link", name=words, exact=True).press("Enter")


def by_hand(page, **traits):
    page.locator("live-widget").dispatch_event("input")
    put(page, **traits)


def wait(page, address=None, note="", **traits):
    """Wait until the page has this address, and its explorer this note and these traits."""
    page.wait_for_function(
        """([address, note, traits]) => {
          const view = document.querySelector("live-widget");
          const same = ([key, value]) => JSON.stringify(view.model.get(key)) === JSON.stringify(value);
          return (address === null || location.hash === address) && Object.entries(traits).every(same)
            && view.nextElementSibling.textContent.includes(note);
        }""",
        arg=[address, note, traits],
    )
    painted(page)


def test_a_sentence_sets_its_explorer_as_published_except_for_its_traits(page):
    put(page, adam_lr=0.3)
    page.get_by_text("too far").click()
    wait(page, SENTENCES["too far"], descent_lr=0.51, adam_lr=0.5)
    assert page.locator("live-widget.live-changed").count() == 1
    assert page.locator(".live-said[aria-live]").text_content() == "The figure is set to descent lr 0.51."
    press(page, "elsewhere")  # by the keyboard, which stays where it is
    wait(page, descent_lr=0.4, landscape="two minima", methods=["Gradient descent", "Adam"])
    assert page.evaluate("document.activeElement.textContent") == "elsewhere"
    assert page.locator("[aria-current=true]").all_text_contents() == ["elsewhere"]
    assert_sound(page)
    page.wait_for_selector("live-widget:not(.live-changed)")
    press(page, "reset")
    wait(page, "#race:", landscape="bowl", methods=DescentExplorer().methods, shown=40, start=[-5, -2])


def test_the_address_is_shared_kept_and_undone(page):
    by_hand(page, adam_lr=0.3)
    press(page, "too far")
    wait(page, descent_lr=0.51)
    press(page, "narrower")
    wait(page, descent_lr=0.4, condition=200)
    page.go_back()
    wait(page, SENTENCES["too far"], descent_lr=0.51, condition=20)
    page.reload()
    wait(page, SENTENCES["too far"], descent_lr=0.51)
    press(page, "end")  # a heading says nothing of the figure
    assert trait(page, "descent_lr") == 0.51
    page.goto("about:blank")
    page.go_back()
    page.go_back()
    page.go_back()
    wait(page, "#race:adam_lr=0.3", descent_lr=0.4, adam_lr=0.3)
    page.go_forward()
    wait(page, SENTENCES["too far"], descent_lr=0.51, adam_lr=0.5)


def test_back_undoes_where_the_address_said_nothing_yet(page):
    press(page, "end")
    press(page, "too far")
    wait(page, descent_lr=0.51)
    page.go_back()
    wait(page, "#end", descent_lr=0.4)


def test_what_a_reader_changes_is_in_the_address_once_the_hand_rests(page):
    stop_clock(page, later=1000)  # else a busy machine's own time counts too
    for degrees in (10, 20, 30):
        page.locator("live-widget").dispatch_event("input")
        page.evaluate("(degrees) => { document.querySelector('live-widget').model.set('degrees', degrees); }", degrees)
        page.clock.run_for(500)
        assert page.evaluate("location.hash") == ""
    page.clock.run_for(500)
    assert page.evaluate("location.hash") == "#race:degrees=30"
    page.clock.resume()
    page.get_by_role("checkbox", name="Momentum").press("Space")
    wait(page, "#race:degrees=30&methods=Gradient+descent,RMSProp,Adam")
    length = page.evaluate("history.length")
    page.reload()
    wait(page, degrees=30, methods=["Gradient descent", "RMSProp", "Adam"])
    assert page.evaluate("history.length") == length


def test_what_changes_by_itself_is_not_in_the_address(page):
    put(page, shown=50)
    press(page, "reset")  # which writes what a hand did last
    wait(page, "#race:", shown=40)
    page.go_back()
    wait(page, "", shown=50)


HOSTILE = {
    "#race:descent_lr=NaN": "descent_lr = NaN; it must be a number from 0 on",
    "#race:descent_lr=1e999": "it must be a number from 0 on",
    "#race:descent_lr=": "it must be a number from 0 on",
    "#race:momentum_beta=1": "it must be a number from 0 to less than 1",
    "#race:condition=200&steps=1.5": "it must be a whole number from 1 to 500",
    "#race:shown=200": "shown = 200; it must be at most steps",
    "#race:bias_correction=1": "it must be true or false",
    "#race:landscape=moon": "it must be one of bowl, Rosenbrock, saddle, two minima",
    "#race:landscape=constructor": "it must be one of bowl",
    "#race:methods=Adam,Adam": "each once",
    "#race:start=1,Infinity": "it must be 2 numbers",
    "#race:_esm=alert(1)": "which is no setting",
    "#race:__proto__=1": "which is no setting",
    "#race:name=other": "which is no setting",
    "#race:<img src=x onerror=alert(1)>": "which is no setting",
    "#race:%E0%A4%A&%=%zz": "which is no setting",
    "#race:start=" + "1," * 5000: "more than an address can hold",
    "#other:descent_lr=1": "a figure named other, and this page has none",
}


def test_an_address_that_asks_for_what_cannot_be_leaves_the_figure_as_it_was(page):
    page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
    for hostile, note in HOSTILE.items():
        press(page, "too far")
        wait(page, descent_lr=0.51)
        before = page.evaluate("document.querySelector('live-widget').model.get('limits')")
        page.evaluate("(address) => { location.hash = address; }", hostile)
        wait(page, note=note, descent_lr=0.51, condition=20, landscape="bowl", limits=before)
        assert len(page.locator(".live-note").text_content()) < 250
        assert_sound(page)
        page.reload()  # and when it comes first, as published
        wait(page, note=note, descent_lr=0.4)
        page.locator(".explorer").wait_for()
        press(page, "narrower")
        wait(page, condition=200)
        assert page.locator(".live-note").text_content() == ""
        assert_sound(page)


def test_the_figure_comes_into_view_without_a_ride_and_only_if_it_is_out_of_view(page):
    page.evaluate("""() => {
      const { scrollIntoView } = Element.prototype;
      Element.prototype.scrollIntoView = function (how) {
        globalThis.ride = how.behavior;
        scrollIntoView.call(this, how);
      };
      scrollTo(0, 20);
      document.querySelector(".live-sentence").click();
    }""")
    wait(page, descent_lr=0.51)
    assert page.evaluate("[scrollY, globalThis.ride, document.getAnimations().length]") == [20, None, 0]
    page.evaluate("document.querySelector('#end').append(document.querySelector('.live-sentence'))")
    press(page, "reset")
    wait(page, descent_lr=0.4)
    page.get_by_text("too far").scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 1000
    press(page, "too far")
    page.wait_for_function("scrollY < 1000")
    box = page.locator("live-widget svg").first.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 900
    ride = page.evaluate("[ride, document.getAnimations().length, document.activeElement.textContent]")
    assert ride == ["instant", 0, "too far"]


def test_a_method_in_the_text_lights_its_lines_and_changes_nothing(page):
    def lit():
        groups = page.locator(".explorer [data-method]:not(.live-dim)")
        return set(groups.evaluate_all("(all) => all.map((group) => group.dataset.method)"))

    adam = page.get_by_role("link", name="Adam")
    for begin, end in [(adam.hover, page.get_by_role("link", name="reset").hover), (adam.focus, adam.blur)]:
        begin()
        assert lit() == {"Adam"}
        end()
        assert lit() == {"Gradient descent", "Momentum", "RMSProp", "Adam"}
    adam.click()
    assert page.evaluate("[location.hash, history.length]") == ["", 1]


def test_a_task_ticks_itself_and_stays_ticked(page):
    task = page.get_by_role("checkbox", name="it diverges")
    assert task.is_disabled() and not task.is_checked()
    put(page, descent_lr=0.6, landscape="saddle")
    assert not task.is_checked()
    put(page, landscape="two minima")
    assert task.is_checked()
    assert page.locator(".live-said").text_content() == "Done: it diverges"
    put(page, descent_lr=0.1)
    assert task.is_checked()


def test_methods_have_the_colours_of_the_explorers():
    theirs = (ROOT / "adamlib" / "explorers" / "explorers.css").read_text(encoding="utf-8")
    ours = (ROOT / "_ext" / "live_sentences.css").read_text(encoding="utf-8")
    for slug, name in {"gradient-descent": "Gradient+descent", "momentum": "Momentum", "rmsprop": "RMSProp"}.items():
        colours = re.findall(rf"--{slug}: (#\w+)", theirs)
        found = re.findall(rf'@{re.escape(name)}"\] \{{\s*--method: (#\w+)', ours)
        assert len(found) == 2 and found == colours[:2]


RACE = {"race": DescentExplorer().settable()}


@pytest.mark.parametrize("address", SENTENCES.values())
def test_an_address_with_the_names_of_its_page_is_right(address):
    assert fault(address, RACE) is None


@pytest.mark.parametrize(
    ("address", "words"),
    [("#rase:descent_lr=1", "no explorer on this page is named 'rase'"),
     ("#race:lr=1", "has no setting 'lr'"),
     ("#race:descent_lr=1&", "has no setting None"),
     ("#race:name=other", "has no setting 'name'"),
     ("#race:@", "names no method"),
     ("#race?lr>1", "has no setting 'lr'"),
     ("#race?descent_lr", "has no setting None")],
)  # fmt: skip
def test_another_name_is_wrong(address, words):
    assert words in fault(address, RACE)


def test_a_build_warns_of_it_and_only_a_page_with_a_named_explorer_has_the_script(tmp_path):
    head = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n# A page\n\n"
    cell = "\n\n```{code-cell}\nfrom adamlib.explorers import DescentExplorer\nDescentExplorer(name='race')\n```\n"
    text = " ".join(f"[{words}]({address})" for words, address in SENTENCES.items())
    (tmp_path / "index.md").write_text(f"{head}{text} [wrong](#race:lr=1){cell}```{{toctree}}\nplain\n```\n")
    (tmp_path / "plain.md").write_text("# Plain\n\n[lost](#race:descent_lr=1) [to a heading](#plain)\n")
    settings = ["extensions = ['myst_nb', 'live_widgets', 'live_sentences']", "nb_ipywidgets_js = {}"]
    built = build_small(tmp_path, *settings, "myst_heading_anchors = 2")
    warnings = [line for line in built.stderr.splitlines() if "WARNING" in line]
    assert len(warnings) == 2 and "has no setting 'lr'" in warnings[0] and "named 'race'" in warnings[1], built.stderr
    index, plain = ((tmp_path / "html" / name).read_text() for name in ("index.html", "plain.html"))
    assert 'class="live-sentence reference internal" href="#race:descent_lr=0.51"' in index
    assert 'class="live-task reference internal" href="#race?descent_lr&gt;0.5&amp;landscape=two+minima"' in index
    assert index.count("live_sentences.js") == index.count("live_sentences.css") == 1
    assert "live_sentences" not in plain


# An imperative, a setting of some explorer, and a number that is not in a link. A prediction comes before the hand, and
# formulas and code are no explorer's.
SETTINGS = {
    word for name in explorers.__all__ for trait in getattr(explorers, name).settable() for word in trait.split("_")
}
TOLD = re.compile(
    r"\b(?:set|put|raise|lower|move|turn|choose|try|go|drag|pull)\b[^.,;:]{0,40}?"
    rf"\b(?:{'|'.join(sorted(SETTINGS))}|back|down)(?: number)?(?: back)? (?:to|by|=) [-\u2212]?\d\S*",
    re.IGNORECASE,
)


def untouchable(text):
    """Give what a text tells its reader to set and does not set when it is touched."""
    paragraphs = [part for part in text.split("\n\n") if not part.startswith(("**Predict", "**Exercise"))]
    plain = re.sub(r"\[[^]]*\]\(#[^)]*\)|\$[^$]*\$|`[^`]*`|\s", " ", "\n".join(paragraphs))
    return TOLD.findall(re.sub(" +", " ", plain))


@pytest.mark.parametrize("name", [name for name in listed_pages() if not name.startswith("teaching")])
def test_every_number_that_a_sentence_tells_to_set_is_set_by_touching_it(name):
    path = next(path for end in (".ipynb", ".md") if (path := ROOT / f"{name}{end}").is_file())
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n\n".join(cell.source for cell in nbformat.reads(text, 4).cells if cell.cell_type == "markdown")
    assert untouchable(text) == []
    wrong = ["Set beta to 0.98 and the day to [1](#lab:day=1).", "Then put beta1 back to 0.", "Try lr = 0.826.",
             "Go back to 20 and [0 degrees](#lab:).", "Now raise the\ncondition number to 200."]  # fmt: skip
    assert all(map(untouchable, wrong)) and not untouchable("Set lr to [0.4](#lab:lr=0.4), where $x$ is 2.")


def value(text):
    """A number, however it is written, or the word."""
    try:
        return float(text)
    except ValueError:
        return text


# Every sentence of a page, pressed: its address, what the explorer then has for the settings it names, and the notes.
OBEYED = """new Promise(async (done) => {
  const found = [], frame = () => new Promise(requestAnimationFrame);
  for (const link of document.querySelectorAll(".live-sentence")) {
    link.click();
    do { await frame(); await frame(); } while (!document.querySelector(".live-changed"));
    const [name, asked] = link.hash.slice(1).split(/:(.*)/);
    const { model } = [...document.querySelectorAll("live-widget")].find(({ model }) => model.get("name") === name);
    const had = [...new URLSearchParams(asked).keys()].map((key) => String(model.get(key)));
    found.push([link.hash, had, [...document.querySelectorAll(".live-note")].map((note) => note.textContent).join("")]);
  }
  done(found);
})"""


def test_every_sentence_of_the_book_is_obeyed_and_its_address_is_the_state(site, tab):
    pages = [page for page in book_pages(site.html) if 'class="live-sentence' in page.read_text(encoding="utf-8")]
    for page in pages:
        tab.goto(site.url + page.relative_to(site.html).as_posix())
        for address, had, notes in tab.wait_for_function(OBEYED).json_value():
            asked = dict(parse_qsl(address.split(":", 1)[1]))
            assert list(map(value, had)) == list(map(value, asked.values())) and notes == "", address
