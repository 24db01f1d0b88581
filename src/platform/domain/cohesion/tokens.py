"""Sentences as words that can be compared: without endings, without the words that every text has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

# Vowel signs and accents that stand as characters of their own belong to their word; \w leaves them out.
_MARKS = "".join(
    re.escape(sign) for sign in map(chr, range(0x300, 0xAC00)) if unicodedata.category(sign) in {"Mn", "Mc"}
)
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}\u200c\u200d]|['’\-.](?=[^\W_]))*")  # noqa: RUF001 - a typographic apostrophe
# Scripts without spaces between words: Thai and Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_PART = re.compile(rf"{_UNSPACED.pattern}|(?:(?!{_UNSPACED.pattern}).)+")
_BIGRAM = 2


class Lexicon(NamedTuple):
    """What is known of a language: words that say nothing of a topic, in lower case, and how endings are cut off."""

    stops: frozenset[str]
    stem: Callable[[str], str]


class Token(NamedTuple):
    """A word as it is written; ``terms`` are what it is compared by, none for a stop word.

    ``follows``: only white space parts it from the one before. A run of a script without spaces is one token, and its
    terms are its pairs of characters, which do as well as words for telling topics apart.
    """

    text: str
    terms: tuple[str, ...]
    follows: bool
    is_unspaced: bool = False


def read(text: str, lexicon: Lexicon) -> tuple[Token, ...]:
    """Return the words of ``text`` in order.

    >>> [token.terms for token in read("The wheels, of steel", Lexicon(frozenset({"the", "of"}), lambda w: w[:5]))]
    [(), ('wheel',), (), ('steel',)]
    """
    return tuple(_tokens(text, lexicon))


def is_unspaced(text: str) -> bool:
    """Return whether all of ``text`` is of a script without spaces between words."""
    return _UNSPACED.fullmatch(text) is not None


def _tokens(text: str, lexicon: Lexicon) -> Iterator[Token]:
    end = 0
    for found in _WORD.finditer(text):
        follows = end > 0 and not text[end : found.start()].strip()
        end = found.end()
        if _UNSPACED.search(found[0]) is None:
            yield Token(found[0], _term(found[0], lexicon), follows)
            continue
        for part in _PART.finditer(found[0]):
            yield _part(part[0], lexicon, follows=follows)
            follows = True


def _part(text: str, lexicon: Lexicon, *, follows: bool) -> Token:
    if _UNSPACED.match(text) is None:
        return Token(text, _term(text, lexicon), follows)
    return Token(text, tuple(_pairs(text, lexicon.stops)), follows, is_unspaced=True)


def _term(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    plain = word.casefold().replace("’", "'")  # noqa: RUF001 - as above
    # "history's" and "l'histoire": what stands at an apostrophe is no word of its own.
    plain = max(plain.split("'"), key=len)
    is_stop = plain in lexicon.stops or len(plain) < _BIGRAM
    return () if is_stop else (lexicon.stem(plain),)


def _pairs(run: str, stops: frozenset[str]) -> Iterator[str]:
    if len(run) < _BIGRAM and run not in stops:
        yield run
    for at in range(len(run) - 1):
        pair = run[at : at + _BIGRAM]
        if pair not in stops and pair[0] not in stops and pair[1] not in stops:
            yield pair
