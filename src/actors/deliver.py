"""Make the transcript of all that the earlier stages found, and complete the job."""

from __future__ import annotations

import asyncio

import msgspec

from ..platform import storage
from ..platform.services import sound, transcripts
from ..platform.services.stages import Claimed, Finished
from . import checkpoints
from .report import Report


async def work(stage: Claimed, report: Report) -> Finished:
    """Store the transcript as a new version, with the result of this stage and never twice."""
    made = await asyncio.to_thread(checkpoints.assembled, stage)  # takes seconds for a day of speech
    version = await transcripts.next_version(stage.job_id)
    await _forget_sound(stage)
    await report.progress(1.0)
    return Finished(
        result=msgspec.json.encode(checkpoints.Delivered(version=version)),
        write=lambda: transcripts.store(stage.job_id, made, run=stage.run),
    )


async def _forget_sound(stage: Claimed) -> None:
    """Delete the decoded sound track, unless a failed stage may want it again."""
    audio_key = checkpoints.ingested(stage).audio_key
    if audio_key != stage.media_key and not await sound.may_be_wanted(stage.job_id):
        await storage.current().delete(audio_key)
