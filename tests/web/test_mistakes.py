"""Plain words about values that cannot be used."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from reelscribe.web import mistakes


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("x", Literal["a", "b"], "Must be one of: a, b."),
        ("x", Literal["a", "b"] | None, "Must be one of: a, b."),
        (["x"], list[Literal["read", "write"]], "Must be one of: read, write."),
        ("", Annotated[str, msgspec.Meta(min_length=3)], "Must have at least 3 characters."),
        ("long", Annotated[str, msgspec.Meta(max_length=3)], "Must have at most 3 characters."),
        (0, Annotated[int, msgspec.Meta(ge=1)], "Must be at least 1."),
        (101, Annotated[int, msgspec.Meta(le=100)], "Must be at most 100."),
    ],
)
def test_said_is_plain(value: object, kind: Any, words: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(value, kind)

    assert mistakes.said(str(caught.value).partition(" - at ")[0], kind) == words
