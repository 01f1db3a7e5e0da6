"""How nbgrader grades this book's assignments: it reads this file in the folder where it is started.

What a student can do to a notebook ends in marks and a message, and the grading goes on to the next one.
"""

from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from nbgrader.converters import Autograde

MESSAGE = "The notebook stopped Python at or before this cell (by exit(), or by using up the memory), so this cell was not run."


class ExecuteToTheEnd(Execute):
    """Run a notebook; where its kernel dies, every cell that was not run is marked as failed, and says why."""

    def preprocess(self, nb, resources):
        try:
            return super().preprocess(nb, resources)
        except DeadKernelError:
            for cell in nb.cells:
                if cell.cell_type == "code" and cell.execution_count is None:
                    cell.outputs = [new_output("error", ename="DeadKernel", evalue=MESSAGE, traceback=[MESSAGE])]
            return nb, resources


c = get_config()  # noqa: F821, nbgrader puts it here
c.CourseDirectory.course_id = "adam"
c.Autograde.autograde_preprocessors = [
    ExecuteToTheEnd if one is Execute else one for one in Autograde.autograde_preprocessors.default_args[0]
]
c.ExecuteToTheEnd.timeout = 30  # seconds for a cell, then the next one
c.OverwriteCells.add_missing_cells = True  # a deleted test is put back
