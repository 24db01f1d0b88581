"""Sounds that fill a pause while somebody thinks: "um", "äh", "euh"."""

from __future__ import annotations

import re
import unicodedata

# By language (ISO 639-1): what such a sound is written like, drawn out or not. Sources: Clark and Fox Tree, "Using uh
# and um in spontaneous speaking", Cognition 84 (2002), on other languages; the transliteration rules of Verbmobil,
# "Filled pauses". Left out is what is also a word: German and French "eh", Spanish "este", Portuguese "um",
# Japanese "あの", Chinese "嗯".
_PATTERNS = {
    "cs": r"e+h+m*|é{2,}|h+m+",
    "da": r"e+h+m*|ø+h+m*|ø{2,}|h+m+",
    "de": r"ä+h+m*|ä+m+|ö+h+m*|e+h+m+|h+m+",
    "en": r"u+h+m*|u+m+|e+rm+|er|h+m+",
    "es": r"e+h+m*|e+m+|m{2,}",
    "fi": r"ö{2,}h*m*|ö+h+m*|h+m+",
    "fr": r"e+u+h+m*|h+e+u+|h+u+m+",
    "hu": r"ö{2,}|ö+h*m+|h+m+",
    "it": r"e+h+m+|u+h+m+|m{2,}",
    "ja": r"え[ーえ]+と?|えっと|あのー+|んー+",
    "ko": r"음+|어{2,}",
    "nl": r"u+h+m*|e+h+m*|h+m+",
    "no": r"e+h+m*|ø+h+m*|ø{2,}|h+m+",
    "pl": r"y{2,}m*|e{2,}|e+m+|h+m+",
    "pt": r"e+h+m*|é+h+|h+u+m+|a+h+n+",
    "ru": r"э+м*|м{2,}|хм+",
    "sv": r"e+h+m*|ä+h+m*|ö+h+m*|h+m+",
    "tr": r"ı{2,}|e{2,}|h+m+",  # noqa: RUF001 - a Turkish letter
    "uk": r"е{2,}м*|м{2,}|хм+",  # noqa: RUF001 - Cyrillic letters
    "zh": r"呃+",
}
_SAME = {"nb": "no", "nn": "no"}
_COMPILED = {language: re.compile(pattern) for language, pattern in _PATTERNS.items()}
# With one of these it is said to somebody: "Hm?", "¿Eh?"
_MEANT = frozenset("?!¿¡？！")  # noqa: RUF001 - the wide marks of Chinese and Japanese


def is_filler(text: str, language: str | None) -> bool:
    """Return whether a word only fills a pause; in a language that is not in the table none does.

    >>> is_filler("Ummm,", "en-US"), is_filler("um", "de"), is_filler("Äh …", "de"), is_filler("Hm?", "en")
    (True, False, True, False)
    """
    code = (language or "").replace("_", "-").split("-")[0].lower()
    known = _COMPILED.get(_SAME.get(code, code))
    if known is None or not _MEANT.isdisjoint(text):
        return False
    letters = "".join(sign for sign in unicodedata.normalize("NFC", text.lower()) if sign.isalpha() or sign == "ー")
    return known.fullmatch(letters) is not None
