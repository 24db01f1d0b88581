from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import scripts


@given(st.text())
def test_runs_make_the_text_again(text: str) -> None:
    assert "".join(run for _, run in scripts.runs(text)) == text


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("Crème brûlée, ωμέγα и всё: 5 €", None, ("Latin",)),
        ("Say שלום now", None, ("Latin", "Hebrew")),
        ("مرحبا، بكم", "ar", ("Arabic",)),
        ("नमस्ते", "hi", ("Devanagari",)),
        ("今天", "zh", ("Chinese",)),
        ("今日", "ja", ("Japanese",)),
        ("今日は", None, ("Japanese",)),  # kana tell whose characters they are
        ("漢字 한국어", "ko", ("Korean",)),
        ("x → ∞", "en", ("Latin", "symbols")),
        ("good 👍🏽", "en", ("Latin", "emoji")),
        ("", None, ()),
    ],
)
def test_writing_systems_have_names(text: str, language: str | None, names: tuple[str, ...]) -> None:
    assert scripts.used(text, language=language) == names


def test_marks_stay_with_their_letter() -> None:
    assert list(scripts.runs("नि\u0301 a")) == [("Devanagari", "नि\u0301 "), ("Latin", "a")]
