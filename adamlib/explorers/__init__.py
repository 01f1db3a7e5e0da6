"""The stage: explorers that a reader moves by hand, on the published page and in a live notebook.

Each is an anywidget: a Python class whose traits hold everything shown, and one ES module that draws
it, joined from the files of `js/`. The update rules in `js/rules.js` and the schedules in `js/schedules.js` are those
of adamlib.
"""

from adamlib.explorers.average import AverageExplorer
from adamlib.explorers.convergence import ConvergenceExplorer
from adamlib.explorers.decay import DecayExplorer
from adamlib.explorers.descent import DescentExplorer
from adamlib.explorers.language import LanguageExplorer
from adamlib.explorers.microscope import AdamMicroscope
from adamlib.explorers.results import ResultsExplorer
from adamlib.explorers.schedule import ScheduleExplorer

__all__ = [
    "AdamMicroscope",
    "AverageExplorer",
    "ConvergenceExplorer",
    "DecayExplorer",
    "DescentExplorer",
    "LanguageExplorer",
    "ResultsExplorer",
    "ScheduleExplorer",
]
