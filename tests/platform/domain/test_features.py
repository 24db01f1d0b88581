from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import features
from reelscribe.platform.errors import BadInput

NAMES = features.SpeechUnderstanding.__struct_fields__
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "speech_understanding": st.dictionaries(st.sampled_from(NAMES), st.booleans()),
        "llm_gateway": st.dictionaries(st.sampled_from(["enabled", "generate_summary"]), st.booleans()),
    },
)


@given(GIVEN)
def test_features_are_kept_as_given(raw: dict[str, dict[str, bool]]) -> None:
    parsed = features.parse(raw)

    assert msgspec.to_builtins(parsed) == raw


@given(GIVEN)
def test_wanted_is_what_is_true(raw: dict[str, dict[str, bool]]) -> None:
    parsed = features.parse(raw)

    wanted = raw.get("speech_understanding", {})
    assert set(parsed.understanding()) == {name for name in wanted if wanted[name]}
    assert parsed.language_model == raw.get("llm_gateway", {}).get("enabled", False)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (None, "features"),
        (True, "features"),
        ([], "features"),
        ({"speech_understanding": True}, "features.speech_understanding"),
        ({"llm_gateway": False}, "features.llm_gateway"),
        ({"sentiment_analysis": True}, "features.sentiment_analysis"),
        ({"speech_understanding": {"auto_chapters": "yes"}}, "features.speech_understanding.auto_chapters"),
        ({"speech_understanding": {"auto_chapters": 1}}, "features.speech_understanding.auto_chapters"),
        ({"speech_understanding": {"auto_chapters": None}}, "features.speech_understanding.auto_chapters"),
        ({"llm_gateway": {"model": "x"}}, "features.llm_gateway.model"),
    ],
)
def test_features_are_refused_with_the_path_of_the_field(raw: object, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        features.parse(raw)

    assert refusal.value.facts["field"] == field
    assert refusal.value.message.startswith(f"{field}: ")
    assert "auto_chapters" in refusal.value.hint


def test_summary_needs_the_gateway_enabled() -> None:
    assert not features.parse({"llm_gateway": {"generate_summary": True}}).summary
    assert features.parse({"llm_gateway": {"generate_summary": True, "enabled": True}}).summary


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_any_json_is_parsed_or_refused(raw: object) -> None:
    field: object = "features"

    try:
        features.parse(raw)
    except BadInput as refusal:
        field = refusal.facts["field"]

    assert str(field).startswith("features")


def test_text_is_translated_into_five_languages_at_most() -> None:
    languages = ["de", "fr", "es", "it", "pt"]
    wanted = features.parse({"llm_gateway": {"enabled": True, "translate_to": languages}})

    with pytest.raises(BadInput, match="translate_to"):
        features.parse({"llm_gateway": {"enabled": True, "translate_to": [*languages, "nl"]}})

    assert wanted.translations == tuple(languages)
