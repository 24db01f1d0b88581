"""A reel: chosen clips one after the other in one file, each a chapter."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

import msgspec

from ... import db
from ...domain import reel_words
from ...domain.clips import MOST_CLIPS, MOST_SPANS, Aspect, Chapter, ClipWord, Layout, Style, Title
from ...errors import BadInput, NotFound
from .. import transcripts
from ..sessions import Identity
from . import again, titles, views
from .views import ClipView

_MOST_REELS = 20


class NewReel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The clips of a reel in the order of play; what is not given is as in the first of them."""

    clips: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=MOST_CLIPS)]
    title: Title = "Highlights"
    subtitles: bool | None = None
    style: Style | None = None
    aspect: Aspect | None = None
    layout: Layout | None = None


async def create(who: Identity, job_id: UUID, wanted: NewReel) -> ClipView:
    """Make a reel of clips of one job and have it rendered; it costs nothing.

    Raises:
        NotFound: there is no such job of the caller.
        BadInput: a clip that is none of the job's, a reel among them, or too many cuts.
        Conflict: the recording was deleted, or the job did not come to its end.
    """
    async with db.transaction():
        job = await db.fetch_one("SELECT 1 FROM jobs WHERE id = $1 AND user_id = $2 FOR UPDATE", job_id, who.user_id)
        if job is None:
            raise NotFound("There is no such job")
        chosen = _chosen(wanted, (await views.of_job(who.user_id, job_id)).items)
        clip_id = await _insert(job_id, wanted, chosen, await _words(who, job_id, chosen))
        await again.render(job_id, clip_id, by=who.user_id)
    return await views.get(who.user_id, clip_id)


def _chosen(wanted: NewReel, clips: list[ClipView]) -> list[ClipView]:
    known = {clip.id: clip for clip in clips if clip.kind == "clip"}
    if missing := [clip_id for clip_id in wanted.clips if clip_id not in known]:
        raise BadInput(
            "What was chosen for the reel is no clip of this job, or was deleted meanwhile",
            hint="Load the clips again and choose among them; a reel is made of clips, not of reels.",
            field="clips",
            missing=str(missing[0]),
        )
    if sum(clip.kind == "reel" for clip in clips) >= _MOST_REELS:
        raise BadInput(f"This job has {_MOST_REELS} reels already", hint="Delete one you do not need.", field="clips")
    chosen = [known[clip_id] for clip_id in wanted.clips]
    if (count := sum(len(clip.spans) for clip in chosen)) > MOST_SPANS:
        raise BadInput(
            f"This reel would have {count} cuts, {MOST_SPANS} are the most",
            hint="Choose fewer clips, or put back the pauses that were cut out of them.",
            field="clips",
        )
    return chosen


async def _words(who: Identity, job_id: UUID, chosen: list[ClipView]) -> tuple[ClipWord, ...] | None:
    """Return the subtitles that a person wrote for some of the clips, with what is said in the others."""
    if all(clip.words is None for clip in chosen):
        return None
    text = await transcripts.get(who.user_id, job_id)
    return await asyncio.to_thread(reel_words.of, text, [(clip.spans, clip.words) for clip in chosen])


async def _insert(job_id: UUID, wanted: NewReel, chosen: list[ClipView], words: tuple[ClipWord, ...] | None) -> UUID:
    spans = [span for clip in chosen for span in clip.spans]
    first = chosen[0]
    row = await db.fetch_one(
        "INSERT INTO clips (job_id, position, kind, title, score, topics, spans, removed, words, chapters,"
        " duration_seconds, subtitles, style, aspect, layout) SELECT $1, coalesce(max(position) + 1, 0), 'reel', $2,"
        " $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM clips WHERE job_id = $1 RETURNING id",
        job_id,
        titles.checked(wanted.title),
        max(clip.score for clip in chosen),
        list(dict.fromkeys(topic for clip in chosen for topic in clip.topics))[:20],
        msgspec.json.encode(spans).decode(),
        msgspec.json.encode([each for clip in chosen for each in clip.removed]).decode(),
        None if words is None else msgspec.json.encode(words).decode(),
        msgspec.json.encode(_chapters(chosen)).decode(),
        sum(span.length for span in spans),
        first.subtitles if wanted.subtitles is None else wanted.subtitles,
        wanted.style or first.style,
        wanted.aspect or first.aspect,
        wanted.layout or first.layout,
    )
    assert row is not None, "it was inserted"  # noqa: S101 - for the type checker
    clip_id: UUID = row["id"]
    return clip_id


def _chapters(chosen: list[ClipView]) -> list[Chapter]:
    made: list[Chapter] = []
    reached = 0.0
    for clip in chosen:
        made.append(Chapter(start=round(reached, 3), title=clip.title))
        reached += sum(span.length for span in clip.spans)
    return made
