"""What the site adds to its theme: one extension, whose steps follow each other in this order.

A step is a module beside this one with a setup() of its own. What it does to a finished page or to the finished site it
does LATE, after the theme and every other extension, and after the steps above it here.
"""

LATE = 900
STEPS = [
    "solutions",  # has the setting hide_solutions, which others read
    "native_maths",
    "live_widgets",
    "figures_in_view",
    "live_sentences",  # speak to the widgets; a slide has the words alone
    "answers",
    "launch_buttons",
    "own_wheel",
    "quiz_files",
    "head",
    "search_words",
    "book_site",  # mends the pages and trims the theme's files
    "slides",  # decks are no pages of the book, and must not be there when those are mended
    "lite_pages",  # takes the wheel; its button comes first on a page
]


def setup(app):
    for step in STEPS:
        app.setup_extension(step)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
