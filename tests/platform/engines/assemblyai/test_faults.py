"""What comes of each fault of AssemblyAI, of the network, or of the account there."""

from __future__ import annotations

import logging
import socket
import traceback

import msgspec
import pytest
from reelscribe.platform.engines.assemblyai.client import Pace
from reelscribe.platform.engines.assemblyai.engine import AssemblyAI
from reelscribe.platform.errors import (
    BadMedia,
    EngineCredentials,
    EngineFailed,
    EngineQuota,
    EngineUnavailable,
    ReelscribeError,
    Unavailable,
)

from tests.platform.engines.assemblyai.conftest import (
    DELETE,
    LIST,
    PACE,
    POLL,
    SUBMIT,
    UPLOAD,
    WRITE,
    MakeEngine,
    MakeRequest,
    understanding,
)
from tests.platform.engines.conftest import Notes
from tests.stand_ins.assemblyai import KEY, Server
from tests.stand_ins.assemblyai_traffic import Fault

PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
POOR = '{"error": "Your current account balance is negative. Please top up to continue using the API."}'
SUMMARY = {"llm_gateway": {"enabled": True}}


@pytest.mark.parametrize("route", [UPLOAD, SUBMIT])
@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fault(401, '{"error": "Authentication error, API token missing/invalid"}'), EngineCredentials, "API token"),
        (Fault(403, '{"error": "Cannot access uploaded file"}'), EngineCredentials, "Cannot access"),
        (Fault(400, POOR), EngineQuota, "top up"),
        (Fault(402, ""), EngineQuota, "used up"),
        (Fault(429, '{"error": "You have exceeded your quota"}'), EngineQuota, "quota"),
        (Fault(429, '{"error": "Too Many Requests"}'), EngineFailed, "too many requests"),
        (Fault(500, '{"error": "Server error, developers have been alerted."}'), Unavailable, "developers"),
        (Fault(503, PAGE), Unavailable, "503"),
        (Fault(413, PAGE), EngineUnavailable, "too large"),
        (Fault(404, PAGE), EngineUnavailable, "address"),
        (Fault(301, "", {"Location": "https://example.test/"}), EngineUnavailable, "address"),
        (Fault(400, '{"error": "speech_models must be a non-empty list"}'), EngineUnavailable, "speech_models"),
        (Fault(200, PAGE), EngineFailed, "web page"),
        (Fault(200, '{"upload_url": "https'), EngineFailed, "no JSON"),
        (Fault(200, "[]"), EngineFailed, "cannot be read"),
        (Fault(200, "{}"), EngineFailed, "missing required field"),
        (Fault(200, '{"upload_url": 7, "id": 7, "status": "queued"}'), EngineFailed, "cannot be read"),
        (Fault(200, '{"upload_url": "x", "id": "x"}', cut=True), Unavailable, "does not answer"),
    ],
    ids=lambda case: f"{case.status}-{case.body[:12]}" if isinstance(case, Fault) else "",
)
async def test_refusal_or_garbage_is_an_error_of_ours(
    provider: Server,
    engine: AssemblyAI,
    recording: MakeRequest,
    notes: Notes,
    route: str,
    fault: Fault,
    error: type[ReelscribeError],
    says: str,
) -> None:
    provider.fail(route, fault)

    with pytest.raises(ReelscribeError) as failure:
        await engine.transcribe(recording(language="en"), notes)

    assert type(failure.value) is error
    assert says in failure.value.message
    assert "<" not in failure.value.message
    assert set(provider.routes()) <= {UPLOAD, route, LIST}


@pytest.mark.parametrize(
    "fault", [Fault(504, PAGE, late=True), Fault(200, "{}", cut=True, late=True)], ids=["504", "cut"]
)
async def test_lost_answer_to_an_accepted_job_is_not_paid_twice(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes, fault: Fault
) -> None:
    provider.fail(SUBMIT, fault)

    result = await engine.transcribe(recording(language="en"), notes)

    assert result.segments
    assert len(provider.transcripts) == 1
    assert provider.routes().count(LIST) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_wait_that_the_provider_asks_for_is_a_fact(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes, status: int
) -> None:
    provider.fail(UPLOAD, Fault(status, "{}", {"Retry-After": "37"}))

    with pytest.raises((EngineFailed, Unavailable)) as failure:
        await engine.transcribe(recording(), notes)

    assert failure.value.facts["retry_after"] == 37
    assert not failure.value.permanent


async def test_server_that_is_not_there_does_not_answer(
    make_engine: MakeEngine, recording: MakeRequest, notes: Notes
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(Unavailable, match="does not answer"):
            await make_engine(assemblyai_base_url=address).transcribe(recording(), notes)


@pytest.mark.parametrize("address", ["api.assemblyai.com", "ftp://127.0.0.1", "http://[bad"])
async def test_address_that_is_none_names_its_setting(
    make_engine: MakeEngine, recording: MakeRequest, notes: Notes, address: str
) -> None:
    with pytest.raises(EngineUnavailable, match="REELSCRIBE_ASSEMBLYAI_BASE_URL"):
        await make_engine(assemblyai_base_url=address).transcribe(recording(), notes)


async def test_answer_that_never_comes_ends_with_the_timeout(
    provider: Server, make_engine: MakeEngine, recording: MakeRequest, notes: Notes
) -> None:
    provider.fail(SUBMIT, Fault(silent=True))

    with pytest.raises(Unavailable, match="ReadTimeout"):
        await make_engine(pace=Pace(timeout=0.2)).transcribe(recording(), notes)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, '{"error": "Server error, developers have been alerted."}'),
        Fault(429, '{"error": "Too Many Requests"}', {"Retry-After": "0"}),
        Fault(200, PAGE),
        Fault(200, '{"id": "x", "status": "completed", "words": []}', cut=True),
    ],
    ids=["server", "busy", "page", "cut"],
)
async def test_faults_while_waiting_pass(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes, fault: Fault
) -> None:
    provider.fail(POLL, fault, fault)

    result = await engine.transcribe(recording(language="en"), notes)

    assert result.segments
    assert provider.routes().count(UPLOAD) == provider.routes().count(SUBMIT) == 1


async def test_faults_while_waiting_that_do_not_pass_end_the_work(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.fail(POLL, *[Fault(500, "{}")] * PACE.failed_polls)

    with pytest.raises(Unavailable):
        await engine.transcribe(recording(), notes)

    assert provider.routes().count(POLL) == PACE.failed_polls


async def test_words_that_make_no_sense_are_no_traceback(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.changes = {"words": [{"text": "one", "start": "soon"}]}

    with pytest.raises(EngineFailed, match=r"cannot be read: .*words"):
        await engine.transcribe(recording(), notes)


@pytest.mark.parametrize(
    ("says", "error"),
    [
        ("File does not appear to contain audio. File type is text/html (HTML document).", EngineUnavailable),
        ("Audio duration is too short.", BadMedia),
        ("Transcoding failed. The file may be corrupted.", EngineUnavailable),
        ("Could not detect the language of the audio with enough confidence.", EngineUnavailable),
        ("Download error, unable to download https://cdn.example.test/upload/1.", EngineFailed),
        ("Server error, developers have been alerted.", EngineFailed),
        ("Something nobody has seen yet.", EngineFailed),
        ("Your current account balance is negative.", EngineQuota),
    ],
)
async def test_failed_transcript_says_why(
    provider: Server,
    engine: AssemblyAI,
    recording: MakeRequest,
    notes: Notes,
    says: str,
    error: type[ReelscribeError],
) -> None:
    provider.error = says

    with pytest.raises(ReelscribeError) as failure:
        await engine.transcribe(recording(), notes)

    assert type(failure.value) is error
    assert says in failure.value.message
    assert notes.segments == []


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(500, '{"message": "upstream", "code": 500}')] * 3,
        [Fault(200, PAGE)] * 3,
        [Fault(401, '{"error": "unauthorized", "status": 401}')],
        [Fault(200, '{"choices": []}')],
        [Fault(400, '{"message": "invalid", "code": 400, "metadata": {"errors": ["model"]}}')] * 2,
    ],
    ids=["server", "page", "key", "nothing", "invalid"],
)
async def test_summary_that_fails_costs_nothing_else(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes, faults: list[Fault]
) -> None:
    provider.fail(WRITE, *faults)

    result = await engine.transcribe(recording(language="en", features=SUMMARY), notes)

    assert result.segments
    assert (result.features_done, result.insights.summary) == ((), "")
    assert [warned.code for warned in result.warnings] == ["feature_left_out"]
    assert "summary" in result.warnings[0].message
    assert provider.routes().count(WRITE) == len(faults)


async def test_summary_is_tried_again(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.fail(WRITE, Fault(429, "{}", {"Retry-After": "0"}), Fault(503, PAGE))

    result = await engine.transcribe(recording(language="en", features=SUMMARY), notes)

    assert result.features_done == ("summary",)


async def test_summary_is_asked_of_another_model_where_the_first_is_not_offered(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.fail(WRITE, Fault(400, '{"message": "Model not found", "code": 400}'))

    result = await engine.transcribe(recording(language="en", features=SUMMARY), notes)

    assert result.features_done == ("summary",)
    assert len({asked.json["model"] for asked in provider.asked(WRITE)}) == 2


async def test_summary_in_a_shape_that_the_sdk_does_not_know_is_read(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.fail(WRITE, Fault(200, '{"choices": [{"message": {"content": "Short."}}]}'))

    result = await engine.transcribe(recording(language="en", features=SUMMARY), notes)

    assert result.insights.summary == "Short."


async def test_transcript_that_cannot_be_deleted_is_kept_and_said(
    provider: Server, make_engine: MakeEngine, recording: MakeRequest, notes: Notes
) -> None:
    provider.fail(DELETE, Fault(500, "{}"))

    result = await make_engine(assemblyai_delete=True).transcribe(recording(language="en"), notes)

    assert result.segments
    assert [warned.code for warned in result.warnings] == ["not_deleted"]
    assert next(iter(provider.transcripts)) in result.warnings[0].message


async def test_character_that_cannot_be_stored_is_left_out(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    said = [{"text": "C:\\u0000\0", "start": 100, "end": 900}]
    provider.changes = {"words": said, "utterances": None}

    result = await engine.transcribe(recording(language="en"), notes)

    assert [segment.text for segment in result.segments] == ["C:\\u0000"]


async def test_highlights_that_are_unavailable_are_not_done(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.changes = {"auto_highlights_result": {"status": "unavailable", "results": None}}
    wanted = understanding("auto_highlights", "auto_chapters")

    result = await engine.transcribe(recording(language="en", features=wanted), notes)

    assert result.features_done == ("auto_chapters",)
    assert "auto_highlights" in result.warnings[0].message


async def test_no_key_says_which_setting(make_engine: MakeEngine, recording: MakeRequest, notes: Notes) -> None:
    engine = make_engine(assemblyai_api_key="")

    refusal = engine.refusal()

    assert refusal is not None
    assert "REELSCRIBE_ASSEMBLYAI_API_KEY" in refusal.hint
    with pytest.raises(EngineUnavailable):
        await engine.transcribe(recording(), notes)


async def test_recording_that_is_too_long_is_not_sent(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    with pytest.raises(EngineUnavailable, match="10 hours"):
        await engine.transcribe(msgspec.structs.replace(recording(), duration=36_001.0), notes)

    assert provider.requests == []


async def test_missing_file_is_an_engine_failure(engine: AssemblyAI, recording: MakeRequest, notes: Notes) -> None:
    request = recording()
    request.audio.unlink()

    with pytest.raises(EngineFailed, match="cannot be read"):
        await engine.transcribe(request, notes)


@pytest.mark.parametrize(
    "fault",
    [Fault(401, f'{{"error": "No such key: {KEY}"}}'), Fault(500, f"<p>{KEY}</p>"), Fault(200, f'{{"{KEY}": 1}}')],
    ids=["refused", "page", "garbage"],
)
async def test_key_is_never_told(
    provider: Server,
    engine: AssemblyAI,
    recording: MakeRequest,
    notes: Notes,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    provider.fail(SUBMIT, fault)

    with caplog.at_level(logging.DEBUG), pytest.raises(ReelscribeError) as failure:
        await engine.transcribe(recording(), notes)

    assert KEY not in f"{failure.value.message} {failure.value.hint} {failure.value.facts}"
    assert KEY not in caplog.text
    assert KEY not in "".join(traceback.format_exception(failure.value))
