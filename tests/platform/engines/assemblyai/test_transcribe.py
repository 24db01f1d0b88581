"""What a job at AssemblyAI gives, asked as of every engine."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.engines.assemblyai.engine import AssemblyAI
from reelscribe.platform.engines.protocol import Request, Transcription

from tests.platform.engines.assemblyai.conftest import (
    DELETE,
    POLL,
    SUBMIT,
    UPLOAD,
    WRITE,
    MakeEngine,
    MakeRequest,
    understanding,
)
from tests.platform.engines.conftest import Notes
from tests.stand_ins.assemblyai import FEATURES, SUMMARY, Server
from tests.stand_ins.assemblyai_text import LINES

TEXT = " ".join(text for _, text, _ in LINES)


@pytest.fixture
def request_en(recording: MakeRequest) -> Request:
    return recording(language="en", is_dialogue=True)


@pytest.fixture
async def result(engine: AssemblyAI, request_en: Request, notes: Notes) -> Transcription:
    return await engine.transcribe(request_en, notes)


async def test_text_is_what_the_provider_heard(result: Transcription) -> None:
    assert " ".join(segment.text for segment in result.segments) == TEXT


async def test_times_are_ordered_and_inside_the_recording(result: Transcription, request_en: Request) -> None:
    times = [time for segment in result.segments for word in segment.words for time in (word.start, word.end)]

    assert times == sorted(times)
    assert all(before.end <= after.start for before, after in pairwise(result.segments))
    assert times[0] >= 0
    assert times[-1] <= request_en.duration


async def test_segments_span_their_words_and_have_ids_of_their_own(result: Transcription) -> None:
    ids = [segment.id for segment in result.segments]

    assert len(set(ids)) == len(ids) >= len(LINES)
    for segment in result.segments:
        assert (segment.start, segment.end) == (segment.words[0].start, segment.words[-1].end)
        assert segment.text == " ".join(word.text for word in segment.words)


async def test_words_have_confidence(result: Transcription) -> None:
    words = [word for segment in result.segments for word in segment.words]

    assert all(word.confidence is not None and 0.9 <= word.confidence <= 1 for word in words)
    assert all(re.fullmatch(r"[\w'.,?!-]+", word.text) for word in words)


async def test_partials_are_the_result_and_progress_ends_at_one(result: Transcription, notes: Notes) -> None:
    assert tuple(notes.segments) == result.segments
    assert notes.fractions == sorted(notes.fractions)
    assert notes.fractions[-1] == 1.0
    assert all(fraction < 1 for fraction in notes.fractions[:-1])


async def test_result_says_what_did_the_work(result: Transcription) -> None:
    assert (result.engine, result.model, result.language) == ("assemblyai", "universal-3-5-pro", "en")
    assert result.usage.audio_seconds == 12
    assert result.warnings == ()


async def test_speakers_are_named_by_first_turn(result: Transcription) -> None:
    assert [segment.speaker for segment in result.segments] == ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00", "SPEAKER_01"]
    assert all(word.speaker == segment.speaker for segment in result.segments for word in segment.words)
    assert result.features_done == ("speaker_labels",)


async def test_mono_has_no_speakers(engine: AssemblyAI, recording: MakeRequest, provider: Server, notes: Notes) -> None:
    result = await engine.transcribe(recording(language="en"), notes)

    assert {segment.speaker for segment in result.segments} == {None}
    assert "speaker_labels" not in provider.asked(SUBMIT)[0].json
    assert result.features_done == ()


async def test_all_features_come_with_their_times(engine: AssemblyAI, recording: MakeRequest, notes: Notes) -> None:
    wanted = {**understanding(*FEATURES), "llm_gateway": {"enabled": True, "generate_summary": True}}
    # 38 words in 38 s: each takes 0.9 s from its second on
    result = await engine.transcribe(recording(seconds=38.0, language="en", features=wanted), notes)

    found = result.insights
    assert set(result.features_done) == {*FEATURES, "summary"}
    assert found.summary == SUMMARY
    assert [(one.sentiment, one.speaker) for one in found.sentiments[1:3]] == [
        ("positive", "SPEAKER_01"),
        ("negative", "SPEAKER_00"),
    ]
    assert [(one.kind, one.text) for one in found.entities] == [("person_name", "DeCarlo"), ("location", "Baltimore")]
    assert (found.chapters[0].gist, found.chapters[0].start, found.chapters[0].end) == ("Harm of haze", 0.0, 37.9)
    assert [(one.text, one.count, one.rank) for one in found.highlights] == [("particulate matter", 1, 0.08)]
    assert found.highlights[0].spans == (Span(30.0, 31.9),)
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.requests) == (210, 20, 2)


async def test_summary_is_written_from_the_text_with_its_speakers(
    engine: AssemblyAI, recording: MakeRequest, provider: Server, notes: Notes
) -> None:
    wanted = {"llm_gateway": {"enabled": True}}

    await engine.transcribe(recording(language="en", is_dialogue=True, features=wanted), notes)

    asked = provider.asked(WRITE)[0].json
    assert asked["messages"][-1]["content"].splitlines()[0] == f"SPEAKER_00: {LINES[0][1]}"
    assert "never an instruction" in asked["messages"][0]["content"]


async def test_nothing_is_asked_that_is_not_wanted(
    engine: AssemblyAI, recording: MakeRequest, provider: Server, notes: Notes
) -> None:
    await engine.transcribe(recording(language="en"), notes)

    asked = provider.asked(SUBMIT)[0].json
    assert provider.routes() == [UPLOAD, SUBMIT, POLL, POLL, POLL]
    assert set(asked) == {"audio_url", "language_code", "speech_models"}


async def test_silence_has_no_words(provider: Server, make_engine: MakeEngine, recording: MakeRequest) -> None:
    provider.is_silent = True
    wanted = {**understanding(*FEATURES), "llm_gateway": {"enabled": True}}

    result = await make_engine().transcribe(recording(language="en", features=wanted), Notes())

    assert (result.segments, result.features_done) == ((), ())
    assert WRITE not in provider.routes()


async def test_silence_that_the_provider_calls_an_error_has_no_words(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.error = "language_detection cannot be performed on files with no spoken audio."

    result = await engine.transcribe(recording(), notes)

    assert (result.segments, result.language) == ((), None)


async def test_one_sample_is_not_sent(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    result = await engine.transcribe(recording(seconds=0.001), notes)

    assert result.segments == ()
    assert provider.requests == []


async def test_text_without_times_is_kept(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.changes = {"words": None, "utterances": None}

    result = await engine.transcribe(recording(language="en"), notes)

    assert [(part.text, part.start, part.end) for part in result.segments] == [(TEXT, 0.0, 12.0)]


async def test_kinds_that_the_sdk_does_not_know_cost_nothing(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.changes = {"entities": [{"entity_type": "Space Ship", "text": "Enterprise", "start": 0, "end": 900}]}

    result = await engine.transcribe(recording(language="en", features=understanding("entity_detection")), notes)

    assert [(one.kind, one.end) for one in result.insights.entities] == [("space_ship", 0.9)]
    assert " ".join(segment.text for segment in result.segments) == TEXT


async def test_transcript_stays_there_unless_told_otherwise(provider: Server, result: Transcription) -> None:
    assert result.segments
    assert provider.deleted == set()


async def test_transcript_and_upload_are_deleted_where_that_is_set(
    provider: Server, make_engine: MakeEngine, recording: MakeRequest, notes: Notes
) -> None:
    result = await make_engine(assemblyai_delete=True).transcribe(recording(language="en"), notes)

    assert result.segments
    assert provider.routes()[-1] == DELETE
    assert (provider.deleted, provider.uploads) == (set(provider.transcripts), {})


async def test_align_returns_its_input_and_detect_says_nothing(
    engine: AssemblyAI, request_en: Request, result: Transcription
) -> None:
    later = Notes()

    assert await engine.align(request_en, result, later) == result
    assert later.fractions == [1.0]
    assert await engine.detect(request_en) is None
