"""Lighter pages: what the theme brings for any site, and no page of this one can use, is left out of its files."""

import re

import tinycss2
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from rjsmin import jsmin
from sphinx.errors import ExtensionError

CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
WORD = re.compile(r'<span class="(\w+)">([^<]*)</span>')
NEIGHBOURS = re.compile(r"<(\w)((?: class=\w+)?)>([^<]*)</\1>(\s*)<\1\2>")
# The three commonest classes of coloured code have an element each, and need no class. custom.css makes them plain.
ELEMENTS = {"o": "i", "l": "b", "k": "u"}  # operators and texts, numbers, keywords

MARKUP = re.compile(r"""<script\b.*?</script>|<(?:"[^"]*"|'[^']*'|[^>"'])*>""", re.DOTALL)
SCRIPT = re.compile(r'<script[^>]* src="[^"]*?_static/([^"?]+)')
NAME = re.compile(r"[\w-]+")
ESCAPED = re.compile(r"\\(?:u[0-9a-f]{4}|[nrt])")  # the code of a widget stands as JSON in its page
# The theme's scripts know these parts, but only wake them where a page has one.
DORMANT = re.compile("alert|carousel|list-group|modal|offcanvas|popover|progress|toast|version-switcher")
REFERENCE = re.compile(r"var\(\s*(--[\w-]+)|animation(?:-name)?\s*:\s*([^;}]+)")
ICON = re.compile(r"\\([0-9a-f]{2,4})|([\ue000-\uf8ff])")


def book_pages(outdir):
    """Return the files of the book's own pages. The theme and JupyterLite bring others; slides have their own look."""
    others = outdir / "_static", outdir / "lite", outdir / "slides"
    return [page for page in sorted(outdir.rglob("*.html")) if not any(map(page.is_relative_to, others))]


def alike_colours(pygments):
    """Map each class of coloured code to the first that looks the same in both modes, or to "" if plain code does."""
    plain = tuple(re.findall(r"^html\S* \.highlight \{.*(color: #\w+) \}", pygments, re.MULTILINE))
    if len(plain) != 2:
        raise ExtensionError("pygments.css is not as expected: the colour of plain code, light and dark")
    looks = {}
    for name, style in re.findall(r"^html\S* \.highlight \.(\w+) \{ (.*?) \}", pygments, re.MULTILINE):
        looks.setdefault(name, []).append(style)
    first = {plain: ""}
    looks.pop("nf")  # the theme gives the name of a function a colour of its own
    return {name: first.setdefault(tuple(look), name) for name, look in looks.items()}


def lighten_code(page, alike):
    """Mark the words of a page's code in fewer letters: none that look like plain code, and neighbours as one."""

    def word(found):
        name = alike.get(found[1], found[1])
        if name in ELEMENTS:
            return f"<{ELEMENTS[name]}>{found[2]}</{ELEMENTS[name]}>"
        return f"<i class={name}>{found[2]}</i>" if name else found[2]

    def block(found):
        code, joined = WORD.sub(word, found[0]), 1
        while joined:
            code, joined = NEIGHBOURS.subn(r"<\1\2>\3\4", code)
        return code

    return CODE.sub(block, page)


def colour_elements(pygments):
    """Give the elements that stand for a class the colours of that class."""
    for name, element in ELEMENTS.items():
        pygments, count = re.subn(rf"(?m)^(html\S* \.highlight )\.{name}(?= \{{)", rf"\g<1>{element}", pygments)
        if count != 2:
            raise ExtensionError(f"pygments.css is not as expected: the colour of .{name}, light and dark")
    return pygments


def required(selector):
    """Yield the names that an element, or one around it, must have for a selector to match."""
    before = None
    for token in selector:
        if token.type == "hash" or (token.type == "ident" and before != ":"):
            yield from NAME.findall(token.value)
        elif token.type == "[] block":
            yield next(part.value for part in token.content if part.type == "ident")
        before = token.value if token.type == "literal" else None  # what stands in :not(...) is a block, and skipped


def selectors(prelude):
    """Split a list of selectors at its commas."""
    found = [[]]
    for token in prelude:
        if token == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def trim(rules, occurs, used):
    """Return the rules that can match where their names occur, without unused variables and animations."""
    kept = []
    for rule in rules:
        if rule.type == "error":
            raise ExtensionError(f"a stylesheet cannot be read: {rule.message}")
        if rule.type == "qualified-rule":
            matching = [one for one in selectors(rule.prelude) if all(map(occurs, required(one)))]
            declared = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
            if broken := [one for one in declared if one.type == "error"]:
                raise ExtensionError(f"a stylesheet cannot be read: {broken[0].message}")
            declared = [one for one in declared if not one.name.startswith("--") or one.name in used]
            if not matching or not declared:
                continue
            text = ",".join(tinycss2.serialize(one).strip() for one in matching)
            body = ";".join(one.serialize().rstrip(";") for one in declared)
            kept.append(f"{text}{{{body}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = trim(tinycss2.parse_rule_list(rule.content, True, True), occurs, used)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{''.join(inner)}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword.endswith("keyframes"):
            if NAME.search(tinycss2.serialize(rule.prelude))[0] in used:
                kept.append(rule.serialize())
        elif rule.type == "at-rule" or rule.value.startswith("!"):  # such a comment names the authors and the licence
            kept.append(rule.serialize())
    return kept


def trim_stylesheets(static, pages):
    """Leave out of every stylesheet what no page can use: a name must occur in some page or script."""
    markup = (part for page in pages for part in MARKUP.findall(page))
    names = {name for part in markup for name in NAME.findall(ESCAPED.sub(" ", part))}
    scripts = {static / path for page in pages for path in SCRIPT.findall(page)}
    added = {name for path in scripts for name in NAME.findall(path.read_text(encoding="utf-8"))}
    added = {name for name in added if not DORMANT.match(name)}
    names |= added
    joints = [name for name in added if len(name) > 2 and "-" in (name[0], name[-1])]  # "bs-", "-arrow"

    def occurs(name):
        for joint in joints:
            name = name.removeprefix(joint).removesuffix(joint)
        return name in names

    sheets = {path: path.read_text(encoding="utf-8") for path in static.rglob("*.css")}
    while True:  # what is left out may have been the only use of a variable
        references = " ".join(" ".join(found) for text in sheets.values() for found in REFERENCE.findall(text))
        used = names.union(NAME.findall(references))
        trimmed = {}
        for path, text in sheets.items():
            rules = tinycss2.parse_stylesheet(text, skip_whitespace=True)
            trimmed[path] = "\n".join(trim(rules, occurs, used)) + "\n"
        if trimmed == sheets:
            break
        sheets = trimmed
    for path, text in sheets.items():
        path.write_text(text, encoding="utf-8")


def lighten_script(text):
    """Leave out of a script comments and the room between words, but not its first comment: it may be a licence."""
    return jsmin(re.sub(r"\A/\*(?!!)", "/*!", text), keep_bang_comments=True)


def lighten_scripts(static):
    """Lighten the book's own scripts and Sphinx's. The theme's, in a folder of their own, are light."""
    for path in static.glob("*.js"):
        path.write_text(lighten_script(path.read_text(encoding="utf-8")), encoding="utf-8")


def cut_icons(static):
    """Leave out of the icon font what no stylesheet shows."""
    sheets = "".join(path.read_text(encoding="utf-8") for path in static.rglob("*.css"))
    shown = {int(code, 16) if code else ord(letter) for code, letter in ICON.findall(sheets)}
    for path in static.rglob("fa-solid-900.woff2"):
        save_subset(TTFont(path, recalcTimestamp=False), shown, path, hinting=True)


def save_subset(font, codes, path, hinting=False):
    """Write a font for the web with these characters alone. Its makers and its licence stay named in it."""
    options = Options()
    options.hinting = hinting
    options.layout_features = []  # no page turns any on
    options.name_IDs = ["*"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(path)
