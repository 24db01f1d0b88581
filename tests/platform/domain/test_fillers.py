from __future__ import annotations

import pytest
from reelscribe.platform.domain import fillers


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("um", "en"),
        ("Uhhh,", "en-US"),
        ("erm", "en"),
        ("Ähm …", "de"),
        ("a\u0308h", "de"),  # the two dots as a sign of their own
        ("euh", "fr"),
        ("eh", "es"),
        ("øh", "nb"),
        ("э-э", "ru"),
        ("えーと、", "ja"),
        ("呃", "zh"),
    ],
)
def test_sound_that_fills_a_pause_is_a_filler(text: str, language: str) -> None:
    assert fillers.is_filler(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("um", "de"),  # "in order to"
        ("um", "pt"),  # "one"
        ("er", "de"),  # "he"
        ("eh", "fr"),  # "eh bien"
        ("e", "it"),  # "and"
        ("Hm?", "en"),  # a question
        ("umbrella", "en"),
        ("error", "en"),
        ("", "en"),
        ("um", None),
        ("um", "eo"),
    ],
)
def test_word_is_no_filler(text: str, language: str | None) -> None:
    assert not fillers.is_filler(text, language)
