"""Writing systems: which one a sign belongs to, under names that people use.

Source: Unicode Standard, "Blocks.txt" and "Scripts.txt", cut down to the languages that speech engines know.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator

LATIN = "Latin"  # with Greek and Cyrillic, digits and punctuation: what any font for Latin draws
SYMBOLS = "symbols"
EMOJI = "emoji"
CHINESE, JAPANESE, KOREAN = "Chinese", "Japanese", "Korean"
RIGHT_TO_LEFT = frozenset({"Arabic", "Hebrew", "Syriac", "Thaana", "N'Ko"})

# Where each stretch begins, and whose it is; up to the next row.
_STRETCHES: tuple[tuple[int, str], ...] = (
    (0x0000, LATIN),
    (0x0530, "Armenian"),
    (0x0590, "Hebrew"),
    (0x0600, "Arabic"),
    (0x0700, "Syriac"),
    (0x0750, "Arabic"),
    (0x0780, "Thaana"),
    (0x07C0, "N'Ko"),
    (0x0860, "Arabic"),
    (0x0900, "Devanagari"),
    (0x0980, "Bengali"),
    (0x0A00, "Gurmukhi"),
    (0x0A80, "Gujarati"),
    (0x0B00, "Odia"),
    (0x0B80, "Tamil"),
    (0x0C00, "Telugu"),
    (0x0C80, "Kannada"),
    (0x0D00, "Malayalam"),
    (0x0D80, "Sinhala"),
    (0x0E00, "Thai"),
    (0x0E80, "Lao"),
    (0x0F00, "Tibetan"),
    (0x1000, "Burmese"),
    (0x10A0, "Georgian"),
    (0x1100, KOREAN),
    (0x1200, "Ethiopic"),
    (0x13A0, SYMBOLS),
    (0x1780, "Khmer"),
    (0x1800, "Mongolian"),
    (0x18B0, SYMBOLS),
    (0x1C80, LATIN),
    (0x1C90, "Georgian"),
    (0x1CC0, SYMBOLS),
    (0x1D00, LATIN),
    (0x20D0, SYMBOLS),
    (0x2100, LATIN),
    (0x2150, SYMBOLS),
    (0x2C60, LATIN),
    (0x2C80, SYMBOLS),
    (0x2DE0, LATIN),
    (0x2E80, CHINESE),
    (0x3040, JAPANESE),
    (0x3100, CHINESE),
    (0x3130, KOREAN),
    (0x3190, CHINESE),
    (0x31F0, JAPANESE),
    (0x3200, CHINESE),
    (0xA000, SYMBOLS),
    (0xA640, LATIN),
    (0xA830, SYMBOLS),
    (0xA8E0, "Devanagari"),
    (0xA900, SYMBOLS),
    (0xA960, KOREAN),
    (0xA980, SYMBOLS),
    (0xAA60, "Burmese"),
    (0xAA80, SYMBOLS),
    (0xAB00, "Ethiopic"),
    (0xAB30, LATIN),
    (0xAB70, SYMBOLS),
    (0xAC00, KOREAN),
    (0xD800, SYMBOLS),
    (0xF900, CHINESE),
    (0xFB00, LATIN),
    (0xFB10, "Armenian"),
    (0xFB1D, "Hebrew"),
    (0xFB50, "Arabic"),
    (0xFE10, CHINESE),
    (0xFE20, LATIN),
    (0xFE30, CHINESE),
    (0xFE70, "Arabic"),
    (0xFF00, CHINESE),
    (0xFF66, JAPANESE),
    (0xFFA0, KOREAN),
    (0xFFE0, CHINESE),
    (0xFFF0, SYMBOLS),
    (0x1F000, EMOJI),
    (0x1FB00, SYMBOLS),
    (0x20000, CHINESE),
    (0xE0000, SYMBOLS),
)
_BEGINS = [begin for begin, _ in _STRETCHES]
_HAN = {"zh": CHINESE, "yue": CHINESE, "ja": JAPANESE, "ko": KOREAN}
_JOINERS = "\u200c\u200d"


def of(sign: str) -> str:
    """Return the writing system of one sign.

    >>> of("ж"), of("ש"), of("今")
    ('Latin', 'Hebrew', 'Chinese')
    """
    return _STRETCHES[bisect_right(_BEGINS, ord(sign)) - 1][1]


def runs(text: str, *, han: str = CHINESE) -> Iterator[tuple[str, str]]:
    """Yield the text in stretches of one writing system, each with its name, in order.

    Spaces, joiners and marks go with what is before them. ``han``: whose Chinese characters they are (see ``han_of``).
    """
    run, begin = "", 0
    for at, sign in enumerate(text):
        here = of(sign)
        here = han if here == CHINESE else here
        if run and here != run and not _goes_with(sign):
            yield run, text[begin:at]
            begin = at
            run = here
        run = run or here
    if text:
        yield run, text[begin:]


def used(text: str, *, language: str | None = None) -> tuple[str, ...]:
    """Return the names of all writing systems in the text, in the order of their first signs."""
    return tuple(dict.fromkeys(run for run, _ in runs(text, han=han_of(text, language))))


def han_of(text: str, language: str | None) -> str:
    """Return whose Chinese characters they are in a text: Japanese and Korean write some of them in their own way."""
    code = (language or "").partition("-")[0].lower()
    if code in _HAN:
        return _HAN[code]
    kinds = {of(sign) for sign in text}
    return next((kind for kind in (JAPANESE, KOREAN) if kind in kinds), CHINESE)


def _goes_with(sign: str) -> bool:
    return sign.isspace() or sign in _JOINERS or unicodedata.category(sign)[0] == "M"
