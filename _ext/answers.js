// Lets a reader answer the questions that answers.py has marked, and keeps the answers in this browser alone.

(() => {
  "use strict";

  const KEY = `answers ${location.pathname}`;
  const NOT_KNOWN = "e"; // the letter of "I do not know."
  const SOLUTION = /# Solution \d+\n# \(([a-d])\)\n((?:# .*\n)+)/;
  let kept = {}; // letter by question
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    if (found?.constructor === Object) kept = found;
  } catch {} // no storage, or not ours

  function keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {} // then until the page is left
  }

  function make(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  // Makes a list of choices a group of radio buttons.
  class Question {
    constructor(list, number) {
      this.list = list;
      this.name = list.previousElementSibling.textContent.trim();
      list.setAttribute("role", "radiogroup");
      list.setAttribute("aria-label", this.name);
      this.radios = [...list.children].map((item) => {
        const words = [...(item.querySelector("p") ?? item).childNodes];
        const value = item.textContent.trim()[1];
        const radio = make("input", { type: "radio", name: `choices-${number}`, value });
        item.setAttribute("role", "none");
        item.replaceChildren(make("label", {}, radio, make("span", {}, ...words)));
        return radio;
      });
      this.choose(this.kept);
    }

    get kept() {
      return Object.hasOwn(kept, this.name) ? kept[this.name] : undefined;
    }

    get chosen() {
      return this.radios.find((radio) => radio.checked)?.value;
    }

    choose(letter) {
      for (const radio of this.radios) radio.checked = radio.value === letter;
    }

    keep() {
      kept[this.name] = this.chosen;
      keep();
    }
  }

  // "Predict." is kept at once, and shown beside what happened.
  function predict(question, happened) {
    const words = make("span", { className: "choices-chosen" });
    happened?.querySelector("strong").after(words);
    const say = () => {
      words.textContent = question.chosen ? ` You chose (${question.chosen}).` : "";
    };
    question.list.addEventListener("change", () => {
      question.keep();
      say();
    });
    say();
  }

  // The fold with a question's solution, and what it says: why the right choice is right, and (b), why b is not, ...
  function solutionOf(list) {
    for (const code of list.closest("section").querySelectorAll("details pre")) {
      const found = SOLUTION.exec(code.textContent);
      if (!found) continue;
      const words = found[2]
        .split(/^# \(([a-d])\) /m)
        .map((text) => text.replace(/^# /gm, "").replace(/\n/g, " ").trim());
      return { right: found[1], reason: words[0], wrong: words.slice(1), fold: code.closest("details") };
    }
  }

  // A question of the quiz is checked by a button: arrow keys pass over choices. A solution that shows something opens.
  function quiz(question, { right, reason, wrong, fold }, changed) {
    question.fold = fold;
    const verdict = make("p", { className: "choices-verdict" });
    verdict.setAttribute("role", "status");
    question.show = () => {
      const letter = question.kept;
      question.right = letter === right;
      const known = question.radios.some((radio) => radio.value === letter);
      const not = !question.right && letter !== NOT_KNOWN && `(${letter}) is not right.`;
      const why = wrong.includes(letter) && wrong[wrong.indexOf(letter) + 1];
      const words = [not, why, `(${right}) is right.`, reason];
      verdict.textContent = known ? words.filter(Boolean).join(" ") : "";
      question.answered = known;
      fold.classList.toggle("choices-told", known);
    };
    const check = make("button", { type: "button", className: "choices-check", textContent: "Check" });
    check.addEventListener("click", () => {
      if (!question.chosen) {
        verdict.textContent = "Choose one first.";
        return;
      }
      question.keep();
      question.show();
      if (fold.querySelector(".cell_output")) fold.open = true;
      changed();
    });
    question.list.after(check, verdict);
    question.show();
  }

  function score(questions) {
    const words = make("p");
    words.setAttribute("role", "status");
    const again = make("button", { type: "button", textContent: "Start again" });
    const say = () => {
      const answered = questions.filter((question) => question.answered);
      const right = answered.filter((question) => question.right).length;
      words.textContent = `${right} right of ${answered.length} answered; there are ${questions.length}.`;
    };
    again.addEventListener("click", () => {
      for (const question of questions) {
        delete kept[question.name];
        question.choose();
        question.show();
        question.fold.open = false;
      }
      keep();
      say();
      questions[0].radios[0].focus();
    });
    questions
      .at(-1)
      .list.closest("section")
      .append(make("div", { className: "choices-score" }, words, again));
    return say;
  }

  const asked = [];
  let say = () => {};
  [...document.querySelectorAll("ul.choices, .what-happened")].forEach((found, number, all) => {
    if (found.localName !== "ul") return;
    const question = new Question(found, number);
    const solution = solutionOf(found);
    if (!solution) {
      const next = all[number + 1];
      predict(question, next?.localName === "p" ? next : null);
      return;
    }
    quiz(question, solution, () => say());
    asked.push(question);
  });
  if (asked.length) {
    say = score(asked);
    say();
  }
})();
