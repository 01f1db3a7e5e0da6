"""Questions that take an answer on their page: "Predict." in a chapter, and the quiz. Without the script: lists.

    **Predict.** Which line is the smoothest?        **What happened.** The line at 0.98 is.

    - (a) beta = 0.5
    - (b) beta = 0.98

A question of the quiz stands in a section with its folded solution, which begins `# Solution 1` and, below it, `# (b)`:
JupyterLab shows the first line of a folded cell.
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

from page_files import load_where

SOLUTION = re.compile(r"# Solution \d+\n# \([a-d]\)")


def begins(node, words):
    """Say whether a node is a paragraph that begins with these words in bold."""
    bold = node.next_node(nodes.strong) if isinstance(node, nodes.paragraph) else None
    return bold is not None and bold.astext() == words and node.astext().startswith(words)


def is_choices(node):
    """Say whether a node is a list of (a), (b), ..."""
    letters = [item.astext()[:4] for item in node] if isinstance(node, nodes.bullet_list) else []
    return len(letters) > 1 and letters == [f"({letter}) " for letter in "abcde"[: len(letters)]]


class Recognise(SphinxTransform):
    """Mark the choices, and what stands beside them."""

    default_priority = 880

    def apply(self):
        found = list(filter(is_choices, self.document.findall(nodes.bullet_list)))
        for choices in found:
            above = choices.parent.index(choices) - 1
            solved = any(SOLUTION.match(code.astext()) for code in choices.parent.findall(nodes.literal_block))
            if solved or (above >= 0 and begins(choices.parent[above], "Predict.")):
                choices["classes"] += ["choices", "choices-checked"] if solved else ["choices"]
        if found:
            for paragraph in self.document.findall(nodes.paragraph):
                if begins(paragraph, "What happened."):
                    paragraph["classes"].append("what-happened")


def asks(app, pagename, doctree):
    """Say whether a page has choices."""
    return any("choices" in found["classes"] for found in doctree.findall(nodes.bullet_list))


def setup(app):
    app.add_transform(Recognise)
    load_where(app, __file__, asks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
