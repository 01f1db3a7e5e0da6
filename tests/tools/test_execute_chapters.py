"""The tool that re-executes the chapters, on small notebooks of its own."""

import base64
import io
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

import execute_chapters


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """The tool, with an empty folder for its chapters."""
    monkeypatch.setattr(execute_chapters, "CHAPTERS", tmp_path)
    return execute_chapters


def write(path, *cells, **metadata):
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def test_a_second_run_leaves_no_difference(tool, tmp_path, capsys):
    # as an editor leaves it: another kernel's name, counts of a session, blank lines, metadata
    path = write(
        tmp_path / "01_a.ipynb",
        new_markdown_cell("# Text\n\n", metadata={"editable": True}),
        new_code_cell("x = 2\nprint('one')\nprint('two')\n\n", execution_count=7, metadata={"collapsed": True}),
        new_code_cell("x + 1", execution_count=3, metadata={"tags": [], "ExecuteTime": {"end_time": "noon"}}),
        kernelspec={"display_name": "My kernel", "language": "python", "name": "python3"},
        language_info={"name": "python", "version": "3.9.0"},
    )
    assert tool.main([]) == 0
    first = path.read_bytes()
    assert tool.main([]) == 0
    assert path.read_bytes() == first
    assert capsys.readouterr().out.count("01_a.ipynb: 3 cells in ") == 2

    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata == tool.METADATA
    assert [cell.id for cell in notebook.cells] == ["cell-001", "cell-002", "cell-003"]
    assert [cell.source for cell in notebook.cells] == ["# Text", "x = 2\nprint('one')\nprint('two')", "x + 1"]
    assert [cell.metadata for cell in notebook.cells] == [{}, {}, {}]
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2]
    (stream,), (result,) = notebook.cells[1].outputs, notebook.cells[2].outputs
    assert (stream.name, stream.text) == ("stdout", "one\ntwo\n")
    assert (result.execution_count, result.data) == (2, {"text/plain": "3"})


def test_a_failing_cell_leaves_the_file_untouched_and_is_named(tool, tmp_path, capsys):
    path = write(
        tmp_path / "01_a.ipynb",
        new_code_cell("print('fine')"),
        new_code_cell("total = 1\nassert total == 2, 'one is not two'"),
    )
    later = write(tmp_path / "02_b.ipynb", new_code_cell("print('never reached')"))
    before = path.read_bytes(), later.read_bytes()
    assert tool.main([]) == 1
    assert (path.read_bytes(), later.read_bytes()) == before
    message = re.sub(r"\x1b\[\d*(;\d+)*m", "", capsys.readouterr().out)  # without colours
    assert "01_a.ipynb: a cell failed, and the file is as it was" in message
    assert "assert total == 2" in message and "AssertionError: one is not two" in message


def test_the_pieces_of_a_stream_are_merged_and_other_outputs_keep_their_place(tool):
    def stream(name, text):
        return new_output("stream", name=name, text=text)

    picture = new_output("display_data", {"text/plain": "<Figure>"})
    pieces = [
        stream("stdout", "a"), stream("stdout", "b\n"), stream("stderr", "c"), stream("stdout", "d"), picture,
        stream("stdout", "e"), stream("stdout", "f"),
    ]  # fmt: skip
    merged = [stream("stdout", "ab\n"), stream("stderr", "c"), stream("stdout", "d"), picture, stream("stdout", "ef")]
    assert tool.merge_streams(pieces) == merged


def test_folds_are_marked_for_the_site_for_jupyterlab_and_for_colab(tool):
    notebook = new_notebook(
        cells=[
            new_code_cell("1", metadata={"tags": ["hide-input"]}),
            new_code_cell("2", metadata={"tags": ["hide-cell"], "slideshow": {"slide_type": "skip"}}),
            new_code_cell("3", metadata={"jupyter": {"source_hidden": True}, "cellView": "form"}),
            new_code_cell("4", metadata={"mystnb": {"image": {"alt": "A sentence."}}}),
        ]
    )
    assert [cell.metadata for cell in tool.normalise(notebook).cells] == [
        {"tags": ["hide-input"], "jupyter": {"source_hidden": True}, "cellView": "form"},
        {
            "tags": ["hide-cell"],
            "jupyter": {"source_hidden": True, "outputs_hidden": True},
            "cellView": "form",
            "slideshow": {"slide_type": "skip"},
        },
        {},  # without the tag a fold of one program only is taken away
        {"mystnb": {"image": {"alt": "A sentence."}}},
    ]


def test_counts_follow_the_order_and_outputs_carry_no_metadata(tool):
    def result(count):
        return new_output("execute_result", {"text/plain": "1"}, execution_count=count, metadata={"needs": "light"})

    notebook = new_notebook(
        cells=[
            new_code_cell("1", execution_count=40, outputs=[result(40)]),
            new_markdown_cell("Text."),
            new_code_cell("1", execution_count=12, outputs=[result(12)]),
        ]
    )
    first, _, second = tool.normalise(notebook).cells
    assert (first.execution_count, second.execution_count) == (1, 2)
    assert [(o.execution_count, o.metadata) for o in first.outputs + second.outputs] == [(1, {}), (2, {})]


def test_of_a_widget_its_picture_and_its_text_stay(tool):
    view = {tool.WIDGET_VIEW: {"model_id": "0" * 32, "version_major": 2}}
    still = {"image/png": "iVBORw0KGgo=", "text/plain": "Explorer(beta=0.9)"}
    notebook = new_notebook(
        cells=[
            new_code_cell("explorer", outputs=[new_output("execute_result", view | still, execution_count=1)]),
            new_code_cell("display(explorer)", outputs=[new_output("display_data", still | view)]),
            new_code_cell("slider", outputs=[new_output("display_data", view | {"text/plain": "IntSlider()"})]),
        ],
        metadata={"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}},
    )
    tool.normalise(notebook)
    assert [cell.outputs[0].data for cell in notebook.cells] == [still, still, view | {"text/plain": "IntSlider()"}]
    assert "widgets" not in notebook.metadata


def test_a_figure_in_the_style_of_the_book_is_not_cut_to_its_ink(tool, tmp_path):
    draw = "from adamlib import figures\nfigures.use_book_style()\nfigures.plt.plot([0, 1])\nfigures.plt.show()"
    path = write(tmp_path / "01_a.ipynb", new_code_cell(draw))
    assert tool.main([]) == 0
    (figure,) = nbformat.read(path, as_version=4).cells[0].outputs
    assert Image.open(io.BytesIO(base64.b64decode(figure.data["image/png"]))).size == (960, 540)


def test_only_the_chosen_chapters_are_run(tool, tmp_path, capsys):
    paths = [write(tmp_path / name, new_code_cell("1 + 1")) for name in ("01_a.ipynb", "02_b.ipynb", "03_c.ipynb")]
    before = [path.read_bytes() for path in paths]
    assert tool.main(["02"]) == 0
    assert [path.read_bytes() == old for path, old in zip(paths, before)] == [True, False, True]
    assert capsys.readouterr().out.startswith("02_b.ipynb: 1 cells in ")


@pytest.mark.parametrize(
    ("prefixes", "wanted"), [(["07"], "07"), (["07", "x"], "07 or x"), ([], "anything")], ids=["one", "two", "none"]
)
def test_an_unknown_prefix_gives_a_clear_message(tool, tmp_path, capsys, prefixes, wanted):
    if prefixes:
        write(tmp_path / "01_a.ipynb", new_code_cell("1 + 1"))
    assert tool.main(prefixes) == 1
    assert capsys.readouterr().out == f"no chapter in {tmp_path} starts with {wanted}\n"
