"""What is wrong with a value, in words for whoever sent it."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

# What msgspec says, and what we say.
_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Expected `str` of length >= (\d+)", r"Must have at least \1 characters."),
        (r"Expected `str` of length <= (\d+)", r"Must have at most \1 characters."),
        (r"Expected `array` of length >= (\d+)", r"Must have at least \1 items."),
        (r"Expected `array` of length <= (\d+)", r"Must have at most \1 items."),
        (r"Expected `(?:int|float)` >= (\S+)", r"Must be at least \1."),
        (r"Expected `(?:int|float)` <= (\S+)", r"Must be at most \1."),
        (r"Object contains unknown field `(.*)`", r"The field '\1' is not known."),
    )
)
_NO_CHOICE = "Invalid enum value"


def said(message: str, kind: Any) -> str:
    """Return msgspec's ``message`` about a value of ``kind`` in plain words.

    >>> said("Expected `int` <= 100", int), said("Invalid enum value 'x'", Literal["a", "b"] | None)
    ('Must be at most 100.', 'Must be one of: a, b.')
    """
    if message.startswith(_NO_CHOICE):
        known = ", ".join(str(choice) for choice in _choices(kind))
        return f"Must be one of: {known}." if known else message
    for pattern, words in _WORDS:
        found = pattern.fullmatch(message)
        if found:
            return found.expand(words)
    return message


def inside(kind: Any, path: str) -> Any:
    """Return the type of what lies at ``path`` ("a.b", "[0].a") in a value of ``kind``, None where that is not known.

    >>> class Inner(msgspec.Struct):
    ...     shape: Literal["round", "flat"]
    >>> said("Invalid enum value 'x'", inside(tuple[Inner, ...] | None, "[0].shape"))
    'Must be one of: round, flat.'
    """
    for name in re.sub(r"\[[^]]*\]", "", path).strip(".").split("."):
        owner = next((each for each in _structs(kind) if name in each.__struct_fields__), None)
        kind = get_type_hints(owner, include_extras=True)[name] if owner else None
    return kind


def _structs(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [found for inner in get_args(kind) for found in _structs(inner)]


def _choices(kind: Any) -> list[object]:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [choice for inner in get_args(kind) for choice in _choices(inner)]
