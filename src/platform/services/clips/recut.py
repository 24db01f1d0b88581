"""A clip cut anew: its ends moved by a person, its pauses and fillers taken out or put back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from ... import db
from ...domain import clips, cuts, removal
from ...domain.clips import Removed
from ...domain.timeline import Span
from ...domain.transcript import Transcript, Word
from . import bounds, pauses
from .changes import ClipChanges


def is_wanted(wanted: ClipChanges) -> bool:
    """Return whether the change says anything about what is played."""
    asked = (wanted.start, wanted.end, wanted.spans, wanted.remove_pauses, wanted.remove_fillers)
    return any(value is not UNSET for value in asked)


async def spans(
    job_id: UUID, before: Sequence[Span], removed: Sequence[Removed], wanted: ClipChanges, text: Transcript
) -> tuple[tuple[Span, ...], tuple[Removed, ...]]:
    """Return what the clip plays after the change, and what is taken out of it.

    Raises:
        BadInput: bounds that the recording does not have, or that make no clip.
    """
    words = [word for segment in text.segments for word in segment.words]
    known = await pauses.of(job_id)
    whole = _spans(bounds.rejoined(before, removed), wanted, words, known, text.duration)
    kinds = {each.kind for each in removed}
    shorten = ("pause" in kinds) if wanted.remove_pauses is UNSET else wanted.remove_pauses
    clean = ("filler" in kinds) if wanted.remove_fillers is UNSET else wanted.remove_fillers
    made, gone = removal.apply(
        whole,
        words,
        known,
        remove_pauses=shorten,
        pause_seconds=await _pause_seconds(job_id),
        remove_fillers=clean,
        language=text.language,
    )
    bounds.check_rest(made)
    return made, gone


async def _pause_seconds(job_id: UUID) -> float:
    """Return which pauses were too long for the customer who ordered the clips."""
    row = await db.fetch_one("SELECT clips FROM jobs WHERE id = $1", job_id)
    assert row is not None, "the caller has locked it"  # noqa: S101 - invariant
    return clips.parse(row["clips"]).pause_seconds


def _spans(
    whole: tuple[Span, ...], wanted: ClipChanges, words: Sequence[Word], known: Sequence[Span], duration: float
) -> tuple[Span, ...]:
    """Return the spans before anything is removed; only ends that a person moved are snapped."""
    if wanted.spans is not UNSET:
        return bounds.given([Span(each.start, each.end) for each in wanted.spans], duration)
    if wanted.start is UNSET and wanted.end is UNSET:
        return whole
    start, end = (None if at is UNSET else at for at in (wanted.start, wanted.end))
    first, *others = bounds.moved(whole, start=start, end=end, duration=duration)
    first = cuts.snapped(first, words, known, duration)
    return (first, *others[:-1], cuts.snapped(others[-1], words, known, duration)) if others else (first,)
