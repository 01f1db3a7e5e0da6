"""What nbgrader does here that it does not do alone: see nbgrader_config.py.

Whatever a student has done to a notebook, the grading ends in marks and a message, and goes on to the next one.
nbgrader alone gives up on a notebook that cannot be read, that lacks some cells, that has one twice, or that stops its
kernel.
"""

import asyncio
import contextlib
import functools
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import curtain
import fence
import matplotlib
import nbformat
import wire
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from marking import BEHIND, Judge, Right, kind, line_of, raised
from names import Refused, whose
from nbclient.exceptions import DeadKernelError
from nbconvert.exporters import NotebookExporter
from nbformat.corpus.words import generate_corpus_id
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.plugins import FileNameCollectorPlugin
from nbgrader.preprocessors import ClearHiddenTests, Execute, NbGraderPreprocessor
from traitlets import Integer, List
from variants import fill

import adamlib

HERE = Path(__file__).parent
PUT_BACK = "This cell was missing from what was handed in. It was put back.\n\n"
STOPPED = "This notebook stopped Python (by exit(), or by using up the memory) before this cell could be run."
UNREADABLE = "What was handed in is no notebook that can be read:"
UNWRITTEN = "Nothing is written yet"
NO_FENCE = "Nothing fences students' Python in here: grade in a container, on Linux 6.2 or newer, or whom you know."
PUT_RIGHT = "%s: this notebook changed a file of yours, which was put back: %s"
LOOK = "%s: look at this notebook, it has %s"


class Collect(FileNameCollectorPlugin):
    """Find out whose notebook a file is, of two of one student take the newer, and name every file that is nobody's."""

    valid_ext = [".ipynb", ".json", ".txt", ".html", ".py", ".pdf", ".docx"]

    def collect(self, submitted_file):
        path, assignment = Path(submitted_file), self.parent.coursedir.assignment_id
        try:
            found = whose(path, assignment)
        except Refused as refused:
            self.log.error("NOT COLLECTED: %s", refused)
            return None
        copies = [path]
        for other in path.parents[[one.name for one in path.parents].index("extracted")].rglob("*.ipynb"):
            with contextlib.suppress(Refused):
                copies += [other] if whose(other, assignment).student == found.student else []
        newest = max(copies, key=lambda one: (whose(one, assignment).number, one.stat().st_mtime))
        if path != newest:
            self.log.warning("%s is not taken: %s is newer.", path.name, newest.name)
            return None
        return {"student_id": found.student, "file_id": f"{assignment}.ipynb"}


class Fill(NbGraderPreprocessor):
    """Put the numbers of the class into a solved notebook."""

    seed = Integer(0, help="the class's seed: another one gives every assignment other numbers").tag(config=True)

    def preprocess(self, nb, resources):
        return fill(nb, resources["nbgrader"]["assignment"], self.seed), resources


class Hide(ClearHiddenTests):
    """Take the hidden tests out of a feedback page."""

    display_data_priority = List(config=True)  # nbconvert sets it, and would warn that it is not there


class ReadAnything(NotebookExporter):
    """Read a notebook; of a file that is none, say so in a notebook with no other cell."""

    def from_filename(self, filename, resources=None, **kwargs):
        try:
            nbformat.read(filename, as_version=4)
        except Exception as error:
            message = f"{UNREADABLE} {type(error).__name__}: {str(error)[:500]}"
            notebook = new_notebook(cells=[new_markdown_cell(message)])
            return self.from_notebook_node(notebook, resources=resources, **kwargs)
        return super().from_filename(filename, resources=resources, **kwargs)


class Restore(NbGraderPreprocessor):
    """Bring every cell that counts into the state in which it was handed out, but for the students' answers.

    What is locked gets its text again, with the hidden tests. What is missing is put back where it was; of an answer
    that is missing, nothing. Of a cell that is there twice the last one counts. What was added is told.
    """

    def preprocess(self, nb, resources):
        asked = resources["nbgrader"]
        with Gradebook(asked["db_url"]) as book:
            source = book.find_notebook(asked["notebook"], asked["assignment"])
            points = {cell.name: cell.max_score for cell in source.grade_cells}
            answers = {cell.name for cell in source.solution_cells}
            there = {self.name(cell): cell for cell in nb.cells}
            if nb.cells and nb.cells[0].source.startswith(UNREADABLE):
                self.log.warning(LOOK, asked["student"], "no notebook in it that can be read, and 0 points")
            for cell in nb.cells:
                for line in told(cell, self.name(cell) is None, self.name(cell) in answers):
                    self.log.warning(LOOK, asked["student"], line[:100])
                cell.metadata.pop("nbgrader", None)
            place = 0
            for one in source.source_cells:
                found = there.get(one.name)
                if found is None and one.name in answers and one.name not in points:
                    continue
                cell = self.restored(one, found)
                if nb.nbformat_minor >= 5:
                    cell.setdefault("id", generate_corpus_id())
                marks = {
                    "grade": one.name in points,
                    "solution": one.name in answers,
                    "locked": one.locked,
                    "task": False,
                    "grade_id": one.name,
                    "schema_version": 3,
                    "checksum": one.checksum,
                    "cell_type": one.cell_type,
                }
                if one.name in points:
                    marks["points"] = points[one.name]
                cell.metadata["nbgrader"] = nbformat.from_dict(marks)
                if found is None:
                    nb.cells.insert(place, cell)
                else:
                    place = next(i for i, other in enumerate(nb.cells) if other is found)
                    nb.cells[place] = cell
                place += 1
        return nb, resources

    @staticmethod
    def name(cell):
        marks = cell.metadata.get("nbgrader")
        return marks.get("grade_id") if isinstance(marks, dict) else None

    @staticmethod
    def restored(one, found):
        if found is not None and found.cell_type == one.cell_type:
            if one.locked:
                found.source = one.source
            return found
        text = one.source if one.locked or found is None else found.source
        if found is None and one.locked:
            text = ("# " if one.cell_type == "code" else "") + PUT_BACK + text
        code = {"outputs": [], "execution_count": None} if one.cell_type == "code" else {}
        return nbformat.from_dict({"cell_type": one.cell_type, "metadata": {}, "source": text, **code})


def told(cell, added, answer):
    """Tell what a teacher should look at: a cell that was added, and an answer that adamlib may have given.

    Who does not name adamlib reaches it from `check`, which is there: by `check.__globals__`, or by `sys.modules`.
    """
    lines = cell.source.splitlines() if cell.cell_type == "code" else []
    if added and lines:
        yield f"a cell that was added: {lines[0]}"
    yield from (f"adamlib in an answer: {line}" for line in lines if answer and BEHIND.search(line))


class Fenced(AsyncKernelManager):
    """Starts a notebook's Python behind the fence."""

    def format_kernel_cmd(self, extra_arguments=None):
        command = [*super().format_kernel_cmd(extra_arguments), "--IPKernelApp.log_level=40"]
        return [sys.executable, fence.__file__, *command] if fence.works() else command


class Mark(Execute):
    """Run a notebook in a Python of its own, fenced in, and its tests in this one.

    Where its Python dies, every cell that was not run has failed, and says why.
    """

    seed = Integer(0, help="the class's seed, as for Fill").tag(config=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, kernel_manager_class=Fenced, **kwargs)
        if not fence.works():
            self.log.warning(NO_FENCE)

    def preprocess(self, nb, resources):
        right = right_answers(resources["nbgrader"]["assignment"], self.seed)
        self.student, self.kept = Student(self), sorted(right.imported())
        self.judge = Judge(right, self.student)
        student = resources["nbgrader"]["student"]
        yours = [] if fence.works() else [HERE, Path(adamlib.__file__).parent]
        watched = fence.put_back(yours, lambda path: self.log.error(PUT_RIGHT, student, path))
        with watched, tempfile.TemporaryDirectory() as room:
            resources["metadata"]["path"] = room
            for fonts in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):  # else each makes its own
                shutil.copy(fonts, room)
            try:
                nb, resources = super().preprocess(nb, resources)
            except DeadKernelError:
                for cell in nb.cells:
                    if cell.cell_type == "code" and cell.execution_count is None:
                        cell.outputs = [failure("DeadKernelError", STOPPED)]
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "stream":
                    output.name = "stdout"  # a warning is no failure
        return nb, resources

    def preprocess_cell(self, cell, resources, index):
        if self.kept is not None:
            self.student.run(here(curtain, "draw", f"{self.kept!r}"))
            self.kept = None
        if kind(cell) != "test":
            cell, resources = super().preprocess_cell(cell, resources, index)
            self.judge.see(cell)
            return cell, resources
        if not run_sync(self.km.is_alive)():
            raise DeadKernelError(STOPPED)
        said, error = self.judge.see(cell)
        cell.execution_count = index
        cell.outputs = [new_output("stream", name="stdout", text=said)] if said else []
        if error is not None:
            message = UNWRITTEN if isinstance(error, NotImplementedError) and not str(error) else str(error)
            cell.outputs.append(failure(type(error).__name__, message + line_of(error)))
        return cell, resources


def failure(name, message):
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


@functools.cache
def right_answers(name, seed):
    return Right(fill(nbformat.read(HERE / "source" / name / f"{name}.ipynb", as_version=4), name, seed))


class Student:
    """The Python of a student's notebook, as the judge asks it: by messages, which hold no Python objects."""

    def __init__(self, client):
        self.client, self.busy = client, False

    def run(self, source):
        """Run lines there; whether they fail is nobody's business here."""
        with contextlib.suppress(TimeoutError):
            self.exchange(source, lambda prompt: "")

    def value(self, name):
        """Give a value, or a function that asks there."""
        found = self.ask({"name": name})
        return self.function(name) if callable(found) else found

    def function(self, name):
        def stand_in(*inputs, **settings):
            functions = []
            asked = {"inputs": wire.pack(inputs, functions), "settings": wire.pack(settings, functions)}
            return self.ask({"name": name, **asked}, functions)

        return stand_in

    def ask(self, asked, functions=()):
        answers = []

        def listen(prompt):
            message = json.loads(prompt)
            if "call" not in message:
                return answers.append(message) or ""
            try:
                inputs, settings = (wire.unpack(message[one], no_function) for one in ("inputs", "settings"))
                return json.dumps({"value": wire.pack(functions[message["call"]](*inputs, **settings), [])})
            except Exception as error:
                return json.dumps({"error": str(error)})

        safe = "__import__('builtins').input"
        self.exchange(here(wire, "answer", f"space['json'].loads({json.dumps(asked)!r}), globals(), {safe}"), listen)
        if not answers:
            raise RuntimeError("Nothing came back: was Python stopped, or changed by a cell?")
        if "error" in answers[0]:
            if answers[0]["error"][0] == "KeyError" and "inputs" not in asked:
                raise KeyError(asked["name"])
            raised(*answers[0]["error"])
        return wire.unpack(answers[0]["value"], no_function)

    def exchange(self, source, listen):
        if self.busy:  # it would wait for itself
            raise RuntimeError("a test may not ask a student's Python while that asks the test")
        self.busy = True
        try:
            run_sync(self.async_exchange)(source, listen)
        finally:
            self.busy = False

    async def async_exchange(self, source, listen):
        talk, until = self.client.kc, time.monotonic() + self.client.timeout
        sent = talk.execute(source, silent=True, store_history=False, allow_stdin=True)
        while time.monotonic() < until:
            if await talk.stdin_channel.msg_ready():
                asked = await talk.stdin_channel.get_msg()
                talk.input(listen(asked["content"]["prompt"]))
            elif await talk.shell_channel.msg_ready():
                reply = await talk.shell_channel.get_msg()
                if reply["parent_header"].get("msg_id") == sent:
                    return
            elif not await self.client.km.is_alive():
                return
            else:
                await asyncio.sleep(0.001)
        await self.client.km.interrupt_kernel()
        raise TimeoutError(f"Nothing came back after {self.client.timeout} seconds")


def here(module, function, inputs):
    """Write a line that runs a function of a file of ours in another Python, and leaves nothing there."""
    source = Path(module.__file__).read_text(encoding="utf-8")
    return f"(lambda space: (exec({source!r}, space), space[{function!r}]({inputs})))({{'__name__': 'ours'}})"


def no_function(place):
    return lambda *inputs, **settings: None
