"""Every chapter, as it is now, held with other seeds and with the last bits of its gradients changed."""

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import fresh_seeds
import held
import jitter
from guards import CHAPTERS


@pytest.mark.parametrize("tool", [fresh_seeds, jitter], ids=lambda tool: tool.__name__)
def test_every_chapter_held_as_it_is_now(tool):
    then, now = held.held(tool.HELD), {path.name: held.digest(path) for path in CHAPTERS}
    changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    assert not changed, f"python tools/{tool.__name__}.py {' '.join(changed)}"


def test_a_chapter_is_asked_again_when_its_code_or_its_output_changes_and_not_its_text(tmp_path):
    def digest(text="Words.", code="x = 1", output="1"):
        cell = new_code_cell(code, outputs=[new_output("stream", text=output)])
        write(new_notebook(cells=[new_markdown_cell(text), cell]), tmp_path / "a.ipynb")
        return held.digest(tmp_path / "a.ipynb")

    assert digest() == digest(text="Other words.")
    assert len({digest(), digest(code="x = 2"), digest(output="2")}) == 3


@pytest.mark.parametrize("holds", [True, False])
def test_what_holds_is_written_down_what_does_not_is_taken_out_and_what_is_gone(tmp_path, holds):
    for name in ("one", "two"):
        write(new_notebook(), tmp_path / f"{name}.ipynb")
    file = tmp_path / "held.txt"
    file.write_text("1  one.ipynb\n2  two.ipynb\n3  gone.ipynb\n", encoding="utf-8")
    held.write_down(file, tmp_path / "two.ipynb", holds)
    now = {"two.ipynb": held.digest(tmp_path / "two.ipynb")} if holds else {}
    assert held.held(file) == {"one.ipynb": "1"} | now
