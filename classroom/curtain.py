"""What a student's Python has of adamlib while a notebook is marked: what the notebook's own cells import.

A rule of adamlib's own is no answer. The student's side gets this file as text and runs `draw`. `check` is there, and
says nothing: the tests run in the teacher's Python.
"""

import importlib
import sys
import types

SAID = "While a notebook is marked, adamlib has only what the notebook's own cells import. Write your own lines."


class Curtain:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("adamlib."):
            raise ImportError(SAID)


def draw(kept):
    """Take everything of adamlib away but these modules, and of its exercises all but the tools."""
    import adamlib

    kept = {name: importlib.import_module(name) for name in kept}
    exercises = types.ModuleType("adamlib.exercises")
    exercises.__path__ = []
    exercises.engine = importlib.import_module("adamlib.exercises.engine")
    exercises.follow, exercises.check = exercises.engine.follow, lambda *_, **__: SAID
    kept |= {"adamlib.exercises": exercises, "adamlib.exercises.engine": exercises.engine}
    for name in [name for name in sys.modules if name.startswith("adamlib.")]:
        del sys.modules[name]
        vars(adamlib).pop(name.removeprefix("adamlib."), None)
    sys.modules |= kept
    vars(adamlib).update({name.removeprefix("adamlib."): one for name, one in kept.items() if name.count(".") == 1})
    sys.meta_path.insert(0, Curtain)
