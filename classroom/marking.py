"""How an assignment is marked: its tests run here, in the teacher's Python, and only ask a student's for answers.

So nothing that a notebook does to its own Python changes a test. Of what the student wrote, numbers and texts come
here, and functions stay there and are called.
"""

import ast
import builtins
import contextlib
import io
import linecache
import re
import traceback

import numpy as np

from adamlib.exercises.engine import Trouble, as_numbers

SOLUTION = re.compile(r"[ \t]*### BEGIN SOLUTION\n(.*?)[ \t]*### END SOLUTION\n?", re.S)
HIDDEN = re.compile(r"[ \t]*### BEGIN HIDDEN TESTS\n(.*?)[ \t]*### END HIDDEN TESTS\n?", re.S)
BEHIND = re.compile(  # how an answer reaches what adamlib holds
    r"adamlib|import_|__(?:globals|module|dict|closure|builtins)__|\b(?:sys|gc|inspect|globals|vars|eval|exec)\b"
)
MISSING = "There is no {}: did its cell stop with an error, or was its name changed?"
INSTEAD = (
    "This counts with your {}, marked in an earlier part. The right one was put in its place here, and with it your "
    "lines are right."
)


def kind(cell):
    """Say what a cell is for: "given", "answer", "test", or nothing that counts."""
    marks = cell.metadata.get("nbgrader") or {}
    if cell.cell_type != "code" or marks.get("grade_id") in (None, "setup", "slider"):
        return ""
    if marks["solution"]:
        return "answer"
    return "test" if marks["grade"] else "given"


def name_of(cell):
    return cell.metadata["nbgrader"]["grade_id"]


def solved(cell):
    """Give the lines of an answer's solution."""
    return SOLUTION.sub(r"\1", cell.source)


def asked(cell):
    """Give the names that an answer should make: those that stand in the students' version too."""
    tree = ast.parse(re.sub(r"### BEGIN SOLUTION\n.*?### END SOLUTION", "pass", cell.source, flags=re.S))
    named = [node.name if isinstance(node, ast.FunctionDef) else node for node in tree.body]
    return {
        name
        for one in named
        for name in ([one] if isinstance(one, str) else [n.id for n in ast.walk(one) if isinstance(n, ast.Name)])
    }


def first(count, value):
    """Give the first few of the numbers of a list, a tuple or an array, whatever it holds."""
    return np.ravel(np.asarray(value, dtype=object))[:count].tolist()


def same(what, yours, theirs, *inputs, rtol=1e-5, atol=1e-12, **settings):
    """Assert that two values agree, or that two functions do on the same inputs. The message says for what they do not.

    Types and shapes do not count, and float32 is precise enough.
    """
    if callable(theirs):
        yours, theirs = ask(what, yours, *inputs, **settings), theirs(*inputs, **settings)
    theirs = np.asarray(theirs, float)
    try:
        yours = as_numbers(yours, theirs.shape, "what you give")
    except Trouble as trouble:
        raise AssertionError(f"In a hidden test, of {what}: {trouble}") from None
    if not np.allclose(yours, theirs, rtol=rtol, atol=atol):
        off = np.max(abs(yours - theirs)) / np.max(abs(theirs)) if np.any(theirs) else np.inf
        far = f"off by {100 * off:.3g} %" if np.isfinite(off) else "off, or no finite number"
        raise AssertionError(f"In a hidden test, of {what}: {far}.")


def ask(what, function, *inputs, **settings):
    """Call a function of a student's; what it raises becomes a sentence."""
    try:
        return function(*inputs, **settings)
    except NotImplementedError:
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {error}{line_of(error)}"
        raise AssertionError(f"In a hidden test, of {what}, your function stopped with {told}.") from None


def line_of(error):
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<student>"]
    return f", in the line `{lines[-1]}`" if lines and lines[-1] else ""


class Right:
    """The right answers, by the names that they have in the solved notebook."""

    def __init__(self, notebook):
        self.cells = {name_of(cell): cell for cell in notebook.cells if kind(cell)}
        self.answers = {}  # name: the cell that should make it
        self.parts = {}  # test: the answers that it is about, which are those before it
        namespace, part = vars(self).setdefault("named", {}), []
        for name, cell in self.cells.items():
            if kind(cell) == "test":
                self.parts[name] = part
                continue
            exec(solved(cell), namespace)
            if kind(cell) == "answer":
                self.answers |= dict.fromkeys(asked(cell), name)
                part = [name] if part in self.parts.values() else [*part, name]

    def functions(self):
        """Give the answers that should make a function. One that is wrong must not cost the parts after it."""
        return {cell for name, cell in self.answers.items() if callable(self.named.get(name))}

    def imported(self):
        """Give the modules of adamlib that the notebook's own cells import."""
        given = [ast.walk(ast.parse(cell.source)) for cell in self.cells.values() if kind(cell) == "given"]
        froms = [node.module for nodes in given for node in nodes if isinstance(node, ast.ImportFrom)]
        return {name for name in froms if name.startswith("adamlib.")}

    def __getattr__(self, name):
        return self.named[name]


class Judge:
    """Sees the cells of one student's notebook in their order, and gives for each test what it says.

    The student's side has `value(name)`, which raises KeyError if there is none, and `run(source)`.
    """

    def __init__(self, right, student):
        self.right, self.student = right, student
        self.given = {"right": right, "same": same, "ask": ask, "first": first}
        self.own, self.wrong = {}, set()  # answers: the student's lines, and those that a test was against
        self.began = False  # whether there was a point; a right function takes the place of a slip, and not of nothing

    def see(self, cell):
        """Take a cell in; of a test, return its text and its error, which is None if it holds."""
        if kind(cell) == "given":
            exec(cell.source, self.given)
        if kind(cell) == "answer":
            self.own[name_of(cell)] = cell.source
        if kind(cell) != "test":
            return None
        said, error = self.test(cell)
        self.began |= error is None
        part = self.right.parts[name_of(cell)]
        before = self.wrong - set(part)
        if error is not None:
            if before and self.began:
                with self.instead(before, part) as names:
                    again, still = self.test(cell)
                if still is None:
                    return f"{again}{INSTEAD.format(names)}\n", None
            self.wrong |= self.right.functions() & set(part)
        return said, error

    @contextlib.contextmanager
    def instead(self, wrong, part):
        """Put the right functions in the place of those that were wrong, and run this part's answers again."""
        for name in wrong:
            self.student.run(solved(self.right.cells[name]))
        for name in part:
            self.student.run(self.own.get(name, ""))
        yield ", ".join(f"`{name}`" for name, made in self.right.answers.items() if made in wrong)
        for name in [*wrong, *part]:
            self.student.run(self.own.get(name, ""))

    def test(self, cell):
        namespace, said = dict(self.given), io.StringIO()
        try:
            with contextlib.redirect_stdout(said), np.errstate(all="ignore"):
                for name in loaded(cell.source) & self.right.answers.keys():
                    namespace[name] = self.student.value(name)
                exec(compile(cell.source, "<test>", "exec"), namespace)
        except KeyError as missing:
            return said.getvalue(), AssertionError(MISSING.format(missing.args[0]))
        except Exception as error:
            return said.getvalue(), error
        return said.getvalue(), None


def loaded(source):
    """Give the names that lines of Python read."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def raised(name, message, line):
    """Raise an error of a student's again, of the same kind and from the same line."""
    error = getattr(builtins, name, RuntimeError)
    error = error if isinstance(error, type) and issubclass(error, Exception) else RuntimeError
    linecache.cache["<student>"] = (len(line), None, [f"{line}\n"], "<student>")
    exec(compile("raise error", "<student>", "exec"), {"error": error(message)})
