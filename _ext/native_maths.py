"""Formulas as MathML, written while the site is built: a page needs no script to show them, only a font.

math-core writes the part of MathML that browsers agree on, with TeX's spacing, and refuses what it does not know.
"""

import re
from functools import cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from unicodedata import decomposition

from docutils import nodes
from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

from lighten import save_subset

log = logging.getLogger(__name__)
converter = LatexToMathML(fancy_error=False)

FONT = (
    Path(find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
)  # has the table that MathML is laid out by
FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
# amsmath's \dots rises to the middle between signs; math-core keeps it on the line.
RAISED_DOTS = re.compile(r"\\dots(?=\s*[-+=<>])")
MENDED = {
    # math-core writes a box as an element that only Firefox draws. custom.css draws this one everywhere.
    '<menclose notation="box">': '<mrow class="boxed">',
    "</menclose>": "</mrow>",
    # The font's prime is made to stand beside a letter. Raised as an exponent it would be tiny and far above.
    "<msup>(<mi>.</mi>)<mo>([′″])</mo></msup>": r'\1<mo lspace="0" rspace="0">\2</mo>',
    "0.16666667em": ".1667em",  # the space \,
}
ROOT_WIDTH = 900  # thousandths of the letters' size; the font's own root signs measure 794 to 1212
# A browser slants a letter alone in its <mi> by showing another character, and the font must have that one.
SLANTED = {
    chr(int(decomposition(slanted).split()[1], 16)): slanted
    for slanted in map(chr, [*range(0x1D434, 0x1D455), *range(0x1D456, 0x1D468), *range(0x1D6E2, 0x1D71C), 0x210E])
}


@cache
def mathml(tex, display):
    """Return a formula as MathML. Raise LatexError where it is not understood."""
    text = converter.convert_with_local_state(RAISED_DOTS.sub(r"\\cdots", tex), displaystyle=display)
    for theirs, ours in MENDED.items():
        text = re.sub(theirs, ours, text)
    return text


def visit_formula(translator, node):
    display = isinstance(node, nodes.math_block)
    try:
        text = mathml(node.astext().strip(), display)
    except LatexError as error:
        log.warning("formula not understood: %s: %s", node.astext(), error, location=node)
        text = ""
    if display:
        text = translator.starttag(node, "div", "", CLASS="math") + text + "</div>\n"
    translator.body.append(text)
    raise nodes.SkipNode


def characters(pages):
    """Return every character that the formulas of these pages may show."""
    shown = {unescape(re.sub("<[^>]*>", "", formula)) for page in pages for formula in FORMULA.findall(page)}
    plain = set("√").union(*shown)  # no page says it: a browser draws it for an <msqrt>
    return plain | {SLANTED[letter] for letter in plain & SLANTED.keys()}


def narrow_stretched_signs(font):
    """Make the shapes of a stretched sign about equally wide.

    A browser reserves the width of the widest shape, whichever it draws, and the rest would show as a gap after a root
    or a bracket. Of a sign that can be put together from pieces, no shape wider than the pieces is needed.
    """
    variants, widths = font["MATH"].table.MathVariants, font["hmtx"].metrics
    for name, shapes in zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction):
        if not shapes.GlyphAssembly:
            continue
        pieces = [piece.glyph for piece in shapes.GlyphAssembly.PartRecords]
        records = shapes.MathGlyphVariantRecord
        if name == font.getBestCmap()[ord("√")]:
            for glyph in {record.VariantGlyph for record in records} | set(pieces):
                stretch(font, glyph, ROOT_WIDTH / widths[glyph][0])
        widest = max(widths[glyph][0] for glyph in pieces)
        shapes.MathGlyphVariantRecord = [record for record in records if widths[record.VariantGlyph][0] <= widest]


def stretch(font, glyph, factor):
    """Make a glyph wider or narrower."""
    width, bearing = font["hmtx"].metrics[glyph]
    font["hmtx"].metrics[glyph] = round(width * factor), round(bearing * factor)
    outline = font["glyf"][glyph]
    outline.coordinates.scale((factor, 1))
    outline.recalcBounds(font["glyf"])


def write_font(pages, target):
    """Write the maths font, cut to what these pages show."""
    font = TTFont(FONT, recalcTimestamp=False)
    for table in font["cmap"].tables:  # the font's own slanted v could be an upsilon; its other one is pointed
        table.cmap.update({code: "u1D463.alt" for code in table.cmap if code == ord("𝑣")})
    narrow_stretched_signs(font)
    save_subset(font, map(ord, characters(pages)), target)


def setup(app):
    app.add_html_math_renderer("mathml", (visit_formula, None), (visit_formula, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
