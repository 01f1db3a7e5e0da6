"""Search: to the section, and by the words that readers use and the book does not."""

import json
from pathlib import Path

from sphinx.errors import ExtensionError

from book import LATE

# What a reader may type, in small letters, and the page or section that speaks of it.
WORDS = {
    "hyperparameters": "chapters/05_hyperparameters",
    "learning rate decay": "chapters/06_learning_rate_schedules",
    "learning rate scheduler": "chapters/06_learning_rate_schedules",
    "bugs": "chapters/bug_clinic",
    "common mistakes": "chapters/bug_clinic",
    "counter-example": "chapters/13_does_it_converge",
    "decoupled weight decay": "chapters/07_weight_decay",
    "lr": "notation",
    "my adam does not converge": "chapters/bug_clinic",
    "v_dw": "notation",
    "s_dw": "notation",
    "α": "notation",
    "β₁": "notation",
    "β₂": "notation",
    "ε": "notation",
    "m̂": "notation",
    "v̂": "notation",
    "편향 보정": "chapters/04_adam#without-bias-correction-the-start-is-too-fast",
}
INDEX, BEFORE, AFTER = "searchindex.js", "Search.setIndex(", ")"
SCRIPT = "_static/searchtools.js"
MENDED = {
    # Sphinx offers a section only if the words fill half of its title.
    "title.toLowerCase().trim().includes(queryLower) && (queryLower.length >= title.length/2)": (
        "title.toLowerCase().trim().includes(queryLower)"
    ),
    # What a hit quotes is the text of the page, not the list of its sections that stands before it.
    """querySelector('[role="main"]')""": "querySelector('article')",
}


def add_words(index, words):
    """Return the index of the search with entries that lead from these words to a page or a section."""
    sections = {place for places in index["alltitles"].values() for place in map(tuple, places)}
    for word, target in words.items():
        page, _, section = target.partition("#")
        number = index["docnames"].index(page) if page in index["docnames"] else None
        if number is None or (section and (number, section) not in sections):
            raise ExtensionError(f"the search for {word!r} leads to {target}, which is not there")
        index["indexentries"][word] = [[number, section, True]]
    return index


def finish(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    path = Path(app.outdir, INDEX)
    index = json.loads(path.read_text(encoding="utf-8").removeprefix(BEFORE).removesuffix(AFTER))
    text = json.dumps(add_words(index, WORDS), ensure_ascii=False, separators=(",", ":"))
    path.write_text(BEFORE + text + AFTER, encoding="utf-8")
    script = Path(app.outdir, SCRIPT)
    text = script.read_text(encoding="utf-8")
    for theirs, ours in MENDED.items():
        if theirs not in text and ours not in text:
            raise ExtensionError(f"{SCRIPT} does not have {theirs}. Has Sphinx changed?")
        text = text.replace(theirs, ours)
    script.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", finish, priority=LATE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
