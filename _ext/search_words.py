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
    "checkpoint": "chapters/questions#what-must-i-save-to-resume-training",
    "resume training": "chapters/questions#what-must-i-save-to-resume-training",
    "save optimizer state": "chapters/questions#what-must-i-save-to-resume-training",
    "continue training": "chapters/questions#what-must-i-save-to-resume-training",
    "loss increases": "chapters/questions#why-does-my-loss-rise-again-after-long-training",
    "loss goes up": "chapters/questions#why-does-my-loss-rise-again-after-long-training",
    "loss goes up after long training": "chapters/questions#why-does-my-loss-rise-again-after-long-training",
    "loss rises again": "chapters/questions#why-does-my-loss-rise-again-after-long-training",
    "adam diverges after many steps": "chapters/questions#why-does-my-loss-rise-again-after-long-training",
    "half precision": "chapters/questions#does-adam-work-in-half-precision-or-mixed-precision",
    "mixed precision": "chapters/questions#does-adam-work-in-half-precision-or-mixed-precision",
    "float16": "chapters/questions#does-adam-work-in-half-precision-or-mixed-precision",
    "fp16": "chapters/questions#does-adam-work-in-half-precision-or-mixed-precision",
    "bfloat16": "chapters/questions#does-adam-work-in-half-precision-or-mixed-precision",
    "gradient clipping": "chapters/questions#should-i-clip-gradients-with-adam-before-or-after-the-moments",
    "clip gradients before adam": "chapters/questions#should-i-clip-gradients-with-adam-before-or-after-the-moments",
    "loss spikes": "chapters/questions#should-i-clip-gradients-with-adam-before-or-after-the-moments",
    "batch size and learning rate": "chapters/questions#how-does-the-learning-rate-change-with-the-batch-size",
    "scale learning rate with batch size": "chapters/questions#how-does-the-learning-rate-change-with-the-batch-size",
    "sparse gradients": "chapters/questions#why-do-embedding-rows-without-a-gradient-move-and-what-is-a-lazy-adam",
    "lazy adam": "chapters/questions#why-do-embedding-rows-without-a-gradient-move-and-what-is-a-lazy-adam",
    "sparse embedding": "chapters/questions#why-do-embedding-rows-without-a-gradient-move-and-what-is-a-lazy-adam",
    "weight tying": "chapters/questions#tied-weights-one-adam-state-or-two",
    "shared weights": "chapters/questions#tied-weights-one-adam-state-or-two",
    "complex parameters": "chapters/questions#can-parameters-be-complex-numbers",
    "complex weights": "chapters/questions#can-parameters-be-complex-numbers",
    "freeze layers": "chapters/questions#if-i-freeze-and-unfreeze-layers-one-t-for-all-or-one-per-array",
    "frozen layers": "chapters/questions#if-i-freeze-and-unfreeze-layers-one-t-for-all-or-one-per-array",
    "step count per parameter": "chapters/questions#if-i-freeze-and-unfreeze-layers-one-t-for-all-or-one-per-array",
    "memory of adam": "chapters/questions#how-much-memory-does-adam-take",
    "out of memory": "chapters/questions#how-much-memory-does-adam-take",
    "optimizer memory": "chapters/questions#how-much-memory-does-adam-take",
    "adam vs sgd": "chapters/questions#adam-or-sgd",
    "sgd or adam": "chapters/questions#adam-or-sgd",
    "different from pytorch": "chapters/questions#why-does-my-adam-differ-from-the-library-s",
    "adam differs from pytorch": "chapters/questions#why-does-my-adam-differ-from-the-library-s",
    "adam does not match": "chapters/questions#why-does-my-adam-differ-from-the-library-s",
    "my adam does not converge": "chapters/bug_clinic",
    "v_dw": "notation",
    "s_dw": "notation",
    "α": "notation",
    "β₁": "notation",
    "β₂": "notation",
    "ε": "notation",
    "m̂": "notation",
    "v̂": "notation",
    "warm-up": "chapters/06_learning_rate_schedules#warm-up",
    "warmup": "chapters/06_learning_rate_schedules#warm-up",
    "편향": "chapters/04_adam#without-bias-correction-the-start-is-too-fast",
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
