"""QR codes on papers: drawn by segno (BSD licence), as a vector that any printer draws sharply.

segno writes the SVG itself, in pure Python, with nothing to install beside it; ISO/IEC 18004 is its whole subject.
"""

import io
from base64 import b64encode

import segno

from castres_portal.base.pdf import DRAWING

# 15 % of the code may be stained or folded and it is still read; the norm asks for four light modules all around.
ERROR_LEVEL, QUIET_ZONE = "m", 4
INK = "#0c2b45"
# Every reader knows the eight masks. Comparing them for each paper takes five times as long as the code itself, and addresses
# that differ by some digits, blurred and turned, were read as well under this one as under the one that the comparison chose.
MASK = 0


def qr_drawing(text: str) -> str:
    """Return a QR code that holds a text, as the address of a drawing that a paper may show."""
    drawing = io.BytesIO()
    code = segno.make(text, error=ERROR_LEVEL, micro=False, mask=MASK)
    code.save(drawing, kind="svg", border=QUIET_ZONE, dark=INK, xmldecl=False, svgclass=None, lineclass=None)
    return DRAWING + b64encode(drawing.getvalue()).decode()
