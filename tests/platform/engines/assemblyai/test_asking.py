"""What AssemblyAI is asked for, and what of it comes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from reelscribe.platform.domain.features import Features
from reelscribe.platform.engines.assemblyai import asking
from reelscribe.platform.engines.assemblyai.engine import AssemblyAI
from reelscribe.platform.engines.protocol import Request

from tests.platform.engines.assemblyai.conftest import SUBMIT, UPLOAD, MakeEngine, MakeRequest, understanding
from tests.platform.engines.conftest import Notes
from tests.stand_ins.assemblyai import ENGLISH_ONLY, FEATURES, Server

ALL = understanding(*FEATURES)


def request(features: dict[str, object] | None = None, **options: object) -> Request:
    wanted = msgspec.convert(features or {}, Features)
    return Request(audio=Path("a.wav"), duration=60.0, features=wanted, **options)


@pytest.mark.parametrize(
    ("language", "parameters"),
    [
        (None, {"language_detection": True}),
        ("en", {"language_code": "en"}),
        ("en-US", {"language_code": "en_us"}),
        ("en_GB", {"language_code": "en_uk"}),
        ("de-AT", {"language_code": "de"}),
        ("zh-Hant", {"language_code": "zh"}),
    ],
)
def test_language_is_given_or_detected(language: str | None, parameters: dict[str, object]) -> None:
    asked = asking.order(request(language=language)).parameters

    assert {name: asked[name] for name in asked if name.startswith("language")} == parameters


@pytest.mark.parametrize(
    ("least", "most", "parameters"),
    [
        (None, None, {"speaker_labels": True}),
        (2, 2, {"speaker_labels": True, "speakers_expected": 2}),
        (
            2,
            5,
            {
                "speaker_labels": True,
                "speaker_options": {"min_speakers_expected": 2, "max_speakers_expected": 5},
            },
        ),
        (None, 3, {"speaker_labels": True, "speaker_options": {"max_speakers_expected": 3}}),
        (2, None, {"speaker_labels": True, "speaker_options": {"min_speakers_expected": 2}}),
    ],
)
def test_dialogue_asks_for_speakers(least: int | None, most: int | None, parameters: dict[str, object]) -> None:
    order = asking.order(request(is_dialogue=True, min_speakers=least, max_speakers=most))

    assert {name: value for name, value in order.parameters.items() if name.startswith("speaker")} == parameters
    assert order.wanted == {"speaker_labels"}


@pytest.mark.parametrize(
    ("model", "hotwords", "prompt", "parameters", "warned"),
    [
        (None, ("DeCarlo", " haze  of fires ", "DeCarlo"), "", {"keyterms_prompt": ["DeCarlo", "haze of fires"]}, []),
        # a term has at most six words
        (None, ("one two three four five six seven",), "", {}, []),
        (None, (), "A talk about\nfires.", {"prompt": "A talk about fires."}, []),
        (None, ("DeCarlo", "haze"), "A talk.", {"prompt": "A talk.\n\nContext: DeCarlo, haze"}, []),
        ("universal-2", ("DeCarlo",), "A talk.", {"keyterms_prompt": ["DeCarlo"]}, ["prompt_ignored"]),
    ],
    ids=["terms", "long term", "prompt", "both", "universal-2"],
)
def test_hints_are_what_the_model_takes(
    model: str | None, hotwords: tuple[str, ...], prompt: str, parameters: dict[str, object], warned: list[str]
) -> None:
    order = asking.order(request(model=model, hotwords=hotwords, prompt=prompt))

    assert {name: value for name, value in order.parameters.items() if "prompt" in name} == parameters
    assert [warning.code for warning in order.warnings] == warned


@pytest.mark.parametrize(("model", "most"), [("universal-2", 200), (None, 1000)], ids=["universal-2", "default"])
def test_terms_beyond_what_the_model_takes_are_left_out(model: str | None, most: int) -> None:
    order = asking.order(request(model=model, hotwords=tuple(f"word{number}" for number in range(1200))))

    assert len(order.parameters["keyterms_prompt"]) == most  # type: ignore[arg-type] a list


def test_what_others_do_is_not_asked_for() -> None:
    order = asking.order(
        request({"llm_gateway": {"enabled": True, "improve_text": True, "translate_to": ["de"]}}, language="en")
    )

    assert order.wanted == frozenset()
    assert set(order.parameters) == {"speech_models", "language_code"}


@pytest.mark.parametrize(
    ("address", "gateway"),
    [
        ("https://api.assemblyai.com", "https://llm-gateway.assemblyai.com"),
        ("https://api.eu.assemblyai.com", "https://llm-gateway.eu.assemblyai.com"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("https://assemblyai.com.example.test/api", "https://assemblyai.com.example.test/api"),
    ],
)
def test_language_models_are_asked_where_the_address_says(address: str, gateway: str) -> None:
    assert asking.gateway(address) == gateway


async def test_foreign_recording_is_never_asked_for_english_features(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    result = await engine.transcribe(recording(language="de", features=ALL), notes)

    asked = provider.asked(SUBMIT)[0].json
    assert not set(asked) & set(ENGLISH_ONLY)
    assert set(result.features_done) == {"entity_detection", "speaker_labels"}
    assert result.language == "de"
    assert [warned.code for warned in result.warnings] == ["feature_left_out"]
    assert all(name in result.warnings[0].message for name in ENGLISH_ONLY)


async def test_recording_that_turns_out_to_be_foreign_has_no_english_features(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.spoken = "es"

    result = await engine.transcribe(recording(features=ALL), notes)

    assert provider.asked(SUBMIT)[0].json["language_detection"] is True
    assert set(result.features_done) == {"entity_detection", "speaker_labels"}
    assert (result.language, result.insights.chapters, result.insights.sentiments) == ("es", (), ())
    assert "only English" in result.warnings[0].message


async def test_recording_that_turns_out_to_be_english_has_them_all(
    engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    result = await engine.transcribe(recording(features=ALL), notes)

    assert set(result.features_done) == set(FEATURES)
    assert (result.language, result.warnings) == ("en", ())


async def test_features_that_the_provider_lacks_for_a_language_are_left_out(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.unavailable = ("speaker_labels", "entity_detection")

    result = await engine.transcribe(recording(language="sw", is_dialogue=True, max_speakers=3, features=ALL), notes)

    first, second = (asked.json for asked in provider.asked(SUBMIT))
    assert set(first) - set(second) == {"speaker_labels", "speaker_options", "entity_detection"}
    assert provider.routes().count(UPLOAD) == 1
    assert (result.features_done, len(result.warnings)) == ((), 2)
    assert result.segments


async def test_unspaced_text_is_put_together_without_spaces(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    marks = [{"text": text, "start": 400 * place, "end": 400 * place + 300} for place, text in enumerate("我们走吧")]
    provider.changes = {"words": marks}

    result = await engine.transcribe(recording(language="zh"), notes)

    assert [segment.text for segment in result.segments] == ["我们走吧"]
    assert result.segments[0].words[0].confidence is None


async def test_model_of_the_request_is_asked_for(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    result = await engine.transcribe(recording(model="universal-2"), notes)

    assert provider.asked(SUBMIT)[0].json["speech_models"] == ["universal-2"]
    assert result.model == "universal-2"


def test_capabilities_say_what_the_provider_documents(make_engine: MakeEngine) -> None:
    can = make_engine().capabilities()

    assert (can.is_remote, can.labels_speakers, can.diarizes, can.word_times) == (True, True, False, True)
    assert can.features == {*FEATURES, "summary"}
    assert (can.longest_seconds, can.largest_bytes) == (36_000, 2_200_000_000)
    assert can.languages is not None
    assert len(can.languages) == 99
    assert make_engine().refusal() is None
