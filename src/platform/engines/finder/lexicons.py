"""What is known of a language: its stop words (stopwords-iso) and its endings (Snowball)."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable
from functools import cache

import snowballstemmer  # type: ignore[import-untyped]  # it has no types
import stopwordsiso

from ...domain.cohesion.tokens import Lexicon

_STEMMERS = {
    **{"ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech", "da": "danish"},
    **{"nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish", "fr": "french"},
    **{"de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian", "ga": "irish"},
    **{"it": "italian", "lt": "lithuanian", "ne": "nepali", "no": "norwegian", "nn": "norwegian", "fa": "persian"},
    **{"pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish"},
    **{"sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish"},
}
# Lists under the code of a language that is close enough.
_LISTS = {"nn": "no", "yue": "zh", "jw": "id", "su": "id", "bs": "hr", "sr": "hr"}
# Endings of unknown languages are cut off by the length that is left: Czech and Finnish words change from the sixth on.
_STEM_CHARACTERS = 6
# A search engine leaves these out, but people give lectures about them.
_SUBJECTS = """
    bill cause causes changes computer copy fire html http index information interest invention line member members
    microsoft mill mine netscape novel order page pages research ring room rooms site state states system test text
    value volume webpage website world
"""
# What is said and seldom written, so that no list has it.
_SPOKEN = {
    "en": """yeah yep gonna gotta wanna kinda sorta stuff lot lots guy guys uh um hmm mm ah oh huh cool folks bit day
        time talk talking talked happen thing thank hey sort pretty tell told saying feel"""
}
_LETTERS = re.compile(r"[^\W\d_]+")
_SAMPLE_WORDS = 3_000


@cache
def lexicon(language: str | None) -> Lexicon:
    """Return what is known of ``language`` (ISO 639-1); of an unknown one its words are cut to a length."""
    name = _STEMMERS.get(language or "")
    return Lexicon(_stops(language or ""), _remembering(name) if name else _shortened)


def guessed(texts: Iterable[str]) -> str | None:
    """Return the language most of whose stop words ``texts`` have, None where none is likely.

    A list of many words hits more by chance, so each hit counts by its length of list.
    """
    words = list(
        itertools.islice((word for text in texts for word in _LETTERS.findall(text.casefold())), _SAMPLE_WORDS)
    )
    if not words:
        return None
    hits = {language: _share(words, language) for language in sorted(stopwordsiso.langs())}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] > 0 else None


def _share(words: list[str], language: str) -> float:
    stops = _stops(language)
    return sum(word in stops for word in words) / math.sqrt(math.sqrt(len(stops)))


def _stops(language: str) -> frozenset[str]:
    code = _LISTS.get(language, language)
    words = frozenset(stopwordsiso.stopwords(code)) if stopwordsiso.has_lang(code) else frozenset()
    plain = {word.casefold() for word in words}
    subjects = _SUBJECTS.split() if code == "en" else ()
    return frozenset(plain.difference(subjects)) | frozenset(_SPOKEN.get(code, "").split())


def _remembering(name: str) -> Callable[[str], str]:
    stemmer = snowballstemmer.stemmer(name)
    return cache(lambda word: str(stemmer.stemWord(word)))


def _shortened(word: str) -> str:
    return word[:_STEM_CHARACTERS]
