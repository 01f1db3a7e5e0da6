"""What the tests of the explorers do on a page: wait for a frame, read and set what a widget holds, use a finger."""


def number(text):
    return float(text.replace("−", "-").replace("∞", "inf").replace("not a number", "nan"))


def painted(page):
    """Wait until what was asked for is drawn: a change is drawn in the next frame, which is over when another begins."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def trait(page, name):
    return page.evaluate("(name) => document.querySelector('live-widget').model.get(name)", name)


def put(page, **traits):
    page.evaluate("(traits) => { document.querySelector('live-widget').model.set(traits); }", traits)
    painted(page)


def finger(page, places):
    """Move one finger over the screen as a phone reports it; the browser may scroll by it."""
    touch = page.context.new_cdp_session(page)
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(places) - 1)], places, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        painted(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    painted(page)
