"""Titles as people type them."""

from __future__ import annotations

from ...errors import BadInput


def checked(typed: str) -> str:
    """Return the title on one line, without spaces around it.

    Raises:
        BadInput: nothing is left of it.
    """
    title = " ".join(typed.split())
    if not title:
        raise BadInput("A clip needs a title", hint="Write a few words that say what it is about.", field="title")
    return title
