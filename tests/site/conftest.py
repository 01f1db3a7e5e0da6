"""The pages of readers, used again: a new one costs as much as opening an address in it."""

import collections

import pytest

DESK = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "light", "has_touch": True}


@pytest.fixture(scope="session")
def readers():
    """Pages at rest, by the settings of their context."""
    return collections.defaultdict(list)


def lend(browser, readers, settings):
    """Lend a page as a new reader finds it. One that got a script or a clock of its own is `spent`, and goes."""
    at_rest = readers[str(settings)]
    page = at_rest.pop() if at_rest else browser.new_context(**settings).new_page()
    page.spent = False
    page.mouse.move(0, 0)
    yield page
    if page.spent:
        page.context.close()
        return
    page.evaluate("[localStorage, sessionStorage].forEach((kept) => kept.clear())")
    page.unroute_all()
    page.goto("about:blank")
    page.emulate_media(media="null", color_scheme="light")
    page.set_viewport_size(settings["viewport"])
    at_rest.append(page)


@pytest.fixture
def tab(browser, readers):
    """A page of a reader at a desk, for tests that press things."""
    yield from lend(browser, readers, DESK)


@pytest.fixture
def phone(browser, readers):
    """A page of a reader with a phone."""
    yield from lend(browser, readers, PHONE)


@pytest.fixture
def still(browser, readers):
    """A page of a reader who wants nothing to move."""
    yield from lend(browser, readers, {"viewport": {"width": 1280, "height": 1100}, "reduced_motion": "reduce"})
