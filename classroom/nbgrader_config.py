"""How nbgrader hands out and grades this book's assignments. It reads this file in the folder where it is started."""

import sys
import warnings
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearOutput,
    Execute,
    GetGrades,
    OverwriteKernelspec,
)

sys.path.insert(0, str(Path(__file__).parent))
from grading import Collect, Fill, Hide, Mark, ReadAnything, Restore

# The number of your class. Another one gives every assignment other numbers, other data and another mistake to find, so
# that the answers of last year, and those in the public repository, are wrong. Change it before you hand anything out.
file = Path(__file__).with_name("seed.txt")
seed = file.read_text(encoding="utf-8-sig").strip() if file.is_file() else ""
if not (seed.isascii() and seed.isdigit()):  # after any other exception nbgrader would go on without these settings
    sys.exit(f"seed.txt must hold one whole number, in digits alone, such as 20270431. It holds {seed!r}.")

warnings.filterwarnings("ignore", message="Object of type")  # nbgrader's own, on its database; nothing is wrong

c = get_config()  # noqa: F821, nbgrader puts it here
c.CourseDirectory.course_id = "adam"
c.Fill.seed = c.Mark.seed = int(seed)
c.GenerateAssignment.preprocessors = [Fill, *GenerateAssignment.preprocessors.default_args[0]]
c.GenerateSolution.preprocessors = [Fill, ClearOutput, ClearHiddenTests]
c.ZipCollectApp.collector_plugin = Collect
c.Autograde.exporter_class = ReadAnything
c.Autograde.sanitize_preprocessors = [ClearOutput, OverwriteKernelspec, Restore, CheckCellMetadata]
c.Autograde.autograde_preprocessors = [
    Mark if one is Execute else one for one in Autograde.autograde_preprocessors.default_args[0]
]
c.Mark.timeout = 30  # seconds for a cell, then it has failed and the next one is run
c.GenerateFeedback.preprocessors = [GetGrades, Hide, CSSHTMLHeaderPreprocessor]
