"""The chapters in JupyterLite: a reader clicks from the book into a notebook that runs in the browser.

The site lies under a sub-path, as a project's pages do, and serves Pyodide itself: the browser reaches no other host.
What a reader is told where Pyodide's CDN is blocked is asked of the book as it is built by default, at the root.
"""

import contextlib
import csv
import json
import re
import shutil
import zipfile
from importlib import metadata
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect
from pyodide_folder import pyodide_folder
from sphinx.errors import ExtensionError

import lite_site
from assignments import handed_in
from lite_pages import lite_name, notebooks
from lite_site import CDN, build_lite, check_pyodide
from project import PATIENCE, ROOT, VIEW, Site, build_small, copy_files, listed_pages, serve, wait

SOURCES = [
    next(name for name in (f"{page}.ipynb", f"{page}.md") if (ROOT / name).is_file()) for page in listed_pages()[1:]
]
CHAPTERS = [name for name in SOURCES if name.endswith(".ipynb")]
LINE = "jump = np.abs(np.diff(temperature)).mean()"  # of a short cell of the first chapter
IMPORTS = "from adamlib import figures  # first: it names what is not installed"  # and of its second
LIMIT = 25_000_000  # bytes that JupyterLite adds to the site

NOTEBOOK = "() => jupyterapp.shell.currentWidget"
READY = f"""() => window.jupyterapp && ({NOTEBOOK})()?.content?.model?.cells?.length
  && ({NOTEBOOK})().sessionContext.session?.kernel"""
STILL = ".jp-KernelStatus-spinner { animation: none; }"  # it turns while Python starts, and each frame is drawn
CELLS = f"""() => [...({NOTEBOOK})().content.model.cells].map((cell) => cell.toJSON())"""
# Runs code in the Python of the open notebook, a cell after the other until one fails, and gives their outputs.
RUN = f"""async ([cells, patience]) => {{
  const outputs = [];
  for (const code of cells) {{
    const asked = ({NOTEBOOK})().sessionContext.session.kernel.requestExecute({{ code }});
    asked.onIOPub = ({{ header, content }}) => outputs.push({{ output_type: header.msg_type, ...content }});
    const late = new Promise((_, fail) => setTimeout(fail, patience, Error(`Python stands still at ${{code}}`)));
    const {{ content }} = await Promise.race([asked.done, late]);
    if (content.status !== "ok") return [...outputs, {{ output_type: "error", traceback: [code], ...content }}];
  }}
  return outputs;
}}"""
STORES = {
    "closed": "IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError'); };",
    "full": """const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (...what) {
        const request = put.apply(this, what);
        this.transaction.abort();
        return request;
      };""",
}


@pytest.fixture(scope="module")
def own_pyodide(browser):
    return pyodide_folder(browser)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What JupyterLite's builder makes, once for all tests."""
    folder = tmp_path_factory.mktemp("builder")
    lite_site.run_builder(folder, folder / "made")
    return folder / "made"


@contextlib.contextmanager
def builder_that_copies(made, spoil=lambda made: None):
    """Let the builder only copy what it has made once, and spoil it."""

    def run_builder(folder, to):
        shutil.copytree(made, to)
        spoil(to)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lite_site, "run_builder", run_builder)
        yield


@pytest.fixture(scope="module")
def lite(site, built, own_pyodide, tmp_path_factory):
    """The built book once more, under a sub-path and with Pyodide of its own."""
    root = tmp_path_factory.mktemp("lite")
    html = root / "some" / "book"
    shutil.copytree(site.html, html, ignore=shutil.ignore_patterns("lite"))
    with builder_that_copies(built):
        build_lite(notebooks(ROOT, SOURCES), html, own_pyodide)
    with serve(root) as served:
        yield Site(html, served.url + "some/book/")


@pytest.fixture(scope="module")
def reader(browser):
    """A reader's browser, the same for all tests of this file, that writes down which other hosts were asked for."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.others, context.errors = [], []
    context.on("request", lambda asked: context.others.append(asked.url) if is_elsewhere(asked.url) else None)
    context.on("weberror", lambda error: context.errors.append(str(error.error)))
    yield context
    context.close()


def is_elsewhere(url):
    return urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname != "127.0.0.1"


def click_through(context, site, chapter):
    """Open a chapter's page and press the button; return the page that it opens, when the notebook stands there."""
    page = context.new_page()
    page.goto(site.url + chapter.replace(".ipynb", ".html"))
    with context.expect_page() as opened:
        page.get_by_role("link", name="Run in the browser").click()
    page.close()
    until_ready(opened.value)
    return opened.value


def until_ready(page):
    page.wait_for_function(READY)
    page.add_style_tag(content=STILL)


def choose(page, menu, entry):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(f".lm-Menu-item:has(.lm-Menu-itemLabel:text-is('{entry}'))").click()


def code_cells(page):
    return [cell for cell in page.evaluate(CELLS) if cell["cell_type"] == "code"]


def run_all(page):
    """Run all cells, and wait until each has its number, which comes when it is done, or until one has failed.

    Every cell has the browser's whole patience: a slow machine is waited for, and a Python that stands still is not.
    """
    ran = f"""(wanted) => {{
      const cells = [...({NOTEBOOK})().content.model.cells].filter((cell) => cell.type === "code");
      const types = ({{ outputs }}) => Array.from({{ length: outputs.length }}, (_, i) => outputs.get(i).type);
      return cells.filter((cell) => cell.executionCount).length >= wanted
        || cells.some((cell) => types(cell).includes("error"));
    }}"""
    cells = sum(bool(cell["source"].strip()) for cell in code_cells(page))  # an empty one gets no number
    choose(page, "Run", "Run All Cells")
    for count in range(1, cells + 1):
        page.wait_for_function(ran, arg=count, polling=200)  # at each frame would take from Python


def run_new_cell(page, code):
    """Run a line of code in a new cell below all others, and return what it prints."""
    page.evaluate(
        f"""async (code) => {{
          const notebook = ({NOTEBOOK})().content;
          notebook.activeCellIndex = notebook.model.cells.length - 1;
          await jupyterapp.commands.execute("notebook:insert-cell-below");
          notebook.activeCell.model.sharedModel.setSource(code);
          await jupyterapp.commands.execute("notebook:run-cell");
        }}""",
        code,
    )
    return printed(code_cells(page)[-1]["outputs"])


def printed(outputs):
    return "".join(text for output in outputs for text in output.get("text", ""))


def show(page, words):
    """Scroll to the cell with these words: JupyterLite draws only what is near the window. Return it."""
    page.evaluate(
        f"""async (words) => {{
          const notebook = ({NOTEBOOK})().content;
          const cells = [...notebook.model.cells];
          notebook.activeCellIndex = cells.findIndex((cell) => cell.sharedModel.getSource().includes(words));
          await notebook.scrollToItem(notebook.activeCellIndex, "start");
        }}""",
        words,
    )
    return page.locator(".jp-Cell.jp-mod-active")


def explorer_of(page, words=""):
    """Scroll to the chapter's first explorer whose cell has these words, and wait until it is drawn."""
    shows = (cell for cell in code_cells(page) if any(VIEW in output.get("data", {}) for output in cell["outputs"]))
    explorer = show(page, next(cell["source"] for cell in shows if words in cell["source"])).locator(".explorer")
    explorer.get_by_role("button", name="Reset").wait_for()
    return explorer


def type_below(page, words, line):
    """Add a line to the cell with these words, by the keyboard."""
    show(page, words).locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(f"\n{line}")


# Whether what is kept is what is shown. A save of JupyterLab's own that has begun before the last output stands in the
# way of another, and ends without it.
KEPT = f"""async () => {{
  const {{ context }} = ({NOTEBOOK})();
  const held = (cells) => JSON.stringify(cells.map(({{ source, outputs }}) => [source, outputs]));
  const {{ content }} = await jupyterapp.serviceManager.contents.get(context.path, {{ content: true }});
  if (held(content.cells) === held(context.model.toJSON().cells)) return true;
  if (!context.model.dirty) await context.save();
  return false;
}}"""


def save(page):
    """Save by the keyboard, and wait until it is kept. The browser's own waiting takes any promise for a yes."""
    page.keyboard.press("Control+s")
    wait(lambda: page.evaluate(KEPT))


@pytest.fixture(scope="module")
def first(lite, reader):
    """The first chapter's page, opened by its button, with all its cells run; once for all tests."""
    page = click_through(reader, lite, CHAPTERS[0])
    run_all(page)
    yield page
    page.close()


def code_of(chapter):
    cells = json.loads((ROOT / chapter).read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def assert_sound(outputs, reader):
    """No cell failed or warned, nothing went wrong in the page, and no other host was asked."""
    failed = [line for output in outputs for line in output.get("traceback", ())]
    assert not failed, "\n".join(failed)
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    assert (reader.errors, reader.others) == ([], [])


def test_a_chapter_runs_to_its_last_cell(first, reader):
    """With the NumPy and matplotlib of Pyodide, assertions included, and with no other host."""
    written = code_of(CHAPTERS[0])
    ran = code_cells(first)[: len(written)]
    assert [cell["source"] for cell in ran] == written
    assert_sound([output for cell in ran for output in cell["outputs"]], reader)
    assert all(cell["execution_count"] for cell in ran)
    assert run_new_cell(first, "print(np.__version__, plt.matplotlib.__version__)") == "2.0.2 3.8.4\n"


def test_an_explorer_answers_and_python_knows(first):
    asked = "print(explorer.beta, explorer.half_life)"
    before = run_new_cell(first, asked)
    explorer = explorer_of(first, "explorer = ")
    readout = explorer.locator(".explorer-readouts").first.inner_text()
    explorer.locator("input[type=range]").first.press("ArrowLeft")  # which JupyterLab has a use for too
    expect(explorer.locator(".explorer-readouts").first).not_to_have_text(readout, use_inner_text=True)
    assert run_new_cell(first, asked) != before


# A page and a Python for each would cost much more. They take the first chapter's names away.
@pytest.mark.parametrize("chapter", CHAPTERS[1:])
def test_another_chapter_runs_in_the_same_python_and_its_first_explorer_is_drawn(first, reader, chapter):
    written = code_of(chapter)
    outputs = first.evaluate(RUN, [["%reset -f", *written], PATIENCE * 1000])
    assert_sound(outputs, reader)
    models = [output["data"][VIEW]["model_id"] for output in outputs if VIEW in output.get("data", {})]
    assert bool(models) == ("adamlib.explorers" in "".join(written))
    for model in models[:1]:
        run_new_cell(first, f"from ipywidgets.widgets.widget import _instances\n_instances[{model!r}]")
        explorer_of(first, model)
    assert_sound([], reader)


# Last, since a Python starts again, for nobody: the page is closed before it has.
def test_a_changed_line_is_run_and_is_still_there_after_a_reload(first):
    type_below(first, IMPORTS, "print('mine:', 6 * 7)")
    first.keyboard.press("Shift+Enter")
    first.locator(".jp-OutputArea-output", has_text="mine: 42").wait_for()
    save(first)
    first.reload()
    until_ready(first)
    (kept,) = (cell for cell in code_cells(first) if "mine:" in cell["source"])
    assert kept["source"].startswith(IMPORTS)
    assert "mine: 42" in printed(kept["outputs"])
    first.close()


def test_an_assignment_is_uploaded_run_and_downloaded(lite, reader, tmp_path):
    """As the page for teachers says it, with the solved one: every check in it must say that it is right."""
    nbformat.write(handed_in("04_adam"), tmp_path / "04_adam.ipynb")
    page = reader.new_page()
    page.goto(lite.url + "teaching/setup.html")
    page.get_by_role("link", name="the list of notebooks").click()
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="Upload").click()
    asked.value.set_files(tmp_path / "04_adam.ipynb")
    with reader.expect_page() as opened:
        page.get_by_text("04_adam.ipynb", exact=True).dblclick()
    notebook = opened.value
    notebook.wait_for_function(READY)
    run_all(notebook)
    save(notebook)
    page.get_by_text("04_adam.ipynb", exact=True).click()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download").click()
    assert kept.value.suggested_filename == "04_adam.ipynb"
    ran = json.loads(kept.value.path().read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in ran if cell["cell_type"] == "code" for output in cell["outputs"]]
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert printed(outputs).count("Right.") == sum("print(verdict)" in "".join(cell["source"]) for cell in ran) > 1
    assert reader.others == []
    page.close()
    notebook.close()


@pytest.fixture
def blocked(browser):
    """A reader whose browser reaches this machine alone."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield context
    context.close()


# A page whose notebook is read only when there is a Python already.
HELD_BACK = """(() => {
  const waiting = setInterval(() => {
    if (!window.jupyterapp) return;
    clearInterval(waiting);
    const { contents, sessions } = jupyterapp.serviceManager;
    const get = contents.get.bind(contents);
    contents.get = async (...what) => {
      while (![...sessions.running()].length) await new Promise((done) => setTimeout(done, 20));
      return get(...what);
    };
  }, 1);
})()"""


def test_python_starts_before_the_notebook_is_there_and_only_once(site, blocked):
    said = []
    blocked.on("console", lambda message: said.append(message.text))
    blocked.add_init_script(HELD_BACK)
    for _ in ("without a service worker", "with that of the first visit"):
        said.clear()
        page = click_through(blocked, site, CHAPTERS[0])
        assert "Pyodide contents will be synced with Jupyter Contents" in said  # so Python sees the reader's files
        running = "() => [...jupyterapp.serviceManager.sessions.running()].map(({ path, kernel }) => [path, kernel.id])"
        kernel = page.evaluate(f"() => ({NOTEBOOK})().sessionContext.session.kernel.id")
        assert page.evaluate(running) == [[lite_name(ROOT, CHAPTERS[0]), kernel]]
        page.close()


def test_teachers_can_try_the_cdn_that_readers_get():
    """The weekly check of links asks for that file too."""
    assert f"]({CDN}pyodide-lock.json)" in (ROOT / "teaching" / "setup.md").read_text(encoding="utf-8")


def test_a_blocked_cdn_is_named_and_no_edit_is_lost(site, blocked):
    asked = []
    blocked.on("request", lambda request: asked.append(request.url) if is_elsewhere(request.url) else None)
    page = click_through(blocked, site, CHAPTERS[0])
    sentence = page.get_by_role("alert").filter(has_text="Python could not be fetched from cdn.jsdelivr.net")
    sentence.wait_for()
    assert page.get_by_role("alert").count() == 1
    assert asked and all(url.startswith(CDN) for url in asked)
    sentence.get_by_role("button", name="Close").click()
    assert page.get_by_role("alert").count() == 0
    type_below(page, LINE, "# mine")
    save(page)
    page.reload()
    page.wait_for_function(READY)
    assert any(cell["source"].endswith("# mine") for cell in code_cells(page))


@pytest.mark.parametrize("store", STORES)
def test_a_store_that_keeps_nothing_is_named_and_leaving_is_asked_back(site, blocked, store):
    blocked.add_init_script(STORES[store])
    page = click_through(blocked, site, CHAPTERS[0])
    page.get_by_role("alert").filter(has_text="This browser keeps nothing for this page").wait_for()
    type_below(page, LINE, "# mine")
    save(page)  # to memory: JupyterLite itself would now let the page be closed
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert any(cell["source"].endswith("# mine") for cell in code_cells(page))


def test_a_store_that_fills_up_is_named_and_the_edit_stays_unsaved(site, blocked):
    page = click_through(blocked, site, CHAPTERS[0])
    page.evaluate(f"() => {{ {STORES['full']} }}")
    type_below(page, LINE, "# mine")
    page.keyboard.press("Control+s")
    page.get_by_role("dialog").filter(has_text="File Save Error for 01_exponential_averages").wait_for()
    assert page.evaluate(f"() => ({NOTEBOOK})().context.model.dirty")


def test_a_missing_part_of_the_page_is_named(site, blocked):
    blocked.route("**/lite/build/notebooks/bundle.js*", lambda route: route.abort())
    page = blocked.new_page()
    page.goto(site.url + "lite/notebooks/index.html")
    page.get_by_role("alert").filter(has_text="A part of this page could not be fetched").wait_for()


def test_a_page_opened_from_its_folder_says_that_it_needs_a_server(site, blocked):
    page = blocked.new_page()
    page.goto((site.html / "lite" / "notebooks" / "index.html").as_uri())
    page.get_by_role("alert").filter(has_text="python -m http.server").wait_for()
    assert page.get_by_role("alert").count() == 1


def test_a_new_version_is_not_hidden_by_the_reader_s_copy(site, built, blocked, tmp_path):
    shutil.copytree(site.html / "wheels", tmp_path / "site" / "wheels")
    sources = tmp_path / "sources"
    copy_files(SOURCES, sources)
    page = blocked.new_page()

    def publish():
        with builder_that_copies(built):
            build_lite(notebooks(sources, SOURCES), tmp_path / "site")
        return f"lite/notebooks/index.html?path={lite_name(sources, CHAPTERS[0])}"

    def open_at(address):
        page.goto(served.url + address)
        page.wait_for_function(READY)
        return [cell["source"] for cell in page.evaluate(CELLS)]

    with serve(tmp_path / "site") as served:
        open_at(publish())
        type_below(page, LINE, "# mine")
        save(page)
        old = page.url.removeprefix(served.url)
        in_file(CHAPTERS[0], LINE, f"{LINE}  # new")(sources)
        new = open_at(publish())
        assert any(f"{LINE}  # new" in source for source in new) and not any("# mine" in source for source in new)
        assert any(source.endswith("# mine") for source in open_at(old))


def test_a_name_changes_with_the_text_and_not_with_the_outputs(tmp_path):
    notebook = json.loads((ROOT / CHAPTERS[0]).read_text(encoding="utf-8"))
    first = tmp_path / "first.ipynb"
    names = []
    for change in ({}, {"outputs": [], "execution_count": 7}, {"source": "x = 1"}):
        next(cell for cell in notebook["cells"] if cell["cell_type"] == "code").update(change)
        first.write_text(json.dumps(notebook), encoding="utf-8")
        names.append(lite_name(tmp_path, "first.ipynb"))
    assert names[0] == names[1] != names[2]
    assert re.fullmatch(r"first-[0-9a-f]{8}\.ipynb", names[0])


@pytest.mark.parametrize("source", ["index.md", *SOURCES])
def test_chapters_alone_have_the_button(site, source):
    page = (site.html / source).with_suffix(".html")
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    found = [link["href"] for link in soup.find_all("a") if link.text.strip() == "Run in the browser"]
    assert len(found) == (source in CHAPTERS)
    for address in found:
        parts = urlsplit(address)
        assert not parts.scheme and not parts.netloc and parts.path == "../lite/notebooks/index.html"
        (name,) = parse_qs(parts.query)["path"]
        assert (site.html / "lite" / "files" / name).is_file()


def test_notebooks_lead_to_each_other(site):
    files = site.html / "lite" / "files"
    found = []
    for path in files.rglob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                links = re.findall(r"\]\(([^)#:\s]+)[)#]", cell["source"])
                found += [(path.parent / link).resolve() for link in links]
    assert len(found) > 10
    assert [path for path in found if not path.is_file()] == []


def test_what_jupyterlite_adds_is_small_and_named(site):
    files = [path for path in (site.html / "lite").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LIMIT
    assert [path for path in files if path.suffix == ".map"] == []
    assert not (site.html / "lite" / "pyodide").exists()
    wheels = {path.name.split("-")[0] for path in (site.html / "lite" / "wheels").iterdir()}
    assert wheels == set(lite_site.DISTRIBUTIONS)


def test_a_wheel_made_again_has_what_pip_installed(tmp_path):
    """And nothing compiled for this machine, which psygnal has."""
    lite_site.repack("psygnal", tmp_path)
    (wheel,) = tmp_path.iterdir()
    installed = metadata.distribution("psygnal")
    assert wheel.name == f"psygnal-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    modules = {path.as_posix() for path in installed.files if path.suffix == ".py"}
    assert modules == {name for name in packed if name.endswith(".py")} and len(modules) > 10
    assert all(packed[name] == installed.locate_file(name).read_bytes() for name in modules)
    assert [name for name in packed if name.endswith((".so", ".pyd", ".pyc"))] == []
    record = csv.reader(packed[f"psygnal-{installed.version}.dist-info/RECORD"].decode().splitlines())
    assert {row[0] for row in record} == set(packed)


def test_pyodide_as_a_setting_of_the_book(tmp_path):
    """Read by Sphinx, from where the book lies, and a folder that is not there stops the build."""
    (tmp_path / "index.md").write_text("# Title\n\n```{toctree}\npage\n```\n", encoding="utf-8")
    (tmp_path / "page.md").write_text("# Page\n", encoding="utf-8")
    done = build_small(
        tmp_path, "extensions = ['myst_parser', 'solutions', 'lite_pages']", "lite_pyodide = 'no/such/folder'"
    )
    assert done.returncode != 0
    assert f"lite_pyodide: {tmp_path / 'no/such/folder'} has no pyodide.js" in done.stderr


def in_file(path, old, new):
    """Give a function that edits a file of a folder."""

    def edit(folder):
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new), encoding="utf-8")

    return edit


def without(pattern):
    """Give a function that takes a file or a folder out of a folder."""
    return lambda folder: [shutil.rmtree(found) if found.is_dir() else found.unlink() for found in folder.glob(pattern)]


FAULTS = {
    "has no pyodide.asm.wasm": without("pyodide.asm.wasm"),
    "numpy.*is missing": without("numpy-*.whl"),
    "pillow.*is missing": without("pillow-*.whl"),
    "cycler.*another checksum": lambda folder: next(folder.glob("cycler-*.whl")).write_bytes(b"x"),
    "lock file.*cannot be read": in_file("pyodide-lock.json", "{", ""),
    "does not know matplotlib": in_file("pyodide-lock.json", '"matplotlib": {', '"another": {'),
    "has Pyodide 0.29.0, and not 0.27.7": in_file("pyodide-lock.json", '"0.27.7"', '"0.29.0"'),
}


@pytest.mark.parametrize("said", FAULTS)
def test_a_pyodide_that_is_not_whole_stops_the_build(own_pyodide, tmp_path, said):
    folder = tmp_path / "pyodide"
    shutil.copytree(own_pyodide, folder)
    FAULTS[said](folder)
    with pytest.raises(ExtensionError, match=said):
        check_pyodide(folder)


# What is wrong for JupyterLite's own builder, as a setting of lite_site, and what is said.
UNBUILT = [
    ("APPS", "no list", "could not be built"),
    ("EXTENSIONS", [*lite_site.EXTENSIONS, "no-such-extension"], "lacks no-such-extension"),
]


def assert_nothing_is_built(site, folder, words):
    """The build stops, saying so, and the site that was there stays."""
    shutil.copytree(site.html / "wheels", folder / "wheels")
    (folder / "lite").mkdir()
    with pytest.raises(ExtensionError, match=words):
        build_lite({"page-00000000.ipynb": {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}}, folder)
    assert list((folder / "lite").iterdir()) == []


@pytest.mark.parametrize(("setting", "value", "said"), UNBUILT)
def test_a_builder_that_fails_stops_the_build(site, tmp_path, monkeypatch, setting, value, said):
    monkeypatch.setattr(lite_site, setting, value)
    assert_nothing_is_built(site, tmp_path, said)


def test_a_package_that_is_missing_stops_the_build(tmp_path):
    with pytest.raises(ExtensionError, match="lacks no-such-distribution"):
        lite_site.repack("no-such-distribution", tmp_path)


SPOILT = {
    "jupyter-lite.json cannot be read": lambda made: (made / "jupyter-lite.json").write_text("{"),
    "without extensions/@jupyterlite/pyodide-kernel-extension": without("extensions/@jupyterlite"),
    "has the extensions .*unknown": in_file(
        "jupyter-lite.json", '"federated_extensions": [', '"federated_extensions": [{"name": "unknown", "load": "x"},'
    ),
    "without notebooks/index.html": without("notebooks/index.html"),
    "index.html of JupyterLite is not as expected": in_file("notebooks/index.html", "</head>", ""),
    "with 1 source maps": lambda made: (made / "build" / "a.js.map").write_text("{}"),
}


@pytest.mark.parametrize("said", SPOILT)
def test_what_the_builder_spoils_stops_the_build(site, built, tmp_path, said):
    with builder_that_copies(built, SPOILT[said]):
        assert_nothing_is_built(site, tmp_path, said)


def test_adamlib_s_wheel_and_notebooks_must_be_there(tmp_path):
    with pytest.raises(ExtensionError, match="needs adamlib's wheel.* has 0 wheels"):
        build_lite(notebooks(ROOT, SOURCES), tmp_path)
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "one.whl").touch()
    with pytest.raises(ExtensionError, match="would be empty"):
        build_lite({}, tmp_path)
