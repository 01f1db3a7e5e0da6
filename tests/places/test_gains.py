"""The quiz before and after: what the sheet counts, and what it says of a file that is not in its form."""

import csv
import sys

import numpy as np
import pytest

from project import ROOT

sys.path.insert(0, str(ROOT / "classroom"))
import gains

# Form A: 1 is (b), 2 is (d), 3 is (c). Form B: 1 is (c), 2 is (a), 3 is (d).
BEFORE = "student,form,1,2,3\nada,A,b,c,e\nblaise,B,c,,b\ncarl,A,0,0,0\nonly,A,b,d,c\n"
AFTER = "student;form;3;1;2\nblaise;A;(C);B;D\nada;B;d;c;a\ncarl;A;0;1,0;1.00\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "before.csv").write_text(BEFORE, encoding="utf-8")
    (tmp_path / "after.csv").write_text(AFTER, encoding="utf-8-sig")
    return tmp_path


def test_the_keys_are_those_of_the_pages():
    right, titles = gains.keys()
    assert list(right) == ["A", "B"] and len(titles) == 14
    assert [right[form]["1"] for form in right] == ["b", "c"] and set(right["A"]) == set(right["B"]) == set(titles)


def test_answers_are_marked_by_form_letter_or_points(files):
    questions, (first, second), once = gains.paired("before.csv", "after.csv")
    assert (questions, once) == (["1", "2", "3"], ["only"])
    assert np.array_equal(first, [[1, 0, np.nan], [1, np.nan, 0], [0, 0, 0]], equal_nan=True)
    assert second.tolist() == [[1, 1, 1], [1, 1, 1], [1, 1, 0]]


def test_the_gain_and_its_spread_are_those_by_hand(files):
    _, marks, _ = gains.paired("before.csv", "after.csv")
    found = gains.summary(*marks)  # ada 1 to 3, blaise 1 to 3, carl 0 to 2
    assert (found["students"], found["gain"], found["standard deviation of the gain"]) == (3, 2, 0)
    assert np.isclose(found["before"], 2 / 3) and np.isclose(found["normalised gain"], 2 / (3 - 2 / 3))
    found = gains.summary(np.array([[0.0, 0], [1, 0]]), np.array([[1.0, 1], [0, 0]]))  # gains 2 and -1
    assert np.isclose(found["standard deviation of the gain"], 3 / np.sqrt(2))
    assert np.isclose(found["standard error of the gain"], 1.5) and found["gain"] == 0.5
    assert (found["better"], found["equal"], found["worse"]) == (1, 0, 1)
    assert np.isnan(gains.summary(np.ones((2, 2)), np.ones((2, 2)))["normalised gain"])


def test_a_table_and_a_picture_are_written(files, capsys):
    gains.main("before.csv", "after.csv")
    said = capsys.readouterr().out
    assert "Left out, for they answered only once: only" in said and "standard error of the gain: 0.00" in said
    rows = list(csv.reader((files / "gains.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[2][:5] == ["2", "How far back", "0", "100", "100"] and rows[2][6:] == ["33", "0"]
    assert (files / "gains.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("student,form", "name,form", "before.csv: the first line is student,form,1,2,3"),
     (BEFORE, "", "before.csv: the first line is"),
     ("form,1,2,3", "form,1,2,15", "before.csv: the column '15' is no question; they are 1 to 14"),
     ("form,1,2,3", "form,1,2,2", "before.csv: two columns are called '2'"),
     ("form,1,2,3", "form,1,2,4", "before.csv and after.csv: question 3, 4 stands in one of them only"),
     ("ada,A,b,c,e", "ada,A,b,c", "before.csv, line 2: 4 fields, and the first line has 5"),
     ("blaise,B", "ada,B", "before.csv, line 3: 'ada' stands there twice"),
     ("blaise,B", ",B", "before.csv, line 3: no student's name"),
     ("blaise,B", "blaise,C", "before.csv, line 3: the form is A or B, and not 'C'"),
     ("c,,b", "c,,f", "before.csv, line 3, question 3: 'f' is no answer"),
     ("0,0,0", "0,2,0", "before.csv, line 4, question 2: '2' is no answer"),
     ("ada,A,b,c,e\nblaise,B,c,,b\n", "", "before.csv and after.csv: 1 of the students stand in both")],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_named(files, old, new, said):
    assert old in BEFORE
    (files / "before.csv").write_text(BEFORE.replace(old, new), encoding="utf-8")
    with pytest.raises(gains.Unreadable) as caught:
        gains.paired("before.csv", "after.csv")
    assert str(caught.value).startswith(said)


def test_a_file_that_is_not_there_or_not_utf_8_is_named(files):
    with pytest.raises(gains.Unreadable, match="nowhere.csv: there is no such file"):
        gains.read("nowhere.csv")
    (files / "before.csv").write_bytes(BEFORE.replace("ada", "ad\xe4").encode("latin-1"))
    with pytest.raises(gains.Unreadable, match="before.csv: not UTF-8"):
        gains.read("before.csv")
