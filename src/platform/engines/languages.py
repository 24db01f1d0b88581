"""Which languages the engines know, and what a request means by a language."""

from __future__ import annotations

ENGLISH = frozenset({"en"})

# Mostly ISO 639-1, as Whisper spells them; a test compares the list with faster-whisper's.
_WHISPER = """
    af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht
    hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps
    pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh yue
"""
WHISPER = frozenset(_WHISPER.split())

# Written without spaces between words; Whisper times their characters.
UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "my"})


def base(language: str | None) -> str | None:
    """Return the language without its region, in lower case; None stays None (detect it).

    >>> base("en-US")
    'en'
    """
    return language.replace("_", "-").split("-")[0].lower() if language else None
