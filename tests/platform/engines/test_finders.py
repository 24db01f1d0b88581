from __future__ import annotations

import pytest
from reelscribe.platform.domain.clips import ClipsWanted
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.errors import EngineUnavailable, UnsupportedOption
from reelscribe.platform.settings import Settings

from tests.platform.domain.cohesion import lessons
from tests.platform.engines.conftest import Notes

KEYED = Settings(gemini_api_key="AIzaSyAKey")


@pytest.mark.parametrize(
    ("settings", "name", "finder"),
    [
        (Settings(), "auto", "local"),
        (KEYED, "auto", "gemini"),
        (KEYED, "local", "local"),
        (KEYED, "gemini", "gemini"),
    ],
)
def test_auto_is_gemini_where_there_is_a_key(settings: Settings, name: str, finder: str) -> None:
    assert Registry(settings).finder(name).name == finder


async def test_gemini_without_a_key_says_what_is_missing_and_nobody_steps_in(notes: Notes) -> None:
    finder = Registry(Settings()).finder("gemini")

    with pytest.raises(EngineUnavailable) as refused:
        await finder.find(lessons.said(*lessons.LESSON), "en", ClipsWanted(), notes)

    refusal = finder.refusal()
    assert refusal is not None
    assert "REELSCRIBE_GEMINI_API_KEY" in refusal.hint
    assert refused.value.hint == refusal.hint


def test_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(UnsupportedOption) as refusal:
        Registry(Settings()).finder("nobody")

    assert refusal.value.hint == "Choose one of: auto, gemini, local."
