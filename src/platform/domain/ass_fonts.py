"""Which font family draws which writing system: those of the folder ``fonts/``, and usual ones of the system.

libass finds a font by its name, and looks no further where the ffmpeg has no fontconfig. So every stretch of text
names the family that has its signs.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import scripts

REGULAR, HEAVY = "Noto Sans SemiBold", "Noto Sans ExtraBold"

# The first name in each file (``name`` table, number 1), as libass compares it; by these it finds no other weight.
SHIPPED: Mapping[str, str] = {
    scripts.LATIN: REGULAR,
    scripts.SYMBOLS: "DejaVu Sans Bold",  # its full name: the family has other weights on most systems
    "Arabic": "Noto Sans Arabic SemBd",
    "Hebrew": "Noto Sans Hebrew SemBd",
    "Armenian": "Noto Sans Armenian SemiBold",
    "Georgian": "Noto Sans Georgian SemBd",
    "Devanagari": "Noto Sans Devanagari SemiBold",
    "Bengali": "Noto Sans Bengali SemiBold",
    "Tamil": "Noto Sans Tamil SemiBold",
    "Telugu": "Noto Sans Telugu SemiBold",
    "Kannada": "Noto Sans Kannada SemiBold",
    "Malayalam": "Noto Sans Malayalam SemiBold",
    "Gujarati": "Noto Sans Gujarati SemiBold",
    "Gurmukhi": "Noto Sans Gurmukhi SemiBold",
    "Thai": "Noto Sans Thai SemBd",
    "Lao": "Noto Sans Lao SemBd",
}
# Debian's fonts-noto-cjk and fonts-noto-core, which most systems know under these names.
USUAL: Mapping[str, str] = {
    scripts.CHINESE: "Noto Sans CJK SC",
    scripts.JAPANESE: "Noto Sans CJK JP",
    scripts.KOREAN: "Noto Sans CJK KR",
    "Sinhala": "Noto Sans Sinhala",
    "Khmer": "Noto Sans Khmer",
    "Burmese": "Noto Sans Myanmar",
    "Ethiopic": "Noto Sans Ethiopic",
    "Tibetan": "Noto Serif Tibetan",
    "Odia": "Noto Sans Oriya",
}
FAMILIES: Mapping[str, str] = {**USUAL, **SHIPPED}

# libass makes a font as high as its ascenders and descenders together, which differ: this evens the letters out.
# From the ``OS/2`` tables: usWinAscent + usWinDescent as a part of Noto Sans' 1.362 em (a little less in Arabic and
# Burmese, whose lines would stand far apart).
_SCALES = {
    scripts.SYMBOLS: 0.86,
    "Arabic": 1.42,
    "Burmese": 1.42,
    "Lao": 1.20,
    "Thai": 1.11,
    "Tamil": 0.91,
    "Malayalam": 0.92,
    scripts.CHINESE: 1.06,
    scripts.JAPANESE: 1.06,
    scripts.KOREAN: 1.06,
}


def scale(script: str) -> float:
    """Return by how much the size of a writing system's font must differ from that of Latin to look as large."""
    return _SCALES.get(script, 1.0)
