"""Texts from a model as plain text that can be stored and shown; pure."""

from __future__ import annotations

import unicodedata

# Marks that turn the direction of what follows, also outside of the text: a page would show other things than it has.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def line(text: str, *, most: int = 5_000) -> str:
    """Return ``text`` as one line of at most ``most`` characters, without control characters."""
    return " ".join(_visible(text).split())[:most]


def paragraphs(text: str, *, most: int = 20_000) -> str:
    """Return ``text`` with its line breaks, at most ``most`` characters."""
    lines = [" ".join(_visible(each).split()) for each in text.splitlines()]
    return "\n".join(lines).strip()[:most]


def _visible(text: str) -> str:
    return "".join(" " if _hidden(char) else char for char in text)


def _hidden(char: str) -> bool:
    return char in _TURNING or unicodedata.category(char) in {"Cc", "Cs", "Cn", "Co"}
