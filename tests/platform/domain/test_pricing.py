from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import features, pricing
from reelscribe.platform.domain.lifecycle import JobKind
from reelscribe.platform.errors import BadInput, UnsupportedOption

ALL = ("sentiment_analysis", "auto_chapters", "entity_detection", "auto_highlights", "speaker_labels")


def price(seconds: float | None, *wanted: str, language: str | None = "en", gateway: bool = False) -> pricing.Quote:
    raw = {"speech_understanding": dict.fromkeys(wanted, True), "llm_gateway": {"enabled": gateway}}
    return pricing.quote(
        kind=JobKind.TRANSCRIPTION, duration_seconds=seconds, language=language, features=features.parse(raw)
    )


@pytest.mark.parametrize(
    ("seconds", "wanted", "gateway", "total"),
    [
        (60, (), False, "1.00"),
        (0, (), False, "0.00"),
        (0.3, (), False, "0.01"),  # 0.005, half up
        (0.29, (), False, "0.00"),  # 0.00483…
        (90, (), False, "1.50"),
        (3600, ALL, False, "132.00"),  # 60 x (1 + 4 x 0.3)
        (3600, ALL, True, "135.00"),
        (60, ("speaker_labels",), False, "1.00"),
        (60, ("entity_detection",), False, "1.30"),
        (185.32, ALL[:4], False, "6.80"),  # 3.08866… x 2.2 = 6.7950…, not the 6.81 of lines rounded one by one
        (None, (), False, "0.00"),
        (None, ALL, True, "3.00"),
    ],
)
def test_total_is_exact(seconds: float | None, wanted: tuple[str, ...], gateway: bool, total: str) -> None:
    assert str(price(seconds, *wanted, gateway=gateway).total) == total


@given(st.decimals(0, 50_000, places=3), st.sets(st.sampled_from(ALL)), st.booleans())
def test_lines_add_up_to_the_rounded_exact_sum(seconds: Decimal, wanted: set[str], gateway: bool) -> None:
    made = price(float(seconds), *wanted, gateway=gateway)

    hundred_sixtieths = seconds * (10 + 3 * len(wanted - {"speaker_labels"})) * 10 + (18000 if gateway else 0)
    exact = hundred_sixtieths / 6000  # one division, so the rounding below sees at most 28 digits
    assert made.total == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert sum(item.amount for item in made.items) == made.total
    assert all(item.amount >= 0 for item in made.items)


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.sets(st.sampled_from(ALL)))
def test_longer_never_costs_less(one: float, other: float, wanted: set[str]) -> None:
    short, long = sorted((one, other))

    assert price(short, *wanted).total <= price(long, *wanted).total


@pytest.mark.parametrize("language", ["de", "zh", None])
@pytest.mark.parametrize("feature", sorted(pricing.ENGLISH_ONLY))
def test_english_only_feature_is_refused_for_other_languages(feature: str, language: str | None) -> None:
    with pytest.raises(UnsupportedOption, match=feature) as refusal:
        price(60, feature, "entity_detection", language=language)

    assert refusal.value.facts["features"] == [feature]
    assert refusal.value.hint


def test_refusal_asks_for_the_language_when_none_is_given() -> None:
    with pytest.raises(UnsupportedOption) as refusal:
        price(60, "auto_chapters", language=None)

    assert "Set language to 'en'" in refusal.value.hint


@pytest.mark.parametrize("language", ["en", "en-US", "EN_gb"])
def test_english_has_all_features_in_every_region(language: str) -> None:
    assert str(price(60, *ALL, language=language).total) == "2.20"


@pytest.mark.parametrize("language", ["de", "ja", None])
def test_entities_cost_the_same_in_every_language(language: str | None) -> None:
    assert str(price(600, "entity_detection", "speaker_labels", language=language).total) == "13.00"


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_quote_is_refused_when_the_duration_is_none(seconds: float) -> None:
    with pytest.raises(BadInput):
        price(seconds)


def test_items_say_what_is_paid_for() -> None:
    item = price(100, "auto_chapters").items[1]

    assert (item.code, str(item.quantity), str(item.unit_price)) == ("auto_chapters", "1.6667", "0.30")
    assert item.description == "Chapters"


def test_clips_and_images_have_their_own_lines() -> None:
    clips = pricing.quote(kind=JobKind.CLIPS, duration_seconds=60, language=None, features=features.Features())

    assert [item.code for item in clips.items] == ["transcription", "clips"]
    assert pricing.quote_images(3).total == 3 * pricing.TABLE["image"].amount


def test_every_feature_has_a_price() -> None:
    assert set(features.SpeechUnderstanding.__struct_fields__) <= set(pricing.TABLE)
