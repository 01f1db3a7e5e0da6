"""How nbgrader grades this book's assignments. It reads this file in the folder where it is started.

Whatever a student has done to a notebook, the grading ends in marks and a message, and goes on to the next one.
nbgrader alone gives up on a notebook that cannot be read, that lacks some cells, that has one twice, or that stops its
kernel.
"""

import nbformat
from nbclient.exceptions import DeadKernelError
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, Execute, NbGraderPreprocessor, OverwriteKernelspec

PUT_BACK = "This cell was missing from what was handed in. It was put back.\n\n"
STOPPED = "This notebook stopped Python (by exit(), or by using up the memory) before this cell could be run."
UNREADABLE = "What was handed in is no notebook that can be read:"


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
    that is missing, nothing. Of a cell that is there twice the last one counts.
    """

    def preprocess(self, nb, resources):
        asked = resources["nbgrader"]
        with Gradebook(asked["db_url"]) as book:
            source = book.find_notebook(asked["notebook"], asked["assignment"])
            points = {cell.name: cell.max_score for cell in source.grade_cells}
            answers = {cell.name for cell in source.solution_cells}
            there = {self.name(cell): cell for cell in nb.cells}
            for cell in nb.cells:
                cell.metadata.pop("nbgrader", None)
            place = 0
            for one in source.source_cells:
                found = there.get(one.name)
                if found is None and one.name in answers and one.name not in points:
                    continue
                cell = self.restored(one, found)
                marks = {
                    "grade": one.name in points,
                    "solution": one.name in answers,
                    "locked": one.locked,
                    "task": False,
                }
                marks |= {
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


class ExecuteToTheEnd(Execute):
    """Run a notebook; where its kernel dies, every cell that was not run has failed, and says why.

    A warning is no failure: nbgrader alone would give no points for a test that prints one.
    """

    def preprocess(self, nb, resources):
        try:
            nb, resources = super().preprocess(nb, resources)
        except DeadKernelError:
            for cell in nb.cells:
                if cell.cell_type == "code" and cell.execution_count is None:
                    cell.outputs = [new_output("error", ename="DeadKernelError", evalue=STOPPED, traceback=[STOPPED])]
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "stream":
                    output.name = "stdout"
        return nb, resources


c = get_config()  # noqa: F821, nbgrader puts it here
c.CourseDirectory.course_id = "adam"
c.Autograde.exporter_class = ReadAnything
c.Autograde.sanitize_preprocessors = [ClearOutput, OverwriteKernelspec, Restore, CheckCellMetadata]
c.Autograde.autograde_preprocessors = [
    ExecuteToTheEnd if one is Execute else one for one in Autograde.autograde_preprocessors.default_args[0]
]
c.ExecuteToTheEnd.timeout = 30  # seconds for a cell, then it has failed and the next one is run
