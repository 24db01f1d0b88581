"""What of the wanted extras is charged: what was done, in a language that may have it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import extras, pricing
from reelscribe.platform.domain.features import Features
from reelscribe.platform.domain.lifecycle import JobKind

ALL = msgspec.convert(
    {
        "speech_understanding": {
            "sentiment_analysis": True,
            "auto_chapters": True,
            "entity_detection": True,
            "auto_highlights": True,
            "speaker_labels": True,
        },
        "llm_gateway": {"enabled": True, "generate_summary": True, "improve_text": True, "translate_to": ["de"]},
    },
    Features,
)


def price(wanted: Features, done: set[str], language: str | None) -> str:
    charged = extras.charged(wanted, done, language)
    return str(
        pricing.quote(kind=JobKind.TRANSCRIPTION, duration_seconds=60, language=language, features=charged).total
    )


@pytest.mark.parametrize(
    ("done", "language", "credits"),
    [
        (set(), "en", "1.00"),
        ({"auto_chapters"}, "en", "1.30"),
        ({"auto_chapters"}, "de", "1.00"),  # the recording turned out not to be English
        ({"auto_chapters"}, None, "1.00"),
        ({"entity_detection"}, "de", "1.30"),
        ({"translation"}, "de", "4.00"),  # any part of the language model costs 3
        ({"summary", "improve_text", "translation"}, "en", "4.00"),
        ({"speaker_labels"}, "en", "1.00"),
        (set(ALL.parts()), "en-GB", "5.20"),  # 1 + 4 * 0.3 + 3
    ],
)
def test_only_what_was_done_is_charged(done: set[str], language: str | None, credits: str) -> None:
    assert price(ALL, done, language) == credits


def test_what_was_not_wanted_is_not_charged() -> None:
    assert price(Features(), set(ALL.parts()), "en") == "1.00"


@given(st.sets(st.sampled_from(sorted(ALL.parts()))), st.sampled_from(["en", "en-US", "de", None]))
def test_what_was_done_never_costs_more_than_what_was_wanted(done: set[str], language: str | None) -> None:
    wanted = extras.only(ALL, extras.wanted_of(ALL, language))
    most = pricing.quote(kind=JobKind.TRANSCRIPTION, duration_seconds=60, language=language, features=wanted).total

    charged = extras.charged(ALL, done, language)

    assert charged.parts() <= done
    now = pricing.quote(kind=JobKind.TRANSCRIPTION, duration_seconds=60, language=language, features=charged).total
    assert now <= most


def test_part_of_the_language_model_is_asked_for_alone() -> None:
    asked = extras.only(ALL, {"translation"})

    assert asked.parts() == {"translation"}
    assert asked.translations == ("de",)
    assert not asked.summary
