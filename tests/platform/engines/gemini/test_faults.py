"""What the provider may do to us, through the real SDK."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
import structlog
from reelscribe.platform.engines.gemini.engine import Gemini
from reelscribe.platform.engines.pool import Pool
from reelscribe.platform.errors import (
    EngineCredentials,
    EngineFailed,
    EngineQuota,
    EngineUnavailable,
    ReelscribeError,
    Unavailable,
)
from reelscribe.platform.settings import Settings

from tests.platform.engines.conftest import Notes, Wav
from tests.platform.engines.gemini.conftest import QUICK
from tests.platform.engines.gemini.test_transcribe import LATE, LECTURE
from tests.stand_ins import gemini
from tests.stand_ins.gemini import PER_DAY, PER_MINUTE, Fault, Reply, exhausted, overloaded

NOTHING = '{"has_speech": false, "language": "", "segments": []}'


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (gemini.key_invalid, EngineCredentials, "API key not valid"),
        (gemini.forbidden, EngineCredentials, "suspended"),
        (lambda: gemini.error(401, "UNAUTHENTICATED", "No credentials."), EngineCredentials, "No credentials"),
        (lambda: exhausted(PER_DAY), EngineQuota, "quota"),
        (lambda: exhausted(PER_MINUTE, PER_DAY, delay="20s"), EngineQuota, "quota"),
        (lambda: exhausted(PER_MINUTE, value="0", delay="20s"), EngineQuota, "quota"),
        (lambda: gemini.unknown_model("gemini-1"), EngineUnavailable, "does not know the model"),
        (
            lambda: gemini.error(400, "FAILED_PRECONDITION", "User location is not supported."),
            EngineUnavailable,
            "User",
        ),
        (lambda: Fault(status=302, headers={"Location": "/"}), EngineUnavailable, "302"),
    ],
    ids=["key", "forbidden", "unauthenticated", "day", "both", "none_allowed", "model", "location", "redirect"],
)
async def test_lasting_refusal_is_told_at_once(
    engine: Gemini,
    server: gemini.Server,
    wav: Wav,
    notes: Notes,
    fault: Callable[[], Fault],
    error: type[ReelscribeError],
    says: str,
) -> None:
    server.faults["generate"].append(fault())

    with pytest.raises(error, match=says) as failure:
        await engine.transcribe(wav(LATE), notes)

    assert failure.value.permanent
    assert failure.value.hint
    assert len(server.of("generate")) == 1
    assert notes.segments == []


async def test_unknown_model_names_the_setting(settings: Settings, wav: Wav, notes: Notes) -> None:
    engine = Gemini(replace(settings, gemini_model="gemini-9"), Pool(size=1, environ={}), patience=QUICK)

    with pytest.raises(EngineUnavailable, match="gemini-9") as failure:
        await engine.transcribe(wav(LATE), notes)

    assert failure.value.facts["setting"] == "REELSCRIBE_GEMINI_MODEL"
    assert "REELSCRIBE_GEMINI_MODEL" in failure.value.hint


@pytest.mark.parametrize("name", ["../files", "gemini:delete?x=", "models/a/b", "Gemini flash", ""])
async def test_model_name_cannot_change_the_address(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, name: str
) -> None:
    if not name:
        assert (await engine.transcribe(wav(LATE, model=name), notes)).model == "gemini-3.5-flash"
        return

    with pytest.raises(EngineUnavailable, match="no name of a Gemini model"):
        await engine.transcribe(wav(LATE, model=name), notes)

    assert server.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        overloaded(),
        exhausted(PER_MINUTE),
        gemini.error(500, "INTERNAL", "An internal error has occurred."),
        Fault(status=502, body="<html>Bad gateway</html>"),
        Fault(body='{"candidates": [', cut=True),
        Fault(status=429, body="slow down"),
    ],
    ids=["overloaded", "minute", "internal", "gateway", "cut", "plain_429"],
)
async def test_passing_trouble_is_waited_out(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, fault: Fault
) -> None:
    server.faults["generate"].extend([fault, fault])

    result = await engine.transcribe(wav(LATE), notes)

    assert result.segments
    assert len(server.of("generate")) == 3


async def test_lasting_trouble_is_an_engine_failure_after_four_attempts(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.faults["generate"].extend([overloaded()] * 5)

    with pytest.raises(EngineFailed, match="overloaded") as failure:
        await engine.transcribe(wav(LATE), notes)

    assert not failure.value.permanent
    assert len(server.of("generate")) == 4


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (exhausted(PER_MINUTE, delay="34.07s"), 34.07),
        (Fault(status=503, body="{}", headers={"Retry-After": "120"}), 120.0),
    ],
    ids=["retry_info", "retry_after"],
)
async def test_long_wait_that_google_asks_for_is_left_to_the_step(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, fault: Fault, seconds: float
) -> None:
    server.faults["generate"].append(fault)

    with pytest.raises(EngineFailed) as failure:
        await engine.transcribe(wav(LATE), notes)

    assert failure.value.facts["retry_after"] == seconds
    assert len(server.of("generate")) == 1


async def test_short_wait_that_google_asks_for_is_kept(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.faults["generate"].append(exhausted(PER_MINUTE, delay="0.02s"))

    assert (await engine.transcribe(wav(LATE), notes)).segments


async def test_server_that_is_not_there_is_unavailable(wav: Wav, notes: Notes) -> None:
    with gemini.running() as gone:
        settings = Settings(gemini_api_key=gone.key, gemini_base_url=gone.url)

    with pytest.raises(Unavailable, match="cannot be reached"):
        await Gemini(settings, Pool(size=1, environ={}), patience=QUICK).transcribe(wav(LATE), notes)


async def test_answer_that_never_comes_is_an_engine_failure(
    settings: Settings, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.faults["generate"].append(Fault(silent=True))
    patience = msgspec.structs.replace(QUICK, answer_seconds=0.5)

    with pytest.raises(EngineFailed, match=r"within 0\.5 s"):
        await Gemini(settings, Pool(size=1, environ={}), patience=patience).transcribe(wav(LATE), notes)


GARBAGE = [
    Reply("I am sorry, I cannot do that."),
    Reply('{"has_speech": true}'),
    Reply('{"has_speech": "yes", "language": 7, "segments": [{}]}'),
    Reply("[]"),
    Reply(""),
    Reply(finish_reason=""),
    Reply(NOTHING, finish_reason="OTHER"),
    Reply(NOTHING, finish_reason="A_REASON_OF_TOMORROW"),
]


@pytest.mark.filterwarnings("ignore:.*is not a valid FinishReason:UserWarning")
@pytest.mark.parametrize("reply", GARBAGE, ids=lambda reply: f"{reply.finish_reason}-{reply.text[:12]}")
async def test_unreadable_answer_is_asked_for_once_more(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, reply: Reply
) -> None:
    server.replies.append(reply)

    result = await engine.transcribe(wav(LATE), notes)

    assert result.segments
    assert len(server.of("generate")) == 2


@pytest.mark.filterwarnings("ignore:.*is not a valid FinishReason:UserWarning")
@pytest.mark.parametrize("reply", GARBAGE, ids=lambda reply: f"{reply.finish_reason}-{reply.text[:12]}")
async def test_twice_unreadable_answer_is_an_engine_failure(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, reply: Reply
) -> None:
    server.replies.extend([reply, reply])

    with pytest.raises(EngineFailed):
        await engine.transcribe(wav(LATE), notes)

    assert len(server.of("generate")) == 2


@pytest.mark.parametrize("body", ["{not json", "[1, 2]", '"text"', "null", '{"candidates": 7}'])
async def test_body_that_is_no_answer_is_an_engine_failure(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, body: str
) -> None:
    server.faults["generate"].extend([Fault(body=body), Fault(body=body)])

    with pytest.raises(EngineFailed):
        await engine.transcribe(wav(LATE), notes)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(NOTHING, finish_reason="SAFETY"), "safety"),
        (Reply("", finish_reason="RECITATION"), "published"),
        (Reply(block_reason="PROHIBITED_CONTENT"), "forbidden"),
    ],
    ids=["safety", "recitation", "prompt"],
)
async def test_blocked_content_says_why(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, reply: Reply, says: str
) -> None:
    server.replies.append(reply)

    with pytest.raises(EngineFailed, match=says) as failure:
        await engine.transcribe(wav(LATE), notes)

    assert "another engine" in failure.value.hint
    assert len(server.of("generate")) == 1


async def test_failure_of_a_later_stretch_gives_no_partial_result_and_leaves_no_file(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.replies.append(json.loads(NOTHING))
    server.replies.append(Reply("", finish_reason="SAFETY"))

    with pytest.raises(EngineFailed):
        await engine.transcribe(wav(LECTURE, language="en"), notes)

    assert server.files == {}


@pytest.mark.parametrize("route", ["start", "get"])
async def test_passing_trouble_in_an_upload_is_waited_out(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, route: str
) -> None:
    server.faults[route].append(overloaded())

    result = await engine.transcribe(wav(LECTURE), notes)

    assert result.segments
    assert server.files == {}


async def test_sound_that_google_cannot_read_is_an_engine_failure(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.faults["get"].append(Fault(body='{"name": "files/rs-1", "state": "FAILED"}'))

    with pytest.raises(EngineFailed, match="could not read the sound"):
        await engine.transcribe(wav(LECTURE), notes)

    assert server.files == {}


async def test_refused_upload_is_a_refusal_of_the_key(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.faults["start"].append(gemini.key_invalid())

    with pytest.raises(EngineCredentials):
        await engine.transcribe(wav(LECTURE), notes)


class TestKey:
    """It is sent in a header, and nowhere else."""

    async def test_without_a_key_nothing_is_sent(self, server: gemini.Server, wav: Wav, notes: Notes) -> None:
        engine = Gemini(Settings(gemini_base_url=server.url), Pool(size=1, environ={}), patience=QUICK)

        with pytest.raises(EngineCredentials, match="no key"):
            await engine.transcribe(wav(LATE), notes)

        refusal = engine.refusal()
        assert refusal is not None
        assert "REELSCRIBE_GEMINI_API_KEY" in refusal.hint
        assert server.requests == []

    async def test_key_is_in_no_address_and_no_log(
        self, engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        server.faults["generate"].append(overloaded())

        with structlog.testing.capture_logs() as lines:
            await engine.transcribe(wav(LECTURE), notes)

        assert server.of("generate")[0].headers["x-goog-api-key"] == server.key
        assert all(server.key not in request.path for request in server.requests)
        assert "x-goog-api-key" not in server.of("upload")[0].headers
        assert server.key not in caplog.text
        assert server.key not in str(lines)

    async def test_key_in_an_error_of_google_goes_no_further(
        self, engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
    ) -> None:
        server.faults["generate"].append(gemini.forbidden(server.key))

        with pytest.raises(EngineCredentials, match=r"\*\*\*") as failure:
            await engine.transcribe(wav(LATE), notes)

        assert server.key not in "".join(traceback.format_exception(failure.value))
        assert server.key not in repr(failure.value.facts)

    async def test_environment_of_google_does_not_matter(
        self, engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {
            "GOOGLE_API_KEY": "another",
            "GOOGLE_GENAI_USE_VERTEXAI": "true",
            "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9",
            "GOOGLE_GENAI_API_VERSION": "v9",
        }.items():
            monkeypatch.setenv(name, value)

        assert (await engine.transcribe(wav(LATE), notes)).segments
        assert server.of("generate")[0].headers["x-goog-api-key"] == server.key
