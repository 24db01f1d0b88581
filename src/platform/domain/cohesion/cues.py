"""Words that show the joints of a talk: where something new begins, what leans on the sentence before, what weighs.

Short lists for the languages most spoken; in others the words themselves, pauses and speakers must do.
"""

from __future__ import annotations

import re
from functools import cache

from .cue_words import CUES, Cue

_AT_START: frozenset[Cue] = frozenset({"opening", "leaning", "filling", "hanging", "breaking"})
_PARTING: tuple[Cue, ...] = ("hanging", "leaning", "filling", "breaking")
_UNSPACED = frozenset({"zh", "ja"})


def has(cue: Cue, text: str, language: str | None) -> bool:
    """Return whether ``text`` has such a word: "opening" and "leaning" ones at its beginning.

    >>> has("leaning", "And they followed them.", "en"), has("opening", "And they followed them.", "en")
    (True, False)
    """
    pattern = _pattern(cue, "zh" if language == "yue" else language or "")
    return pattern is not None and pattern.search(text) is not None


def begins_a_part(word: str, language: str | None) -> bool:
    """Return whether a phrase is over where ``word`` comes: "that", "in", "and", but not "part" or "very".

    In a language without lists every word that is no topic does.
    """
    return language not in CUES or any(has(cue, word, language) for cue in _PARTING)


def without_filling(text: str, language: str | None) -> str:
    """Return ``text`` from the first word on that says something.

    >>> without_filling("Okay, so now the answer is four.", "en")
    'the answer is four.'
    """
    pattern = _pattern("filling", "zh" if language == "yue" else language or "")
    while pattern is not None and (found := pattern.match(text)):
        rest = text[found.end() :].lstrip(" ,.…、，-–—")  # noqa: RUF001 - full-width comma
        if not rest:
            break
        text = rest
    return text


# What may stand inside of a name: "the art of printing".
_JOINING = {
    "en": "of the a an",
    "de": "der des von dem den",
    "fr": "de du des d la le l les",
    "es": "de del la las el los",
    "it": "di del della dei delle d la il",
    "pt": "de do da dos das",
    "nl": "van de het der",
}


# Endings of words that name nothing: adverbs, and verbs in the past.
_NAMELESS = {
    "en": ("ly", "ed"),
    "de": ("lich", "weise"),
    "fr": ("ment", "er"),
    "es": ("mente", "ar", "ando"),
    "it": ("mente", "are", "ando"),
    "pt": ("mente", "ar", "ando"),
}


def names_nothing(word: str, language: str | None) -> bool:
    """Return whether the one word ``word`` is likely no name of a thing."""
    return word.casefold().endswith(_NAMELESS.get(language or "", ())) or word.isdecimal()


def joins(words: tuple[str, ...], language: str | None) -> bool:
    """Return whether ``words`` between two others make one name of them."""
    known = _JOINING.get(language or "", "").split()
    return all(word.casefold() in known for word in words)


@cache
def _pattern(cue: Cue, language: str) -> re.Pattern[str] | None:
    known = CUES.get(language)
    if known is None or cue not in known:
        return None
    is_spaced = language not in _UNSPACED
    start = r"^\W*" if cue in _AT_START else (r"(?<!\w)" if is_spaced else "")
    end = r"(?!\w)" if is_spaced else ""
    return re.compile(rf"{start}(?:{known[cue]}){end}", re.IGNORECASE)
