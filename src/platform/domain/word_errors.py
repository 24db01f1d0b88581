"""Word error rate: how many words are wrong, missing or too many, after the normalisation that Whisper's authors use.

Source: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", appendix C: English has its own
normaliser (numbers, spellings, contractions, "uh"), all other languages lose case, punctuation and marks, and those
that are written without spaces are compared character by character.

The libraries (``jiwer``, ``whisper-normalizer``) are no part of the program itself, so they are imported when needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from functools import cache

import msgspec

# As in the paper; there are no words to count without spaces. (yue: Cantonese)
BY_CHARACTER = frozenset({"zh", "yue", "ja", "th", "lo", "my"})


class WordErrors(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of words (characters in the languages of ``BY_CHARACTER``); ``words`` is how many the reference has."""

    words: int
    wrong: int
    missing: int
    extra: int

    @property
    def rate(self) -> float:
        """Return errors per word of the reference; where it has none, 1 if anything was heard.

        >>> WordErrors(words=4, wrong=1, missing=0, extra=1).rate
        0.5
        >>> WordErrors(words=0, wrong=0, missing=0, extra=3).rate
        1.0
        """
        errors = self.wrong + self.missing + self.extra
        return errors / self.words if self.words else float(errors > 0)


def compare(reference: str, found: str, *, language: str | None) -> WordErrors:
    """Count the errors of ``found`` in the best alignment; ``language`` (ISO 639-1) chooses the normaliser."""
    true, heard = normalised(reference, language), normalised(found, language)
    if not true or not heard:
        return WordErrors(words=len(true.split()), wrong=0, missing=len(true.split()), extra=len(heard.split()))
    import jiwer

    counted = jiwer.process_words(true, heard)
    return WordErrors(
        words=len(true.split()), wrong=counted.substitutions, missing=counted.deletions, extra=counted.insertions
    )


def together(errors: Iterable[WordErrors]) -> WordErrors:
    """Return the counts of all, so that the rate weighs each word alike, not each recording."""
    known = list(errors)
    return WordErrors(
        words=sum(one.words for one in known),
        wrong=sum(one.wrong for one in known),
        missing=sum(one.missing for one in known),
        extra=sum(one.extra for one in known),
    )


def normalised(text: str, language: str | None) -> str:
    """Return the words that count, with one space between them.

    >>> normalised("Mr. Park paid $20 for twenty-one colours, uh, didn't he?", "en")
    'mister park paid $20 for 21 colors did not he'
    >>> normalised("Ça va, 20 €?", "fr")
    'ça va 20'
    """
    if language == "en":
        return " ".join(_english()(text).split())
    return " ".join(_basic(by_character=language in BY_CHARACTER)(text).split())


@cache
def _english() -> Callable[[str], str]:
    with warnings.catch_warnings():
        # The package has escape sequences that newer Pythons warn of when they compile it.
        warnings.simplefilter("ignore")
        from whisper_normalizer.english import EnglishTextNormalizer
    normalise: Callable[[str], str] = EnglishTextNormalizer()
    return normalise


@cache
def _basic(*, by_character: bool) -> Callable[[str], str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        from whisper_normalizer.basic import BasicTextNormalizer
    normalise: Callable[[str], str] = BasicTextNormalizer(split_letters=by_character)
    return normalise
