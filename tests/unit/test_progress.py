"""The progress line: seen by somebody who watches, and left in no stored output."""

import sys
import types

import pytest

from adamlib.progress import show_progress


def count_to(total):
    for done in range(1, total + 1):
        show_progress(done, total)


def notebook(monkeypatch, allow_stdin):
    """Pretend to be in a notebook whose front end says whether it takes input."""
    shell = types.SimpleNamespace(kernel=types.SimpleNamespace(_allow_stdin=allow_stdin))
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))


def test_nothing_is_written_where_nobody_watches(capsys):
    count_to(200)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("where", ["terminal", "notebook"])
def test_a_line_that_grows_and_is_wiped(where, monkeypatch, capsys):
    if where == "notebook":
        notebook(monkeypatch, allow_stdin=True)
    else:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    count_to(1000)
    out, err = capsys.readouterr()
    told, other = (out, err) if where == "notebook" else (err, out)  # a notebook paints all of stderr red
    lines = [line for line in told.split("\r") if line.strip()]
    assert other == "" and "\n" not in told
    assert lines[0].strip() == "[" + " " * 30 + "] 20 of 1000"
    assert lines[-1].strip() == "[" + "#" * 29 + " ] 980 of 1000"
    assert len(set(lines)) == 49 + 49  # written 49 times, once padded and once not, before it is wiped
    assert told.endswith("\r" + " " * 79 + "\r")


def test_more_than_all_cannot_be_done():
    with pytest.raises(ValueError, match="done must be at most total, 3, got 5"):
        show_progress(5, 3)


def test_a_notebook_that_a_program_runs_stays_clean(monkeypatch, capsys):
    notebook(monkeypatch, allow_stdin=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    count_to(200)
    assert capsys.readouterr() == ("", "")
