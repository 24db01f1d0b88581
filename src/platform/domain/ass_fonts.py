"""Which font family draws which writing system: those of the folder ``fonts/``, and usual ones of the system.

libass finds a font by its name, and looks no further where the ffmpeg has no fontconfig. So every stretch of text
names the family that has its signs.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import scripts

REGULAR, HEAVY = "Noto Sans SemiBold", "Noto Sans ExtraBold"

# The first name in each file (``name`` table, number 1), as libass compares it.
SHIPPED: Mapping[str, str] = {
    scripts.LATIN: REGULAR,
    scripts.SYMBOLS: "DejaVu Sans",
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
