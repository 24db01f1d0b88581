"""Transcribe a long recording in pieces, together with the workers that are idle.

1. Cut it at silences, once; an attempt after a crash finds the plan and what is finished.
2. Decide the language once, by listening here and there; then do the first piece: it says which language and model
   the others get.
3. Call idle workers (``assist``), and do every piece that nobody holds, also those of assistants that died.
4. Wait for the last pieces of others at the pace of the heartbeat, then join all.
"""

from __future__ import annotations

from ..platform import logs, temporary
from ..platform.domain import chunks as cutting
from ..platform.domain.exports.paragraphs import clock
from ..platform.domain.timeline import total
from ..platform.engines.protocol import Request, Transcription
from ..platform.errors import StageFailed, TimeLimitReached
from ..platform.media import pieces
from ..platform.services import chunks, silences
from ..platform.services.chunks import Standing
from ..platform.services.stages import Claimed
from ..platform.settings import current
from . import checkpoints, engine_fault, identity, leases, piece
from .patience import patiently
from .piece import Engines
from .report import Report

log = logs.get("worker")

# What the language is decided by: Whisper hears thirty seconds at once, so this is a minute or two of work.
_WINDOWS = 8
_WINDOW_SECONDS = 15.0
# How far a cut may move to a silence; the plan keeps it below a quarter of a piece.
_SEARCH_SECONDS = 30.0
# How far around a cut without a silence the sound itself is looked at; it costs about a hundredth of its length.
_LISTEN_SECONDS = 10.0


def is_worth_it(stage: Claimed, engines: Engines) -> bool:
    """Return whether the recording is long, and its engine can be given pieces of it."""
    if stage.media_kind == "text" or not engines(stage.engine).capabilities().in_pieces:
        return False
    return cutting.is_worth_it(checkpoints.ingested(stage).duration_seconds, target=current().chunk_seconds)


async def transcribe(stage: Claimed, report: Report, engines: Engines) -> Transcription:
    """Return the text of the whole recording.

    Raises:
        TimeLimitReached: the soft limit has come; what is finished is kept for the next attempt.
        LostLease: another worker owns the stage.
        ReelscribeError: as the engine says of a piece; the finished ones are kept.
    """
    if not await patiently(lambda: chunks.laid(stage)):
        await _lay(stage)
    await _do_all(stage, await _language(stage, engines), report, engines)
    return chunks.joined(await patiently(lambda: chunks.finished(stage.stage_id)))


async def _lay(stage: Claimed) -> None:
    sound = checkpoints.ingested(stage)
    known = await silences.of(stage.media_id)
    cuts = cutting.cuts(sound.duration_seconds, known, target=current().chunk_seconds, search=_SEARCH_SECONDS)
    at = [cut.at if cut.in_silence else await _quietest(sound.audio_key, cut) for cut in cuts]
    await chunks.lay(stage, cutting.spans(sound.duration_seconds, at))


async def _quietest(audio_key: str, cut: cutting.Cut) -> float:
    return await pieces.quietest(audio_key, at=cut.at, reach=min(cut.reach, _LISTEN_SECONDS))


async def _language(stage: Claimed, engines: Engines) -> str | None:
    """Return the language of the whole recording; None where the first piece is to tell."""
    standing = await patiently(lambda: chunks.standing(stage.stage_id))
    engine = engines(stage.engine)
    if stage.language or standing.has_first or not engine.capabilities().detects_language:
        return None
    sound = checkpoints.ingested(stage)
    known = await silences.of(stage.media_id)
    spread = cutting.windows(sound.duration_seconds, known, count=_WINDOWS, length=_WINDOW_SECONDS)
    if not spread:
        return None
    with temporary.folder() as folder:
        await pieces.join(sound.audio_key, spread, folder / "windows.wav")
        request = Request(audio=folder / "windows.wav", duration=total(spread), model=stage.model)
        try:
            with engine_fault.of(stage.engine):
                return await engine.detect(request)
        except StageFailed as exc:
            log.warning("language_not_detected", job_id=str(stage.job_id), engine=engine.name, error=repr(exc))
            return None


async def _do_all(stage: Claimed, language: str | None, report: Report, engines: Engines) -> None:
    has_called = False
    while (standing := await patiently(lambda: chunks.standing(stage.stage_id))).left:
        await report.progress(standing.done_seconds / standing.total_seconds)
        if report.stop_asked.is_set():
            raise _stopped(standing)
        if standing.has_first and not has_called:
            await patiently(lambda: chunks.call_for_help(stage, standing.free - 1))
            has_called = True
        if not await _do_one(stage, language, report, engines):
            await report.next_beat()


async def _do_one(stage: Claimed, language: str | None, report: Report, engines: Engines) -> bool:
    """Do a piece that nobody holds; False where others hold all that are left."""
    chunk = await patiently(
        lambda: chunks.claim(
            stage.stage_id,
            worker=identity.NAME,
            lease=leases.length(),
            owner=stage.token,
            engine=stage.engine,
            language=language,
        )
    )
    if chunk is None:
        return False
    try:
        await piece.do(chunk, report, engines)
    except piece.OtherModel:
        await chunks.begin_anew(stage)
        raise
    return True


def _stopped(standing: Standing) -> TimeLimitReached:
    done, total = clock(standing.done_seconds), clock(standing.total_seconds)
    return TimeLimitReached(
        f"The step was stopped at its time limit; {done} of {total} are done and kept",
        hint="It goes on there by itself.",
        done_seconds=standing.done_seconds,
    )
