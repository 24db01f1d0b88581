"""Transcription of real recordings; the server answers from the sound that really arrived."""

from __future__ import annotations

import asyncio
import threading
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.engines.gemini import stretches
from reelscribe.platform.engines.gemini.engine import Gemini
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.errors import BadMedia, EngineFailed

from tests.platform.engines.conftest import Notes, Wav
from tests.stand_ins import gemini
from tests.stand_ins.gemini_model import answer, clock, length

LATE = "A_speech/silence_25s_speech_40s.ogg"  # 25 s of silence, 12 s of speech, 40 s of silence
LECTURE = "E_long/essay_lecture_5min.mp4"
SILENT = ("A_speech/silence_digital_30s.wav", "A_speech/silence_roomtone_30s.ogg")


def heard(*said: tuple[str, str, str], language: str = "en", has_speech: bool = True) -> dict[str, object]:
    segments = [{"start": start, "end": end, "text": text} for start, end, text in said]
    return {"has_speech": has_speech, "language": language, "segments": segments}


async def test_speech_after_silence_gets_its_time_in_the_whole_file(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.replies.append(heard(("00:00.3", "00:02.1", "Hello there."), ("00:03", "00:04.25", "Bye.")))

    result = await engine.transcribe(wav(LATE, silences=(Span(0.0, 25.0), Span(37.0, 77.24))), notes)

    # the file that was sent begins 0.3 s before the speech: 24.7 s
    assert [(part.start, part.end) for part in result.segments] == [(25.0, 26.8), (27.7, 28.95)]
    assert length(server.sounds[0]) == pytest.approx(12.6)
    assert (result.language, result.model) == ("en", "gemini-3.5-flash")


@pytest.mark.parametrize("clip", SILENT)
async def test_silent_recording_is_not_sent(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes, clip: str
) -> None:
    result = await engine.transcribe(wav(clip), notes)

    assert result.segments == ()
    assert server.requests == []
    assert notes.fractions[-1] == 1.0


async def test_no_cut_of_a_lecture_goes_through_sound(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    request = wav(LECTURE)

    result = await engine.transcribe(request, notes)

    assert len(server.sounds) == 2
    assert all(length(sound) <= stretches.LONGEST_SECONDS + 1 for sound in server.sounds)
    begins = [part.start for part in result.segments if "from 00:00.0" in part.text]
    cut = begins[1]
    assert _loudest(request.audio, Span(cut - 0.1, cut + 0.1)) < 1_000  # speech has 8,000 and more here


async def test_every_sample_with_sound_is_sent_once(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    request = wav(LECTURE)

    result = await engine.transcribe(request, notes)

    assert result.usage.audio_seconds == pytest.approx(sum(map(length, server.sounds)), abs=0.001)
    assert sum(map(length, server.sounds)) == pytest.approx(request.duration, abs=1.0)
    assert all(before.end <= after.start for before, after in pairwise(result.segments))
    assert result.segments[-1].end <= request.duration


async def test_times_in_the_second_stretch_count_from_the_start_of_the_file(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    request = wav(LECTURE)

    result = await engine.transcribe(request, notes)

    second = [part for part in result.segments if part.start >= length(server.sounds[0])]
    # the stand-in says where in the sound that it got each segment begins
    for number, part in enumerate(second):
        assert f"from {clock(5.0 * number)}" in part.text
        assert part.start - second[0].start == pytest.approx(5.0 * number, abs=0.01)


async def test_partials_come_in_order_with_ids_and_are_the_result(engine: Gemini, wav: Wav, notes: Notes) -> None:
    result = await engine.transcribe(wav(LECTURE), notes)

    assert tuple(notes.segments) == result.segments
    assert [part.id for part in result.segments] == [f"s{number}" for number in range(1, len(result.segments) + 1)]
    assert notes.fractions == sorted(notes.fractions)


async def test_large_stretch_goes_through_the_files_api_and_is_deleted(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    await engine.transcribe(wav(LECTURE), notes)

    assert [len(server.of(route)) for route in ("start", "upload", "generate", "delete")] == [2, 2, 2, 2]
    assert len(server.of("get")) >= 2  # PROCESSING first
    assert server.files == {}


async def test_small_stretch_travels_inside_the_request(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    await engine.transcribe(wav(LATE), notes)

    assert [request.route for request in server.requests] == ["generate"]


async def test_language_of_first_stretch_is_given_to_the_others(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.replies.append(heard(("00:01", "00:02", "Guten Tag."), language="de-DE"))
    server.replies.append(heard(("00:01", "00:02", "Hello."), language="en"))

    result = await engine.transcribe(wav(LECTURE), notes)

    first, second = (request.text for request in server.of("generate"))
    assert result.language == "de"
    assert "Tell the language" in first
    assert "The language is German (de)" in second


async def test_hints_language_and_model_reach_the_request(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    request = wav(LATE, language="en", model="gemini-2.5-pro", hotwords=("Wepfer",), prompt="A lecture on essays.")

    result = await engine.transcribe(request, notes)

    (sent,) = server.of("generate")
    assert "/models/gemini-2.5-pro:" in sent.path
    assert result.model == "gemini-2.5-pro"
    assert all(hint in sent.text for hint in ("Wepfer", "A lecture on essays.", "English"))


async def test_usage_counts_tokens_with_thoughts(engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes) -> None:
    text = '{"has_speech": false, "language": "", "segments": []}'
    server.replies.append(gemini.Reply(text, thought="x" * 400))

    result = await engine.transcribe(wav(LATE), notes)

    assert result.usage.requests == 1
    assert result.usage.output_tokens == len(text) // 4 + 100
    assert result.usage.input_tokens > 400  # 12.8 s of sound, 32 tokens each


async def test_text_for_no_speech_is_refused_with_a_warning(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    invented = heard(("00:00", "00:05", "Thanks for watching!"), has_speech=False)
    server.replies.extend([invented, invented])

    result = await engine.transcribe(wav(LATE), notes)

    assert result.segments == ()
    assert [warned.code for warned in result.warnings] == ["text_refused"]


async def test_too_long_answer_is_asked_for_in_halves(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.replies.append(gemini.Reply('{"has_speech": true, "segm', finish_reason="MAX_TOKENS"))

    result = await engine.transcribe(wav(LECTURE), notes)

    whole, first, second, _ = map(length, server.sounds)
    assert first + second == pytest.approx(whole, abs=0.001)
    assert result.segments[-1].end > 300
    assert all(before.end <= after.start for before, after in pairwise(result.segments))


async def test_halving_ends(engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes) -> None:
    server.rule = lambda *_: gemini.Reply("{", finish_reason="MAX_TOKENS")

    with pytest.raises(EngineFailed, match="does not fit"):
        await engine.transcribe(wav(LECTURE), notes)

    assert min(map(length, server.sounds)) >= 5


async def test_cancel_deletes_what_was_uploaded(engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes) -> None:
    server.faults["generate"].append(gemini.Fault(silent=True))
    work = asyncio.create_task(engine.transcribe(wav(LECTURE), notes))
    assert await asyncio.to_thread(server.wait_for, "generate")

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert len(server.deleted) == 1
    assert server.files == {}


async def test_cancel_in_the_middle_of_an_upload_deletes_it_too(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.faults["upload"].append(gemini.Fault(silent=True))
    work = asyncio.create_task(engine.transcribe(wav(LECTURE), notes))
    assert await asyncio.to_thread(server.wait_for, "upload")

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert server.files == {}


async def test_two_stretches_at_once_and_no_more(engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes) -> None:
    both, lock, at_once, most = threading.Barrier(2), threading.Lock(), [], []

    def rule(request: gemini.Received, sound: bytes | None) -> dict[str, Any]:
        with lock:
            at_once.append(1)
            most.append(len(at_once))
        if len(most) <= 2:
            both.wait(30)  # breaks if the second does not come while the first is being answered
        with lock:
            at_once.pop()
        return answer(request.config["responseJsonSchema"], request.text, sound)

    server.rule = rule
    result = await engine.transcribe(wav(LECTURE, times=3, language="en"), notes)

    assert max(most) == 2
    assert len(most) >= 5
    assert tuple(notes.segments) == result.segments


async def test_file_that_cannot_be_deleted_is_a_warning(
    engine: Gemini, server: gemini.Server, wav: Wav, notes: Notes
) -> None:
    server.faults["delete"].append(gemini.overloaded())

    result = await engine.transcribe(wav(LECTURE), notes)

    assert [warned.code for warned in result.warnings] == ["not_deleted"]
    assert result.segments


async def test_file_that_is_no_wav_is_bad_media(engine: Gemini, tmp_path: Path, notes: Notes) -> None:
    path = tmp_path / "audio.wav"
    path.write_bytes(b"this is not audio")

    with pytest.raises(BadMedia):
        await engine.transcribe(Request(audio=path, duration=1.0), notes)


async def test_detect_sends_half_a_minute(engine: Gemini, server: gemini.Server, wav: Wav) -> None:
    server.replies.append({"language": "en"})

    language = await engine.detect(wav(LECTURE))

    assert language == "en"
    assert length(server.sounds[0]) == pytest.approx(30.0)


async def test_detect_of_silence_asks_nobody(engine: Gemini, server: gemini.Server, wav: Wav) -> None:
    assert await engine.detect(wav(SILENT[0])) is None
    assert server.requests == []


def _loudest(path: Path, span: Span) -> int:
    with wave.open(str(path)) as file:
        file.setpos(round(span.start * 16_000))
        return max(map(abs, memoryview(file.readframes(round(span.length * 16_000))).cast("h")))
