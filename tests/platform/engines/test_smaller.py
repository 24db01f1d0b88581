from __future__ import annotations

import pytest
from reelscribe.platform.engines.models import REPOSITORIES
from reelscribe.platform.engines.smaller import ladder


@pytest.mark.parametrize(
    ("name", "below"),
    [
        ("large-v3", "large-v3-turbo medium small base tiny"),
        ("large", "large-v3-turbo medium small base tiny"),
        ("large-v3-turbo", "small base tiny"),  # medium is as large: 769 and 809 million
        ("turbo", "small base tiny"),
        ("distil-large-v3.5", "small base tiny"),
        ("medium", "small base tiny"),
        ("medium.en", "small.en base.en tiny.en"),
        ("distil-medium.en", "small.en base.en tiny.en"),
        ("distil-small.en", "base.en tiny.en"),  # small.en is larger
        ("small", "base tiny"),
        ("base.en", "tiny.en"),
        ("tiny", ""),
        ("Systran/faster-whisper-small.en", "base.en tiny.en"),
        ("mobiuslabsgmbh/faster-whisper-large-v3-turbo", "small base tiny"),
        ("distil-whisper/distil-large-v3.5-ct2", "small base tiny"),
        ("/models/whisper-medium", "small base tiny"),
        ("micro-whisper-en", ""),  # nobody knows how large it is
    ],
)
def test_ladder_leads_to_clearly_smaller_models_of_the_same_kind(name: str, below: str) -> None:
    assert ladder(name) == tuple(below.split())


@pytest.mark.parametrize("name", [name for name in REPOSITORIES if not name.startswith("tiny")])
def test_every_known_model_has_one_below_that_can_be_had(name: str) -> None:
    below = ladder(name)

    assert below
    assert set(below) <= set(REPOSITORIES)
    assert {each.endswith(".en") for each in below} == {name.endswith(".en")}
