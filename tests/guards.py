"""How a chapter is read, and the guards: what strict nbval does not see in it.

nbval runs each cell and compares what it stores. It compares nothing where a cell was never run, and
no picture ever. Nor does it know what a chapter promises its reader: alt text, folded solutions,
links that lead somewhere. So each guard reads a chapter without running it, and returns a list of complaints.
"""

import ast
import base64
import builtins
import copy
import io
import math
import re
from urllib.parse import unquote, urlsplit

import nbformat
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from PIL import Image, ImageOps

import adamlib
import execute_chapters
from adamlib import explorers
from live_sentences import FORM, fault
from own_wheel import wheel_name
from project import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))  # a test below fails if there are none
LARGEST = 1_500_000  # bytes
LONGEST = 10  # lines of a cell that is read in class
MOST = {"words": 3000, "lines of code in view": 150, "figures": 6, "exercises": 4}
MOST_OF = {  # a page without a number
    "bug_clinic": {"figures": 12, "exercises": 0},  # its figures are its exercises
    "questions": {"words": 2500, "exercises": 0},
}
LAST_TO_BUILD = 8  # the chapters after it explain, in fewer words
LONGEST_READ = 40  # minutes
ALT = '"mystnb": {"image": {"alt": "A sentence."}}'
MARGIN = 3  # white pixels around a picture, at least
ADDRESS = r"0x[0-9a-f]{6,}"  # where an object lies in memory: another place on every run
MODEL_ID = r"\b[0-9a-f]{32}\b"  # of a widget: another one on every run
LENIENT = r"(?<!rtol=0, )\batol=5e-"  # half a unit of a digit, and NumPy's own rtol besides

# The first code cell of every chapter: it runs anywhere, and does nothing more.
SITE = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]
SETUP = f"""\
try:
    import adamlib
    adamlib.at_least("{adamlib.__version__}")
except ImportError:
    from importlib.util import find_spec
    from site import addusersitepackages
    reload = not find_spec("anywidget")
    %pip install --quiet {SITE}wheels/{wheel_name(ROOT)}
    addusersitepackages(None)  # pip may have made that folder
    if not find_spec("adamlib"):
        raise ImportError("adamlib could not be installed, and pip says above why: "
                          "try again with a network, or ask who runs your hub.") from None
    import adamlib
    adamlib.at_least("{adamlib.__version__}")
    if reload:
        print("Installed. Reload this page once, so that the explorers move.")"""

# How a chapter's first explorer begins.
MOVES = "# Moves on the book's site, and here once this cell has run.\n"

FOLDED = {
    "hide-input": {"jupyter": {"source_hidden": True}, "cellView": "form"},
    "hide-cell": {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "cellView": "form"},
}
# How a folded cell begins, and its tag. The site names the fold by this line (see _ext/book_site.py).
KINDS = {
    re.escape(SETUP) + r"\Z": "hide-input",
    r"# Plot: \S": "hide-input",
    r"# Check: \S": "hide-cell",
    r"# Solution \d+\.\d+\n": "hide-cell",
    r"# Solution \d+\n# \([a-d]\)\n": "hide-cell",  # as the quiz has them: JupyterLab shows the first line
}


# Reading a chapter: cells are counted from 1, as their ids are.


def number_of(path):
    """Give a chapter's number; the bug clinic and the questions have none."""
    return int(path.name[:2]) if path.name[:2].isdigit() else None


def cells(notebook, cell_type):
    return [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == cell_type]


def outputs(notebook):
    return [(number, output) for number, cell in cells(notebook, "code") for output in cell.outputs]


def tags(cell):
    return cell.metadata.get("tags", [])


def in_view(notebook):
    return [(number, cell) for number, cell in cells(notebook, "code") if not set(tags(cell)) & set(FOLDED)]


def asserts(cell):
    return any(isinstance(node, ast.Assert) for node in ast.walk(parse(cell)))


def parse(cell):
    """Read a code cell as Python, its IPython lines (%pip) translated first."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


def stored_texts(cell):
    """Give every text that a cell stores; pictures are base64 and left out."""
    for output in cell.outputs:
        yield output.get("text", "")
        for kind, data in output.get("data", {}).items():
            if not kind.startswith("image/"):
                yield data if isinstance(data, str) else repr(data)


def prose(cell):
    """Give a Markdown cell without its code and its formulas, where anything may stand."""
    text = re.sub(r"^(```|~~~).*?^\1", "", cell.source, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
    return re.sub(r"\$\$.+?\$\$|\$[^$\n]+\$", "", text, flags=re.DOTALL)


def links(cell):
    """Give the target of every Markdown link, picture and link definition."""
    text = prose(cell)
    inline = [a or b for a, b in re.findall(r"\]\(\s*(?:<([^>\n]*)>|([^\s)]+))", text)]
    return inline + re.findall(r"^\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)", text, re.MULTILINE)


def is_chapter(target):
    return re.search(r"(^|/)\d\d_\w+\.(ipynb|html|md)$", urlsplit(target).path)


def shows(cell):
    """Say what a code cell would show when run, or None where the source does not tell.

    A last line that is a call may give None, so it counts only if the function is a builtin that
    gives something, print, display or plt.show. nbval finds the other kind when it runs the cell.
    """
    silent = {"delattr", "exec", "setattr", "open"}

    def showing_call(node):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            return None
        called = ast.unparse(node.value.func)
        elsewhere = any(keyword.arg == "file" for keyword in node.value.keywords)
        return called if called in ("print", "display", "plt.show") and not elsewhere else None

    def search(statements):
        for node in statements:
            if showing_call(node):
                return showing_call(node)
            if isinstance(node, ast.For | ast.With | ast.Try | ast.While):  # an if may not be entered
                found = search(node.body)
                if found:
                    return found
        return None

    tree = parse(cell)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return search(tree.body)
    if not isinstance(last.value, ast.Call):
        is_none = isinstance(last.value, ast.Constant) and last.value.value is None
        return search(tree.body) or (None if is_none else "the value of the last line")
    called = ast.unparse(last.value.func)
    if hasattr(builtins, called) and called not in silent | {"print"}:
        return f"the value of {called}(...)"
    return search(tree.body)


# The guards. Each takes a path and the notebook read from it, and returns a list of complaints.


def was_run(path, notebook):
    """nbval compares nothing in a cell whose execution_count is null."""
    counts = [cell.execution_count for _, cell in cells(notebook, "code")]
    complaints = [f"cell {number} was never run" for number, c in cells(notebook, "code") if c.execution_count is None]
    if not counts:
        return ["no code cell at all"]
    if not complaints and counts != list(range(1, len(counts) + 1)):
        return [f"execution counts are not 1, 2, 3, ... in order: {counts}"]
    return complaints


def stores_what_it_shows(path, notebook):
    return [
        f"cell {number} shows {shows(cell)} and stores no output"
        for number, cell in cells(notebook, "code")
        if not cell.outputs and shows(cell)
    ]


def is_compared(path, notebook):
    """Comments and tags can tell nbval to skip a cell, or its comparison."""
    complaints = []
    for number, cell in cells(notebook, "code"):
        marks = re.findall(r"(?:NBVAL|PYTEST_VALIDATE)_\w+", cell.source)
        marks += [tag for tag in tags(cell) if re.match(r"nbval|pytest-validate|raises-exception|skip-execution", tag)]
        complaints += [f"cell {number} switches comparison off with {mark}" for mark in marks]
    return complaints


def stores_no_trouble(path, notebook):
    complaints = []
    for number, cell in cells(notebook, "code"):
        for output in cell.outputs:
            if output.output_type == "error":
                complaints.append(f"cell {number} stores the error {output.ename}")
            if output.get("name") == "stderr":
                complaints.append(f"cell {number} stores text on stderr")
        for text in stored_texts(cell):
            if re.search(r"\b\w*Warning: ", text):
                complaints.append(f"cell {number} stores a warning")
            if re.search(ADDRESS, text, re.IGNORECASE):
                complaints.append(f"cell {number} stores a memory address")
            if re.search(MODEL_ID, text):
                complaints.append(f"cell {number} stores the id of a widget")
    return complaints


def widgets_leave_a_picture_and_a_text(path, notebook):
    """The picture is what GitHub and a printer show of a widget, and the text is all of it that nbval compares."""
    complaints = []
    for number, output in outputs(notebook):
        data = output.get("data", {})
        if execute_chapters.WIDGET_VIEW in data and "image/png" not in data:
            complaints.append(f"cell {number} stores a widget without a picture")
        if "image/png" in data and not data.get("text/plain"):
            complaints.append(f"cell {number} stores a picture without text")
    return complaints


def explorers_say_where_they_move(path, notebook):
    """On GitHub there is only their picture, and in a notebook that was opened again not even that."""
    first = [(number, cell.source) for number, cell in cells(notebook, "code") if "adamlib.explorers" in cell.source]
    return [f"cell {number} does not begin: {MOVES}" for number, source in first[:1] if not source.startswith(MOVES)]


def pictures_are_whole(path, notebook):
    """Nothing cuts a figure to its ink, so a label that the layout did not make room for would end at the edge."""
    complaints = []
    for number, output in outputs(notebook):
        if "image/png" in output.get("data", {}):
            image = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")
            left, top, right, bottom = ImageOps.invert(image).getbbox() or (0, 0, 0, 0)
            if min(left, top, image.width - right, image.height - bottom) < MARGIN:
                complaints.append(f"cell {number} stores a picture with ink at its edge, or with none")
    return complaints


def pictures_are_described(path, notebook):
    complaints = []
    for number, cell in cells(notebook, "code"):
        if any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            if not alt:
                complaints.append(f"cell {number} stores a picture without alt text: its metadata needs {ALT}")
            elif len(alt) < 40 or not alt.endswith(".") or " " not in alt:
                complaints.append(f"cell {number}: the alt text is no sentence of 40 characters or more: {alt!r}")
    return complaints


def folds_everywhere_or_nowhere(path, notebook):
    """A tag folds on the site; JupyterLab and Colab have names of their own for it."""
    complaints = []
    for number, cell in enumerate(notebook.cells, start=1):
        folds = [tag for tag in tags(cell) if re.match(r"hide-|remove-", tag)]
        if any(tag not in FOLDED for tag in folds) or len(folds) > 1:
            complaints.append(f"cell {number} has the tags {folds}: one of hide-input and hide-cell is known")
            continue
        expected = FOLDED[folds[0]] if folds else {}
        found = {key: cell.metadata[key] for key in ("jupyter", "cellView") if key in cell.metadata}
        if found != expected:
            complaints.append(f"cell {number} has {found} where the tags {folds} ask for {expected}")
    return complaints


def is_plain_markdown(path, notebook):
    """Colab, GitHub and JupyterLab show MyST raw, and each filters HTML in its own way."""
    complaints = []
    for number, cell in cells(notebook, "markdown"):
        found = {
            "a MyST directive": re.search(r"^\s*(`{3,}|~{3,}|:{3,})\s*\{|^\s*:{3,}", cell.source, re.MULTILINE),
            "a MyST role": re.search(r"(?<!`)\{[A-Za-z][\w:.+-]*\}`", cell.source),
            "a MyST target": re.search(r"^\([\w:. -]+\)=\s*$", prose(cell), re.MULTILINE),
            "raw HTML": re.search(r"<(?!https?:|mailto:)[A-Za-z/!][^>]*>", prose(cell)),
        }
        complaints += [f"cell {number} has {what}: {match[0].strip()!r}" for what, match in found.items() if match]
    return complaints


def links_lead_somewhere(path, notebook):
    complaints = []
    for number, cell in cells(notebook, "markdown"):
        for target in links(cell):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or target.startswith("/"):
                if is_chapter(target):
                    complaints.append(f"cell {number} links to another chapter by an absolute address: {target}")
                elif parts.scheme not in ("http", "https", "mailto"):
                    complaints.append(f"cell {number} has a link that is neither a file nor a web address: {target}")
            elif parts.path and not (path.parent / unquote(parts.path)).is_file():
                complaints.append(f"cell {number} links to a file that does not exist: {target}")
    return complaints


def named_explorers(notebook):
    """Give the settings of each explorer that a chapter makes under a name, by that name."""
    found = {}
    for call in (node for _, cell in cells(notebook, "code") for node in ast.walk(parse(cell))):
        explorer = isinstance(call, ast.Call) and getattr(explorers, ast.unparse(call.func), None)
        names = [keyword.value for keyword in call.keywords if keyword.arg == "name"] if explorer else []
        found |= {ast.literal_eval(name): explorer.settable() for name in names}
    return found


def sentences_name_what_is_there(path, notebook):
    """A link that speaks to an explorer (see _ext/live_sentences.py) names one of this chapter, and its settings."""
    spoken = [
        (number, target)
        for number, cell in cells(notebook, "markdown")
        for target in links(cell)
        if FORM.fullmatch(target)
    ]
    named = named_explorers(notebook) if spoken else {}
    wrong = [(number, fault(target, named)) for number, target in spoken]
    return [f"cell {number}: {complaint}" for number, complaint in wrong if complaint]


def predictions_can_be_answered(path, notebook):
    """A list after "Predict." holds two to four choices, (a), (b), ..., and what happened is told after it."""
    complaints = []
    for number, cell in cells(notebook, "markdown"):
        for found in re.finditer(
            r"^\*\*Predict\.\*\*.*(?:\n.+)*\n\n((?:[-*] .*(?:\n.+)*)+)", cell.source, re.MULTILINE
        ):
            letters = re.findall(r"^[-*] (.{0,4})", found[1], re.MULTILINE)
            if not 2 <= len(letters) <= 4 or letters != [f"({letter}) " for letter in "abcd"[: len(letters)]]:
                complaints.append(f"cell {number} has a prediction whose choices are no (a), (b), ..., two to four")
            after = [cell.source[found.end() :], *(other.source for other in notebook.cells[number:])]
            if not any(text.startswith("**What happened.**") or "\n**What happened.**" in text for text in after):
                complaints.append(f"cell {number} has a prediction, and nothing after it begins '**What happened.**'")
    return complaints


def is_small(path, notebook):
    size = len(nbformat.writes(notebook).encode())
    return [f"the file has {size:,} bytes, and {LARGEST:,} are allowed"] if size >= LARGEST else []


def lesson_cells_are_short(path, notebook):
    return [
        f"cell {number} is in view and has {len(cell.source.splitlines())} lines, more than {LONGEST}: "
        "split it, or fold it"
        for number, cell in in_view(notebook)
        if len(cell.source.splitlines()) > LONGEST
    ]


def exercises_have_solutions(path, notebook):
    """An exercise N.k is followed by its folded solution, which checks itself; a cell to work in may come first."""
    if number_of(path) is None:
        return []  # it has cases or answers: tests/chapters/test_clinic.py, test_questions.py
    complaints, numbers = [], []
    for number, cell in cells(notebook, "markdown"):
        found = re.findall(r"\*\*Exercise (\d+\.\d+)", cell.source)
        numbers += found
        if len(found) > 1:
            complaints.append(f"cell {number} has {len(found)} exercises: one cell each")
        for name in found:
            following = notebook.cells[number : number + 2]
            if following and following[0].cell_type == "code" and not tags(following[0]):
                del following[0]
            following = following[0] if following else None
            if following is None or following.cell_type != "code" or "hide-cell" not in tags(following):
                complaints.append(f"exercise {name} is not followed by a code cell tagged hide-cell")
            elif not following.source.startswith(f"# Solution {name}"):
                complaints.append(f"exercise {name}: its solution does not begin with '# Solution {name}'")
            elif not asserts(following):
                complaints.append(f"exercise {name}: its solution asserts nothing")
    expected = [f"{number_of(path)}.{k}" for k in range(1, len(numbers) + 1)]
    if not numbers:
        complaints.append("there is no exercise")
    elif numbers != expected:
        complaints.append(f"the exercises are numbered {numbers}, not {expected}")
    return complaints


def is_in_normal_form(path, notebook):
    """What tools/execute_chapters.py writes: nothing that an editor or another machine would change."""
    normal = execute_chapters.normalise(copy.deepcopy(notebook))
    if notebook == normal:
        return []
    different = [
        f"cell {number}"
        for number, (ours, theirs) in enumerate(zip(notebook.cells, normal.cells), start=1)
        if ours != theirs
    ]
    return [f"not as tools/execute_chapters.py writes it, so run that: {', '.join(different) or 'the metadata'}"]


def starts_with_the_common_cell(path, notebook):
    code = cells(notebook, "code")
    if not code or code[0][1].source != SETUP:
        return ["the first code cell is not the one that all chapters share"]
    return []


def no_assertion_is_in_view(path, notebook):
    """A reader sees the story; the proof is one click away, in a check."""
    found = [number for number, cell in in_view(notebook) if asserts(cell)]
    return [f"cell {number} is in view and asserts: move that to a folded '# Check: ...'" for number in found]


def folds_say_what_they_hold(path, notebook):
    """A folded cell is the set-up, a plot, a check or a solution, and the set-up is always folded."""
    complaints = []
    for number, cell in cells(notebook, "code"):
        kind = next((kind for kind in KINDS if re.match(kind, cell.source)), None)
        tag = next((tag for tag in tags(cell) if tag in FOLDED), None)
        if tag and not kind:
            complaints.append(f"cell {number} is folded, and is no set-up, plot, check or solution by its first line")
        elif tag != KINDS.get(kind):
            complaints.append(f"cell {number} has the tags {tags(cell)} and not {KINDS[kind]}, as its first line asks")
        elif cell.source.startswith("# Check") and not asserts(cell):
            complaints.append(f"cell {number} is a check and asserts nothing")
    return complaints


def roundings_are_exact(path, notebook):
    """A check of a rounded number grants half a unit of the last digit, to which NumPy's own rtol would add."""
    found = [number for number, cell in cells(notebook, "code") if re.search(LENIENT, cell.source)]
    return [f"cell {number} compares to half a unit of a digit: write rtol=0, atol=5e-..." for number in found]


def sizes(notebook):
    """Measure a chapter. Every word of its Markdown counts, formulas and code blocks too."""
    text = [cell.source for _, cell in cells(notebook, "markdown")]
    stored = [output.get("data", {}) for _, output in outputs(notebook)]
    shown = [data.get("text/plain", "") for data in stored if "image/png" in data]
    figures = sum(text.startswith("<Figure") for text in shown)
    small = sum("(view=" in text for text in shown)  # an explorer names its view only if it is a small one
    return {
        "words": sum(len(source.split()) for source in text),
        "lines of code in view": sum(len(cell.source.splitlines()) for _, cell in in_view(notebook)),
        "figures": figures,
        "small views": small,
        "explorers": len(shown) - figures - small,
        "exercises": sum(source.startswith("**Exercise") for source in text),
    }


def keeps_its_budgets(path, notebook):
    found = sizes(notebook)
    explains = (number_of(path) or 0) > LAST_TO_BUILD
    most = MOST | MOST_OF.get(path.stem, {"words": 2500} if explains else {})
    return [f"{found[what]:,} {what}, and {limit:,} are allowed" for what, limit in most.items() if found[what] > limit]


def states_its_reading_time(path, notebook):
    """A minute for 200 words, a figure, a small view, and five for an explorer; rounded up to five, and told once."""
    found = sizes(notebook)
    read = found["words"] / 200 + found["figures"] + found["small views"] + 5 * found["explorers"]
    told = re.findall(r"Reading time: (.+)", "\n".join(cell.source for _, cell in cells(notebook, "markdown")))
    expected = f"{5 * math.ceil(read / 5)} minutes."
    complaints = [] if told == [expected] else [f"the reading time is told as {told}, and is {expected!r}"]
    return complaints + ([f"it takes {read:.1f} minutes to read"] if read > LONGEST_READ else [])


GUARDS = [
    was_run,
    stores_what_it_shows,
    is_compared,
    stores_no_trouble,
    widgets_leave_a_picture_and_a_text,
    explorers_say_where_they_move,
    pictures_are_whole,
    pictures_are_described,
    folds_everywhere_or_nowhere,
    is_plain_markdown,
    links_lead_somewhere,
    sentences_name_what_is_there,
    predictions_can_be_answered,
    is_small,
    lesson_cells_are_short,
    exercises_have_solutions,
    is_in_normal_form,
    starts_with_the_common_cell,
    no_assertion_is_in_view,
    folds_say_what_they_hold,
    roundings_are_exact,
    keeps_its_budgets,
    states_its_reading_time,
]
