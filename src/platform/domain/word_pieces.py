"""A line in its smallest pieces: words, or signs where a language writes no spaces; and words made of them again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from . import languages, scripts, subtitle_tokens, wording

MOST_SIGNS = 200  # of a word, as ``clips.ClipWord`` has it
# Written without spaces, of which each sign is compared by itself; the first two are read sign by sign as well.
_BY_SIGN = frozenset({scripts.CHINESE, scripts.JAPANESE})
_UNSPACED = _BY_SIGN | {"Thai", "Lao", "Khmer", "Burmese", "Tibetan"}
_OPENING = frozenset({"Ps", "Pi"})


class Piece(msgspec.Struct, frozen=True):
    """A part of a line: its text, and where that begins and ends."""

    start: int
    end: int
    text: str


def spelled(text: str, language: str | None) -> str:
    """Return a word as it is stored: on one line; without spaces between words, one that was written after it counts.

    >>> spelled(" so  be ", "en"), spelled("ครับ ", "th")
    ('so be', 'ครับ ')
    """
    clean = wording.clean(text)
    is_parted = clean and text[-1:].isspace() and languages.is_unspaced(language)
    return f"{clean} " if is_parted else clean


def pieces_of(text: str, language: str | None) -> list[Piece]:
    """Return the smallest parts that are compared, none with a space."""
    found: list[Piece] = []
    for run in re.finditer(r"\S+", text):
        parts = _parts(run[0]) if languages.is_unspaced(language) else [run[0]]
        at = run.start()
        for part in parts:
            found.append(Piece(at, at + len(part), part))
            at += len(part)
    return found


def _parts(run: str) -> Iterator[str]:
    """Yield each sign of a writing system without spaces and each mark, and the words of the others."""
    for _, group in groupby(enumerate(subtitle_tokens.signs(run)), key=lambda item: _stands_with(*item)):
        yield "".join(sign for _, sign in group)


def _stands_with(number: int, sign: str) -> int:
    return -1 if sign[0].isalnum() and _script(sign) not in _UNSPACED else number


def _script(sign: str) -> str:
    return scripts.of(sign[0])


def words_of(text: str, pieces: Sequence[Piece], language: str | None) -> Iterator[list[Piece]]:
    """Yield the pieces of each new word; signs of Thai and its like stay together, as nobody knows its words here."""
    word: list[Piece] = []
    for piece in pieces:
        if word and (_is_apart(text, word[-1], piece, language) or piece.end - word[0].start > MOST_SIGNS // 2):
            yield word
            word = []
        word.append(piece)
    if word:
        yield word


def _is_apart(text: str, left: Piece, right: Piece, language: str | None) -> bool:
    if not languages.is_unspaced(language) or text[left.end : right.start]:
        return True
    if unicodedata.category(left.text[-1]) in _OPENING:
        return False
    kind = unicodedata.category(right.text[0])
    if kind[0] == "P" and kind not in _OPENING:
        return False
    return _script(left.text) in _BY_SIGN or _script(left.text) != _script(right.text)


def written(text: str, word: Sequence[Piece], language: str | None) -> str:
    """Return the pieces of a word as it is stored, with the space after it where that counts."""
    start, end = word[0].start, word[-1].end
    space = " " if text[end : end + 1].isspace() else ""
    return spelled(text[start : min(end, start + MOST_SIGNS - 1)] + space, language)
