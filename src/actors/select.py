"""Choose the clips and where they are cut; each gets a rendering of its own."""

from __future__ import annotations

import asyncio

import msgspec

from ..platform.domain import selection, sentences
from ..platform.domain.clips import ClipPlan
from ..platform.errors import StageFailed
from ..platform.services.clips import choosing
from ..platform.services.stages import Claimed, Finished
from . import checkpoints
from .report import Report


class NoClips(StageFailed):
    """Nothing in this recording makes a clip."""

    code, permanent = "no_clips", True
    hint = "Ask for other lengths, or for a transcription only."


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoint: how many clips there are to be."""

    count: int


async def work(stage: Claimed, report: Report) -> Finished:
    """Write down the clips that are to be made, with the result of this stage and never twice."""
    plans = await asyncio.to_thread(_chosen, stage)
    if not plans:
        raise NoClips
    await report.progress(1.0)
    return Finished(
        result=msgspec.json.encode(Selected(count=len(plans))),
        write=lambda: choosing.store_plans(stage.job_id, plans, stage.clips),
    )


def _chosen(stage: Claimed) -> tuple[ClipPlan, ...]:
    text = checkpoints.assembled(stage)
    return selection.choose(
        checkpoints.analysis(stage).content,
        sentences.of(text.segments, text.language),
        checkpoints.pauses(stage),
        duration=text.duration,
        wanted=stage.clips,
        language=text.language,
    )
