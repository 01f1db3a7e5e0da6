"""What every explorer is in Python: traits, refusals, a text, a picture, and its conversation with a browser."""

import base64
import functools
import io
import json
import queue
from pathlib import Path

import matplotlib.image
import pytest
from jupyter_client.manager import start_new_kernel
from sweeps import valley_sweep

from adamlib import explorers, figures
from adamlib.explorers.base import join
from hands import assert_refused

ALL = [getattr(explorers, name) for name in explorers.__all__]
VIEW = "application/vnd.jupyter.widget-view+json"
# For each, a trait that a reader moves, and another value for it.
MOVED = {
    "AverageExplorer": ("beta", 0.98),
    "ConvergenceExplorer": ("beta2", 0.9),
    "DescentExplorer": ("momentum_beta", 0.5),
    "AdamMicroscope": ("beta2", 0.99),
    "ResultsExplorer": ("beta2", 0.99),
    "ScheduleExplorer": ("lr", 0.02),
    "DecayExplorer": ("weight_decay", 0.2),
    "LanguageExplorer": ("alpha", 0.5),
}
# Two more values for it, where it takes only some.
MORE = {"ResultsExplorer": (0.9999, 0.999)}
# What is given to an explorer that cannot be made of nothing, and as code.
GIVEN = {"ResultsExplorer": ([valley_sweep()], "valley_sweep()")}


def made(explorer, **settings):
    arguments, _ = GIVEN.get(explorer.__name__, ([], ""))
    return explorer(*arguments, **settings)


def test_every_explorer_has_a_trait_to_move():
    assert set(MOVED) == set(explorers.__all__), "MOVED names a trait of each explorer, and another value for it"


def everything(test):
    return pytest.mark.parametrize("explorer", ALL, ids=lambda explorer: explorer.__name__)(test)


@everything
def test_the_code_is_one_module_without_imports(explorer):
    lines = explorer._esm.splitlines()
    assert [line for line in lines if line.startswith("export")] == ["export default { render };"]
    assert not [line for line in lines if line.startswith("import")]


def test_joining_keeps_the_last_file_s_exports_and_all_other_text():
    joined = join("average.js")
    assert "\nconst debias = " in "\n" + joined and "export const" not in joined
    assert "rules.js" not in joined.replace("rules.js draws too", "")


@everything
def test_its_text_is_the_same_on_every_run_and_no_address(explorer):
    text = repr(made(explorer))
    assert text == repr(made(explorer)) and text.startswith(f"{explorer.__name__}(") and "0x" not in text
    name, value = MOVED[explorer.__name__]
    assert repr(made(explorer, **{name: value})) != text


@everything
def test_its_output_is_a_view_a_picture_and_a_text(explorer):
    widget = made(explorer)
    data, _ = widget._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", VIEW}
    assert data["text/plain"] == repr(widget)
    assert data[VIEW]["model_id"] == widget.model_id


# What is read out of some explorers, by class and settings.
READ = [
    ("AverageExplorer", {"values": [20.0, 10.0, 30.0], "beta": 0.5, "day": 3, "bias_correction": False},
     {"half-life": "1", "mean age": "1", "noise-equivalent window": "3", "day": "3", "value": "30", "average": "20",
      "sum of weights": "0.875"}),
    ("AverageExplorer", {"values": [20.0, 10.0], "beta": 0.0, "day": 9},  # there are two days
     {"half-life": "0", "mean age": "0", "noise-equivalent window": "1", "day": "2", "value": "10", "average": "10",
      "sum of weights": "1"}),
    ("AdamMicroscope", {},
     {"gradient g": "20", "m": "2.9", "m_hat": "2.9", "v": "0.4951", "v_hat": "5.151", "m_hat / √v_hat": "1.278",
      "step": "−0.001278", "step / lr": "−1.278"}),
    ("AdamMicroscope", {"preset": "dormant then on", "cursor": 162, "bias_correction": False},
     {"gradient g": "1", "m": "0.7176", "m_hat": "0.7176", "v": "0.01193", "v_hat": "0.07976", "m / √v": "6.569",
      "step": "−0.006569", "step / lr": "−6.569"}),
    ("AdamMicroscope", {"gradients": [0.0, 1e200], "eps": 0.0, "cursor": 1},
     {"gradient g": "0", "m": "0", "m_hat": "0", "v": "0", "v_hat": "0", "m_hat / √v_hat": "not a number",
      "step": "not a number", "step / lr": "not a number"}),
    ("ConvergenceExplorer", {},
     {"end of the walk": "0.997", "three steps carry it by": "0.686 lr", "so it heads for": "+1, the worst point",
      "average regret": "1.34"}),
    ("ConvergenceExplorer", {"amsgrad": True},
     {"end of the walk": "−0.997", "three steps carry it by": "−0.514 lr", "so it heads for": "−1, the best point",
      "average regret": "0.017"}),
    ("DescentExplorer", {"methods": ["Gradient descent", "Adam"]},
     {"Gradient descent, Height at step 100": "1.43e−7", "Gradient descent, Below 1e−6": "from step 89 on",
      "Adam, Height at step 100": "9.44e−5", "Adam, Below 1e−6": "not at step 100"}),
    ("DescentExplorer", {"methods": ["Adam"], "start": (0.0, 0.0), "shown": 0},
     {"Adam, Height at step 0": "0, below the chart", "Adam, Below 1e−6": "from the start"}),
    ("DescentExplorer", {"methods": ["Gradient descent"], "start": (0.0, 1e-39), "shown": 0},
     {"Gradient descent, Height at step 0": "2.00e−78, below the chart",
      "Gradient descent, Below 1e−6": "from the start"}),
    ("DescentExplorer", {"methods": ["RMSProp"], "rmsprop_lr": 0.0, "start": (0.0, 0.0008), "goal": 1e-4, "scale": 100},
     {"RMSProp, Height at step 100": "0.000128", "RMSProp, Below 0.01": "from the start"}),
    ("DescentExplorer", {"methods": ["RMSProp"], "rmsprop_lr": 0.0, "start": (0.0, 0.0007), "goal": 1e-4, "scale": 100},
     {"RMSProp, Height at step 100": "9.80e−5, below the chart", "RMSProp, Below 0.01": "from the start"}),
    ("AverageExplorer", {"view": "curve", "values": [3.0, 3.0, 3.0]},  # their averages differ in the last digit
     {"day": "1", "value": "3", "average": "3", "average highest on day": "1"}),
    ("DescentExplorer", {"view": "bowl", "start": (0.0, 0.0), "shown": 0}, {"Gradient descent": "step 0: height 0"}),
    ("DescentExplorer", {"view": "parabola", "start": (0.0, 0.0), "descent_lr": 0.75},
     {"factor per step": "−2", "gradient descent": "stays where it is"}),
    ("DescentExplorer", {"methods": ["Gradient descent"], "descent_lr": 1e3, "steps": 500},
     {"Gradient descent, Height at step 500": "not finite from step 86 on",
      "Gradient descent, Below 1e−6": "not at step 500"}),
    ("DescentExplorer", {"methods": ["Gradient descent"], "descent_lr": 0.6, "shown": 3, "goal": 0.015},
     {"Gradient descent, Height at step 3": "61.4, left the picture at step 2",
      "Gradient descent, Below 0.015": "not at step 100"}),
    ("DescentExplorer", {"methods": ["Adam"], "start": (9.0, 0.0), "shown": 0, "goal": 100.0},
     {"Adam, Height at step 0": "8.1, outside the picture", "Adam, Below 100": "from the start"}),
    ("ResultsExplorer", {"beta2": 0.9999, "lr": 0.01},
     {"loss with bias correction": "7.33", "loss without bias correction": "0.00216",
      "lower loss": "without bias correction", "best lr of the row with bias correction": "1",
      "best lr of the row without bias correction": "0.03"}),
    ("ScheduleExplorer", {},
     {"expected loss at the last step": "0.0005199", "of it distance": "6.682e−6", "of it noise": "0.0005132",
      "floor at the last rate": "0.0005133", "floor at the peak rate": "0.0005133",
      "goal": "not met: not below 0.0002"}),
    ("ScheduleExplorer", {"schedule": "linear", "lr": 3.0, "goal": 1e-5},
     {"expected loss at the last step": "∞", "of it distance": "∞", "of it noise": "∞",
      "floor at the last rate": "3.751e−6", "floor at the peak rate": "∞", "goal": "not met: not below 1e−5"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "settings", "texts"), READ)
def test_what_it_reads_out(name, settings, texts):
    found = made(getattr(explorers, name), **settings).readouts()
    assert found == texts and list(found) == list(texts)


@everything
def test_its_picture_shows_its_state(explorer):
    name, value = MOVED[explorer.__name__]
    one, again, other = (made(explorer, **some).picture() for some in ({}, {}, {name: value}))
    assert one == again != other
    image = matplotlib.image.imread(io.BytesIO(one))
    width = figures.WIDTH * figures.STYLE["figure.dpi"]  # of the book's figures
    assert image.shape[1] == width and image[..., 3].min() == 1  # opaque
    assert len(one) < 150_000


@everything
def test_drawing_a_picture_leaves_matplotlib_s_settings_alone(explorer):
    import matplotlib.pyplot as plt

    with plt.rc_context({"font.size": 7.0}):
        made(explorer).picture()
        assert plt.rcParams["font.size"] == 7.0
        assert plt.get_fignums() == []


@everything
def test_an_unknown_setting_is_refused(explorer):
    with pytest.raises(TypeError, match="no_such_setting"):
        made(explorer, no_such_setting=1)


@everything
def test_a_view_that_it_does_not_have_is_refused(explorer):
    names = ", ".join(map(repr, explorer.views))
    assert made(explorer).view == explorer.views[0] == "laboratory"
    make = functools.partial(made, explorer)
    assert_refused(make, "view", "attic", f"view must be one of {names}; got 'attic'")
    assert_refused(make, "view", ["hero"], rf"view must be one of {names}; got \['hero'\]")
    for bad in ("Race", None, 3):
        assert_refused(make, "name", bad, f"name must be of the letters a to z and dashes, got {bad!r}")


class Notebook:
    """A live kernel, and the part of a browser that talks to it about widgets."""

    def __init__(self):
        self.manager, self.client = start_new_kernel()
        self.states = {}  # what a browser knows of every widget

    def run(self, code):
        """Run code; return the text of its last value."""
        return self.listen(self.client.execute(code))

    def move(self, model, **traits):
        """Do what a browser does when a hand moves something."""
        data = {"method": "update", "state": traits, "buffer_paths": []}
        message = self.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        self.client.shell_channel.send(message)
        return self.listen(message["header"]["msg_id"])

    def listen(self, asked):
        value = None
        while self.manager.is_alive():
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "comm_open":
                self.states[content["comm_id"]] = content["data"]["state"]
            elif kind == "comm_msg" and content["data"]["method"] == "update":
                self.states[content["comm_id"]] |= content["data"]["state"]
            elif kind == "execute_result":
                value = content["data"]
            elif kind == "error":
                raise AssertionError("\n".join(content["traceback"]))
            elif kind == "stream" and content["name"] == "stderr":
                self.complaint = content["text"]
            if (
                kind == "status"
                and content["execution_state"] == "idle"
                and message["parent_header"]["msg_id"] == asked
            ):
                return value
        raise AssertionError("the kernel has ended without an answer")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def notebook():
    notebook = Notebook()
    yield notebook
    notebook.close()


@everything
def test_a_live_kernel_and_a_browser_move_one_another(explorer, notebook):
    name, value = MOVED[explorer.__name__]
    one, another = MORE.get(explorer.__name__, (0.25, 0.75))
    _, code = GIVEN.get(explorer.__name__, ([], ""))
    make = f"{explorer.__name__}({code})"
    beside = str(Path(__file__).parent)
    notebook.run(f"import sys\nsys.path.insert(0, {beside!r})\nfrom sweeps import valley_sweep")
    shown = notebook.run(f"from adamlib.explorers import {explorer.__name__}\ne = {make}\ne")
    model = shown[VIEW]["model_id"]
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")
    fresh = made(explorer)
    assert notebook.states[model][name] == getattr(fresh, name)
    assert notebook.states[model]["_esm"] == explorer._esm

    notebook.run(f"e.{name} = {value}")  # Python moves the picture
    assert notebook.states[model][name] == value
    notebook.move(model, **{name: one})  # the picture moves Python's value
    assert notebook.run(f"e.{name}")["text/plain"] == repr(one)

    notebook.run(f"import ipywidgets\nother = {make}\nipywidgets.link((e, {name!r}), (other, {name!r}))")
    notebook.move(model, **{name: another})
    assert json.loads(notebook.run(f"other.{name}")["text/plain"]) == another
    assert notebook.run("ipywidgets.VBox([e, other])")[VIEW]["model_id"] in notebook.states
