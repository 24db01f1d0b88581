"""Better punctuation and capitals without other words; pure.

A model that mends a text is tempted to mend what was said. So its text is taken only where the words, without
punctuation and capitals, are the same; each word then keeps its time and gets its new spelling.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import msgspec

from ...domain.transcript import Segment, Word

# Punctuation by Unicode, but words when they are said.
_SPOKEN = frozenset("%‰&@#§％＆＠＃")  # noqa: RUF001 full-width signs


def improved(segment: Segment, text: str, *, unspaced: bool) -> Segment | None:
    """Return the segment written as ``text``; None where that has other words.

    ``unspaced``: the language has no spaces between words, so its characters are compared.
    """
    text = unicodedata.normalize("NFC", text)
    if unspaced:
        return _by_characters(segment, text)
    tokens = _tokens(text)
    if not tokens or [_content(token) for token in tokens] != _contents(segment.text):
        return None
    words = _rewritten(segment.words, tokens)
    return None if words is None else msgspec.structs.replace(segment, text=" ".join(tokens), words=words)


def _rewritten(words: Sequence[Word], tokens: Sequence[str]) -> tuple[Word, ...] | None:
    """Return the words with the spelling of ``tokens``, None where they do not fit."""
    rewritten, at = [], 0
    for word in words:
        contents = _contents(word.text)
        taken = tokens[at : at + len(contents)]
        if not contents or [_content(token) for token in taken] != contents:
            return None
        rewritten.append(msgspec.structs.replace(word, text=" ".join(taken)))
        at += len(taken)
    return None if words and at < len(tokens) else tuple(rewritten)


def _by_characters(segment: Segment, text: str) -> Segment | None:
    if not _content(text) or _content(text) != _content(segment.text):
        return None
    words, at = [], 0
    for word in segment.words:
        wanted = _content(word.text)
        end = _end(text, at, len(wanted))
        if not wanted or _content(text[at:end]) != wanted:
            return None
        words.append(msgspec.structs.replace(word, text=text[at:end].strip()))
        at = end
    if segment.words and at < len(text):
        return None
    return msgspec.structs.replace(segment, text=text, words=tuple(words))


def _end(text: str, at: int, count: int) -> int:
    """Return the place after ``count`` characters that count, and after the punctuation that follows them."""
    while at < len(text) and (count or not _content(text[at])):
        count -= len(_content(text[at]))
        at += 1
    return at


def _tokens(text: str) -> list[str]:
    """Split at spaces; punctuation that stands alone stays with the word before it, or with the first one."""
    tokens: list[str] = []
    for token in text.split():
        if tokens and (not _content(token) or not _content(tokens[-1])):
            tokens[-1] += f" {token}"
        else:
            tokens.append(token)
    return tokens if tokens and _content(tokens[-1]) else []


def _contents(text: str) -> list[str]:
    return [content for token in text.split() if (content := _content(token))]


def _content(text: str) -> str:
    """Return what makes a word another word: letters, marks, digits and signs such as € or %, in one case."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(char for char in composed if char in _SPOKEN or unicodedata.category(char)[0] in "LMNS").casefold()
