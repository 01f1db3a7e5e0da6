"""Questions that take an answer: _ext/answers.* on pages of their own, and the quiz of the book."""

import pytest

from hands import axe
from project import build_small, serve

PREDICT = """# A chapter

**Predict.** Which line is the smoothest?

- (a) *0.5*
- (b) 0.98

**What happened.** The line at 0.98 is.

**Predict.** And which is later?

- (a) both
- (b) none

Other words.

- (a) no question
- (b) is asked here
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    (folder / "index.md").write_text(PREDICT + "\n```{toctree}\nplain\n```\n")
    (folder / "plain.md").write_text("# Plain\n\n**Predict.** What?\n\n- (a) one\n- other\n")
    built = build_small(folder, "extensions = ['myst_parser', 'answers']")
    assert built.returncode == 0, built.stderr
    with serve(folder / "html") as site:
        yield site


def ticked(page):
    return page.eval_on_selector_all("input[type=radio]", "(all) => all.map((one) => Number(one.checked)).join('')")


def test_a_prediction_is_kept_and_shown_beside_what_happened(served, tab):
    tab.goto(f"{served.url}index.html")
    assert tab.locator(".choices[role]").count() == 2 and ticked(tab) == "0000"
    group = tab.get_by_role("radiogroup", name="Predict. Which line is the smoothest?")
    happened = tab.get_by_text("What happened.").locator("..")
    group.get_by_role("radio", name="(a) 0.5").press("ArrowDown")
    assert ticked(tab) == "0100"
    assert happened.text_content() == "What happened. You chose (b). The line at 0.98 is."
    assert tab.locator("li em").text_content() == "0.5"
    tab.get_by_text("(a) both").click()
    assert happened.text_content() == "What happened. You chose (b). The line at 0.98 is."
    tab.reload()
    assert ticked(tab) == "0110" and "You chose (b)" in happened.text_content()


@pytest.mark.parametrize("stored", ["null", "7", '"text"', "[]", "{", '{"Predict. Which line is the smoothest?": {}}'])
def test_what_else_lies_in_the_storage_does_no_harm(served, tab, stored):
    tab.goto(f"{served.url}index.html")
    tab.evaluate("(stored) => localStorage.setItem(`answers ${location.pathname}`, stored)", stored)
    tab.reload()
    assert ticked(tab) == "0000"
    tab.get_by_text("(a) 0.5").click()
    tab.reload()
    assert ticked(tab) == "1000"


def test_a_storage_that_throws_keeps_nothing_and_breaks_nothing(served, tab):
    complaints, tab.spent = [], True
    tab.on("pageerror", lambda error: complaints.append(error.stack))
    tab.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('none'); } })")
    tab.goto(f"{served.url}index.html")
    tab.get_by_text("(b) 0.98").click()
    assert tab.locator(".choices-chosen").first.text_content() == " You chose (b)."
    assert not [stack for stack in complaints if "answers.js" in stack]


def test_a_page_without_such_a_list_has_no_script(served):
    text = {name: (served.html / f"{name}.html").read_text() for name in ("index", "plain")}
    assert [text[name].count("answers.js") for name in text] == [1, 0]
    assert [text[name].count('class="choices') for name in text] == [2, 0]


def test_the_quiz_scores_what_is_checked(site, tab):
    tab.goto(f"{site.url}teaching/quiz.html")
    score, questions, verdicts = map(tab.locator, (".choices-score", ".choices[role]", ".choices-verdict"))
    check = tab.get_by_role("button", name="Check")
    assert questions.count() == 14
    assert score.text_content().startswith("0 right of 0 answered; there are 14.")
    check.first.click()
    assert verdicts.first.text_content() == "Choose one first."
    for number, letter in enumerate("bae"):  # (b), (d) and (c) are right
        questions.nth(number).locator(f"input[value={letter}]").check()
        check.nth(number).press("Enter")
    assert verdicts.nth(0).text_content().startswith("(b) is right. It is 5 after the first value and 7.5 after the")
    told = "(a) is not right. 1.1 is 1/beta. After one step 0.9 is left, and not one half. (d) is right. Each step"
    assert verdicts.nth(1).text_content().startswith(told)
    assert verdicts.nth(2).text_content().startswith("(c) is right. Each step multiplies x by 1 - 4 lr.")
    assert "(a)" not in verdicts.nth(2).text_content()
    assert score.text_content().startswith("1 right of 3 answered")
    tab.reload()
    assert score.text_content().startswith("1 right of 3 answered")
    tab.get_by_role("button", name="Start again").click()
    assert score.text_content().startswith("0 right of 0 answered")
    assert set(ticked(tab)) == {"0"} and verdicts.all_text_contents() == [""] * 14
    assert tab.evaluate("document.activeElement.type") == "radio"
    tab.reload()
    assert score.text_content().startswith("0 right of 0 answered")
    assert axe(tab)[1] == []


def test_the_bug_clinic_opens_a_diagnosis_when_it_is_checked(site, tab):
    tab.goto(f"{site.url}chapters/bug_clinic.html")
    opened = "[...document.querySelectorAll('details.solution')].map((fold) => Number(fold.open)).join('')"
    questions, check = tab.locator(".choices[role]"), tab.get_by_role("button", name="Check")
    assert questions.count() == check.count() == 12 and tab.evaluate(opened) == "0" * 12
    check.nth(4).click()
    assert tab.evaluate(opened) == "0" * 12  # nothing is chosen
    questions.nth(4).locator("input[value=b]").check()
    check.nth(4).click()
    assert tab.evaluate(opened) == "000010000000"
    assert tab.locator(".choices-verdict").nth(4).text_content().startswith("(b) is right. Multiplied, ")
    told = tab.locator("details.solution").nth(4)
    assert told.get_by_text("m_hat = m * (1 - beta1**t)  # wrong").is_visible()
    assert not told.locator(".cell_input").is_visible()  # which says what the verdict says
    assert told.get_by_role("link").get_attribute("href") == "https://github.com/karpathy/convnetjs/pull/70"
    tab.get_by_role("button", name="Start again").click()
    assert tab.evaluate(opened) == "0" * 12
    tab.goto(f"{site.url}teaching/quiz.html")
    tab.locator(".choices[role] input[value=b]").first.check()
    tab.get_by_role("button", name="Check").first.click()
    assert "1" not in tab.evaluate(opened)  # the quiz's solutions show nothing more
