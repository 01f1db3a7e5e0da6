"""Whose a file is, by the names that learning systems give; and marks in the forms that they take in."""

import contextlib
import csv
import shutil
import sys
from types import SimpleNamespace

import pytest

from project import ROOT

sys.path.insert(0, str(ROOT / "classroom"))
import fence
import marks
import names
import returns

FOUND = {
    "ada_04_adam.ipynb": ("ada", 0),
    "blaise_04_adam (1).ipynb": ("blaise", 1),
    "blaise_04_adam(2).ipynb": ("blaise", 2),
    "marie_curie_04_adam.ipynb": ("marie_curie", 0),
    "marie curie 04_adam.ipynb": ("marie-curie", 0),
    "Émilie-04_adam.ipynb": ("Émilie", 0),
    "ada_04_adam.ipynb.txt": None,
    "ada_04_adam_final.ipynb": ("ada", 0),
    "ada_04_adam-Copy1.ipynb": ("ada", 1),
    "s1234567_04_adam.ipynb": ("s1234567", 0),
    "lovelaceada_1234_5678_04_adam.ipynb": ("lovelaceada_1234", 0),
    "lovelaceada_1234_5678_carl_04_adam.ipynb": ("lovelaceada_1234", 0),
    "lovelaceada_LATE_1234_5678_04_adam-1.ipynb": ("lovelaceada_1234", 1),
    "curie_skłodowskamarie_1234_5678_04_adam.ipynb": ("curie_skłodowskamarie_1234", 0),
    "_1234_5678_04_adam.ipynb": ("1234", 0),
    "anon_aB3dE_5678_04_adam.ipynb": ("anon_aB3dE", 0),
    "LATE_anon_aB3dE_5679_04_adam-1.ipynb": ("anon_aB3dE", 1),
    "Participant_1234_assignsubmission_file_/04_adam.ipynb": ("Participant_1234", 0),
    "Ada Lovelace_1234_assignsubmission_file_/04_adam.ipynb": ("Ada-Lovelace_1234", 0),
    "Ada Lovelace_1234_assignsubmission_file_04_adam.ipynb": ("Ada-Lovelace_1234", 0),
    "Ada Lovelace_1234_assignsubmission_file_/04_adam (3).ipynb": ("Ada-Lovelace_1234", 3),
    "04_adam.ipynb": None,
    "ada.ipynb": None,
    "ada_03_rmsprop.ipynb": None,
    "ada_04_adam.html": None,
    "ada_04_adam.pdf": None,
}


@pytest.mark.parametrize("name", FOUND)
def test_a_file_is_somebodys_or_is_refused_with_what_to_do(name):
    if FOUND[name]:
        assert tuple(names.whose(f"downloaded/04_adam/extracted/{name}", "04_adam")) == FOUND[name]
    else:
        with pytest.raises(names.Refused, match=r"named STUDENT_04_adam.ipynb into archive/\.$|: move it\.$"):
            names.whose(f"downloaded/04_adam/extracted/{name}", "04_adam")


CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Assignment 3 (71),Assignment 4: Adam (72),Assignment 14 (73),Final Score
    Points Possible,,,,,20,20,20,(read only)
"Lovelace, Ada",1234,ab12,ada,One,11,,,90
"Pascal, Blaise",1235,ab13,blaise,One,,3,,80
"Curie, Marie",1236,ab14,marie_curie,One,,,,70
"""
MOODLE = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade"
"Participant 1234","Ada Lovelace",ada@x.invalid,"Submitted",-,20.00
"Participant 1235","Blaise Pascal",blaise@x.invalid,"No submission",-,20.00
"""


def rows(text):
    return list(csv.reader(text.splitlines()))


def test_marks_are_filled_into_canvas_file():
    handed_in = {"lovelaceada_1234": 17.0, "marie_curie": 0.0, "nobody": 5.0}
    result, unknown = marks.filled(rows(CANVAS), handed_in, "04_adam")
    expected = rows(CANVAS)
    expected[2][6], expected[4][6] = "17", "0"  # who did not hand in keeps what stood there
    assert result == expected and unknown == ["nobody"]


def test_marks_are_filled_into_moodles_file():
    result, unknown = marks.filled(rows(MOODLE), {"Ada-Lovelace_1234": 16.5}, "04_adam")
    assert [row[4] for row in result] == ["Grade", "16.5", "-"] and unknown == []
    assert marks.filled(rows(MOODLE), {"Ada-Lovelace": 16.5}, "04_adam")[0] == result


def test_a_file_of_no_system_and_a_column_that_is_not_there_are_told():
    with pytest.raises(marks.Unknown, match="neither Canvas's"):
        marks.filled([["Name", "Mark"]], {}, "04_adam")
    with pytest.raises(marks.Unknown, match="0 columns are named like 05_hyperparameters or Assignment 5"):
        marks.filled(rows(CANVAS), {}, "05_hyperparameters")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", ",;\t")
def test_a_file_keeps_its_form_and_a_fault_is_a_sentence(tmp_path, monkeypatch, separator, encoding):
    monkeypatch.setattr(marks, "from_gradebook", lambda: ({"lovelaceada_1234": {"04_adam": 16.5}}, 0))
    path = tmp_path / "grades.csv"
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=separator).writerows(rows(CANVAS))
    marks.main(str(path), "04_adam")
    assert (tmp_path / "marks-grades.csv").read_bytes()[:3] == path.read_bytes()[:3]
    with (tmp_path / "marks-grades.csv").open(newline="", encoding="utf-8") as file:
        written = list(csv.reader(file, delimiter=separator))[2][:7]
    assert written == [*rows(CANVAS)[2][:6], "16,5" if separator == ";" else "16.5"]
    path.write_text("", encoding="utf-8")
    with pytest.raises(SystemExit, match="grades.csv: the first line is neither Canvas's"):
        marks.main(str(path), "04_adam")


COMMA = """\
Student;ID;SIS Login ID;Section;Notes;Assignment 4: Adam (72);Final Score
    Points Possible;;;;;20,00;(read only)
Lovelace, Ada;1234;ada;One;3.5;0,50;90,00
Pascal, Blaise;1235;blaise;One;;3,00;80,00
"""


def export(path, text, monkeypatch, score=16.5):
    monkeypatch.setattr(marks, "from_gradebook", lambda: ({"lovelaceada_1234": {"04_adam": score}}, 0))
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    marks.main(str(path), "04_adam")
    return path.with_name(f"marks-{path.name}").read_text(encoding="utf-8").splitlines()


def test_decimals_are_written_as_the_file_does(tmp_path, monkeypatch):
    file = tmp_path / "noten.csv"
    lines = export(file, COMMA, monkeypatch)
    assert lines[2] == "Lovelace, Ada;1234;ada;One;3.5;16,5;90,00"
    assert lines[:2] + lines[3:] == COMMA.splitlines()[:2] + COMMA.splitlines()[3:]  # and all else is as it was
    assert export(file, COMMA, monkeypatch, score=17.0)[2].split(";")[5] == "17"
    whole = COMMA.replace(",00", "").replace("0,50", "").replace("3.5", "")
    assert export(file, whole, monkeypatch)[2].split(";")[5] == "16,5"  # the semicolon tells
    points = COMMA.replace("0,50", "0.50").replace(",00", ".00")
    assert export(file, points, monkeypatch)[2].split(";")[5] == "16.5"
    quoted = MOODLE.replace("20.00", '"20,00"').replace(",-,", ',"0,00",')
    assert '"16,5"' in export(file, quoted, monkeypatch)[1]
    names = COMMA.replace("Student;", "LastName;FirstName;").replace("    Points", ";Points").replace(", ", ";")
    assert ";16,5;" in export(file, names, monkeypatch)[2]


def test_who_handed_in_under_two_names_is_told():
    twice = {"lovelaceada_1234": 17.0, "ada": 5.0, "blaise": 3.0}
    result, unknown = marks.filled(rows(CANVAS), twice, "04_adam")
    assert result[2] == rows(CANVAS)[2] and result[3][6] == "3" and unknown == ["ada", "lovelaceada_1234"]


@pytest.mark.parametrize("assignment", [None, "04_adm"])
def test_an_assignment_that_nobody_handed_in_is_told(tmp_path, monkeypatch, assignment):
    monkeypatch.setattr(marks, "from_gradebook", lambda: ({"ada": {"04_adam": 1.0}}, 0))
    with pytest.raises(SystemExit, match=r"Nobody has a mark for (None|04_adm)\. python marks.py"):
        marks.main(str(tmp_path / "grades.csv"), assignment)


REFUSED = {
    "some decimals have a comma here, and some a point": COMMA.replace("0,50", "0.50").encode(),
    "row 2 has more fields than the first": COMMA.replace(", ", " ").replace(";", ",").encode(),
    "no CSV file in UTF-8": COMMA.replace("Ada", "Zoë").encode("cp1252"),
    "the first line is neither": MOODLE.replace("Grade", "Bewertung").encode(),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_file_that_a_spreadsheet_spoilt_is_refused_with_what_to_do(tmp_path, monkeypatch, why):
    with pytest.raises(SystemExit, match=rf"noten.csv: .*{why}.*(Export it|export) again"):
        export(tmp_path / "noten.csv", REFUSED[why], monkeypatch)
    assert not (tmp_path / "marks-noten.csv").exists()


def test_feedback_goes_back_under_the_names_that_it_came_by(tmp_path):
    came = ["lovelaceada_LATE_1234_5678_04_adam-1.ipynb", "lovelaceada_1234_5670_04_adam.ipynb", "04_adam.ipynb"]
    came += ["Ada Lovelace_77_assignsubmission_file_/04_adam.ipynb", "curiemarie_1236_5679_04_adam.ipynb"]
    for name in came:
        path = tmp_path / "downloaded" / "04_adam" / "extracted" / "all" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for student in ("lovelaceada_1234", "Ada-Lovelace_77"):
        path = tmp_path / "feedback" / student / "04_adam" / "04_adam.html"
        path.parent.mkdir(parents=True)
        path.touch()
    pages, missing = returns.returned("04_adam", tmp_path)
    assert {name: page.parts[-3] for name, page in pages.items()} == {
        "lovelaceada_LATE_1234_5678_04_adam-1.html": "lovelaceada_1234",
        "Ada Lovelace_77_assignsubmission_file_/04_adam.html": "Ada-Lovelace_77",
    }
    assert missing == ["curiemarie_1236"]


def test_who_has_nothing_right_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    handed_in = {"ada": {"04_adam": 0.0}, "blaise": {"03_rmsprop": 12.0}}, 1
    monkeypatch.setattr(marks, "from_gradebook", lambda: handed_in)
    marks.main()
    said = capsys.readouterr().out
    assert "count 0 here: 1\n" in said and "those who have 0 points: ada\n" in said
    assert (tmp_path / "marks.csv").read_text(encoding="utf-8").split()[1:] == ["ada,,0.0", "blaise,12.0,"]


class Gradebook(contextlib.nullcontext):
    """As nbgrader's: an answer that has its mark, one that was empty, and one that waits, all to be looked at."""

    def __init__(self, _):
        scores = {"ada": (None, 2.0), "blaise": (0.0, None), "carl": (None, None)}
        submissions = [self.submission(student, *each) for student, each in scores.items()]
        super().__init__(SimpleNamespace(assignments=[SimpleNamespace(name="04_adam", submissions=submissions)]))

    @staticmethod
    def submission(student, auto_score, manual_score):
        grades = [SimpleNamespace(auto_score=auto_score, manual_score=manual_score)]
        notebooks = [SimpleNamespace(grades=grades)]
        who = SimpleNamespace(id=student)
        return SimpleNamespace(student=who, score=manual_score or 0.0, needs_manual_grade=True, notebooks=notebooks)


def test_an_answer_that_has_its_mark_does_not_wait(monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader.api", SimpleNamespace(Gradebook=Gradebook))
    assert marks.from_gradebook() == (
        {student: {"04_adam": score} for student, score in {"ada": 2.0, "blaise": 0.0, "carl": 0.0}.items()},
        1,
    )


def test_not_handed_in_is_not_all_wrong():
    assert marks.table({"ada": {"04_adam": 0.0}, "blaise": {"03_rmsprop": 12.0, "04_adam": 3.0}}) == [
        ["student", "03_rmsprop", "04_adam"],
        ["ada", "", 0.0],
        ["blaise", 12.0, 3.0],
    ]


def test_a_file_that_was_changed_is_put_back_and_told(tmp_path):
    for name in ("kept", "changed", "folder/gone"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine", encoding="utf-8")
    told = []
    with fence.put_back([tmp_path], told.append):
        (tmp_path / "changed").write_text("theirs", encoding="utf-8")
        shutil.rmtree(tmp_path / "folder")
    assert sorted(path.name for path in told) == ["changed", "gone"]
    assert all(path.read_text(encoding="utf-8") == "mine" for path in told)
