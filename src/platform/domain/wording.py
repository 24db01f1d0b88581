"""Text as a string of words: cleaned, joined and cut in the way of its language."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from . import languages

# Control characters, halves of characters: what JSON in a database, XML and subtitles cannot hold.
_REMOVED = frozenset({"Cc", "Cs"})
_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！", "؟", "۔", "।")  # noqa: RUF001 - CJK, Arabic and Indic ones
_CLAUSE_ENDS = (",", ";", ":", "—", "–", "，", "、", "；", "：", "،", "؛")  # noqa: RUF001 - as above
_CLOSING = "\"'”’»)]」』）"  # noqa: RUF001 - as above


def clean(text: str) -> str:
    """Return the text on one line: white space as single spaces, no control characters, none at the ends."""
    kept = "".join(sign for sign in text if sign.isspace() or not _is_removed(sign))
    return " ".join(kept.split())


def _is_removed(sign: str) -> bool:
    return unicodedata.category(sign) in _REMOVED or ord(sign) & 0xFFFE == 0xFFFE  # the noncharacters …FFFE, …FFFF


def join(parts: Sequence[str], *, language: str | None) -> str:
    """Return the parts as one text, with spaces where the language writes them.

    Where it does not, Latin words and numbers still stand apart from each other:

    >>> join(["今天", "的", "machine", "learning", "课"], language="zh")
    '今天的machine learning课'
    """
    if not languages.is_unspaced(language):
        return " ".join(part for part in parts if part)
    text = ""
    for part in parts:
        text += f" {part}" if text and part and _are_latin(text[-1], part[0]) else part
    return text


def _are_latin(left: str, right: str) -> bool:
    return ord(left) < 0x2E80 and ord(right) < 0x2E80 and left.isascii() and right.isalnum() and right.isascii()


def slices(text: str, words: Sequence[str]) -> list[str] | None:
    """Cut ``text`` before each of ``words``, which it has in this order; nothing of it is lost.

    None where it does not have them so.

    >>> slices("Well, in 2014 it was", ["Well", "in", "it", "was"])
    ['Well, ', 'in 2014 ', 'it ', 'was']
    """
    starts: list[int] = []
    reached = 0
    for word in words:
        found = text.find(word, reached)
        if found < 0:
            return None
        starts.append(found)
        reached = found + len(word)
    edges = [0, *starts[1:], len(text)]
    return [text[left:right] for left, right in pairwise(edges)] if starts else None


def ends_sentence(text: str) -> bool:
    """Return whether the text closes a sentence."""
    return text.rstrip().rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def ends_clause(text: str) -> bool:
    """Return whether the text closes a sentence or a part of one."""
    return ends_sentence(text) or text.rstrip().rstrip(_CLOSING).endswith(_CLAUSE_ENDS)


def letters(text: str) -> str:
    """Return what is left of the text where marks, spaces and capitals make no difference.

    >>> letters("Well, in 2014")
    'wellin2014'
    """
    return "".join(sign for sign in text.casefold() if sign.isalnum())
