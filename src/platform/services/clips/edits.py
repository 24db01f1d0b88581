"""Change a clip: what a change means for its file, and asking for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from ... import db
from ...domain import clip_text, clips, cuts, removal
from ...domain.clips import MOST_SPANS, Aspect, ClipWord, Layout, Removed, Style, Title
from ...domain.timeline import Span
from ...domain.transcript import Transcript, Word
from ...errors import BadInput
from .. import transcripts
from ..sessions import Identity
from . import again, bounds, pauses, titles, views
from .views import ClipView

Seconds = Annotated[float, msgspec.Meta(ge=0, le=7 * 24 * 3600)]
_MOST_WORDS = 20_000


class Bounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the recording, in seconds."""

    start: Seconds
    end: Seconds


class ClipChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a clip; what is left out stays.

    ``start`` and ``end`` move its ends, ``spans`` say all of it anew. ``remove_pauses`` and ``remove_fillers`` cut (or
    put back, with false) what is inside. ``words`` (seconds of the recording) replace the text of the subtitles; null
    takes that back. ``subtitles``: whether they are burned in.
    """

    title: Title | UnsetType = UNSET
    start: Seconds | UnsetType = UNSET
    end: Seconds | UnsetType = UNSET
    spans: Annotated[tuple[Bounds, ...], msgspec.Meta(min_length=1, max_length=MOST_SPANS)] | UnsetType = UNSET
    remove_pauses: bool | UnsetType = UNSET
    remove_fillers: bool | UnsetType = UNSET
    subtitles: bool | UnsetType = UNSET
    style: Style | UnsetType = UNSET
    aspect: Aspect | UnsetType = UNSET
    layout: Layout | UnsetType = UNSET
    words: Annotated[tuple[ClipWord, ...], msgspec.Meta(max_length=_MOST_WORDS)] | UnsetType | None = UNSET


class _Values(msgspec.Struct, frozen=True, kw_only=True):
    """All columns that a change may touch; equal values mean the same file."""

    title: str
    spans: tuple[Span, ...]
    removed: tuple[Removed, ...]
    words: tuple[ClipWord, ...] | None
    subtitles: bool
    style: Style
    aspect: Aspect
    layout: Layout
    quote: str


async def change(who: Identity, clip_id: UUID, wanted: ClipChanges) -> ClipView:
    """Change the clip and have it rendered again if its file would differ; the old file stays until then.

    The same again is a new try for a clip whose last rendering failed or was cancelled.

    Raises:
        NotFound: there is no such clip of the caller.
        BadInput: bounds that the recording does not have, or that make no clip.
        Conflict: the recording was deleted, so no new file can be made; or the job did not come to its end.
    """
    async with db.transaction():
        found = await _locked(who, clip_id)
        before = _values(found)
        after = await _changed(who, found, before, wanted)
        if after != before:
            await _write(clip_id, after)
        if after != before or _was_given_up(found):
            await again.render(found["job_id"], clip_id, by=who.user_id)
    return await views.get(who.user_id, clip_id)


async def delete(who: Identity, clip_id: UUID) -> None:
    """Remove the clip; a rendering on its way is dropped.

    Raises:
        NotFound: there is no such clip of the caller.
        Conflict: it is the only clip of a job that is at work: cancel the job instead.
    """
    async with db.transaction():
        found = await _locked(who, clip_id)
        await db.execute("UPDATE clips SET deleted_at = now() WHERE id = $1", clip_id)
        after = await again.drop(found["job_id"], clip_id)
    if after is not None:
        await after.announce()


async def _locked(who: Identity, clip_id: UUID) -> db.Row:
    """Return the clip; its job is locked first, as everywhere."""
    found = await views.row(who.user_id, clip_id)
    await db.execute("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE", found["job_id"])
    return await views.row(who.user_id, clip_id)


def _was_given_up(found: db.Row) -> bool:
    return found["status"] in ("ready", "failed") and found["rendered_revision"] != found["revision"]


def _values(found: db.Row) -> _Values:
    view = views.of_row(found)
    return _Values(**{name: getattr(view, name) for name in _Values.__struct_fields__})


async def _changed(who: Identity, found: db.Row, before: _Values, wanted: ClipChanges) -> _Values:
    simple = ("title", "words", "subtitles", "style", "aspect", "layout")
    given = {name: value for name in simple if (value := getattr(wanted, name)) is not UNSET}
    if "title" in given:
        given["title"] = titles.checked(given["title"])
    after = msgspec.structs.replace(before, **given)
    moved = (wanted.start, wanted.end, wanted.spans, wanted.remove_pauses, wanted.remove_fillers)
    if all(value is UNSET for value in moved):
        _check_words(after)
        return after
    if found["kind"] == "reel":
        raise BadInput("A reel has no bounds of its own", hint="Change its clips and make a new reel of them.")
    text = await transcripts.get(who.user_id, found["job_id"])
    spans, removed = await _cut(found, before, wanted, text)
    said = _letters(clip_text.cut(text, spans).text)
    quote = before.quote if _letters(before.quote) in said else ""  # nobody says it in this clip any more
    after = msgspec.structs.replace(after, spans=spans, removed=removed, quote=quote)
    _check_words(after)
    return after


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _check_words(values: _Values) -> None:
    """Refuse words of a person's own that the clip would never show."""
    if not values.words:
        return
    hint = "Give the start and end of each word in seconds of the recording, or null for the transcript's own words."
    if any(not 0 <= word.start <= word.end for word in values.words):
        raise BadInput("A word ends before it starts", hint=hint, field="words")
    if not any(word.start < span.end and word.end > span.start for word in values.words for span in values.spans):
        raise BadInput("None of these words is said while the clip plays", hint=hint, field="words")


async def _cut(
    found: db.Row, before: _Values, wanted: ClipChanges, text: Transcript
) -> tuple[tuple[Span, ...], tuple[Removed, ...]]:
    words = [word for segment in text.segments for word in segment.words]
    known = await pauses.of(found["job_id"])
    spans = _spans(before, wanted, words, known, text.duration)
    kinds = {each.kind for each in before.removed}
    shorten = ("pause" in kinds) if wanted.remove_pauses is UNSET else wanted.remove_pauses
    clean = ("filler" in kinds) if wanted.remove_fillers is UNSET else wanted.remove_fillers
    spans, removed = removal.apply(
        spans,
        words,
        known,
        remove_pauses=shorten,
        pause_seconds=await _pause_seconds(found["job_id"]),
        remove_fillers=clean,
        language=text.language,
    )
    bounds.check_length(spans)
    return spans, removed


async def _pause_seconds(job_id: UUID) -> float:
    """Return which pauses were too long for the customer who ordered the clips."""
    row = await db.fetch_one("SELECT clips FROM jobs WHERE id = $1", job_id)
    assert row is not None, "the caller has locked it"  # noqa: S101 - invariant
    return clips.parse(row["clips"]).pause_seconds


def _spans(
    before: _Values, wanted: ClipChanges, words: Sequence[Word], known: Sequence[Span], duration: float
) -> tuple[Span, ...]:
    """Return the spans before anything is removed; only ends that a person moved are snapped."""
    if wanted.spans is not UNSET:
        return bounds.given([Span(each.start, each.end) for each in wanted.spans], duration)
    whole = bounds.rejoined(before.spans, before.removed)
    if wanted.start is UNSET and wanted.end is UNSET:
        return whole
    start, end = (None if at is UNSET else at for at in (wanted.start, wanted.end))
    first, *others = bounds.moved(whole, start=start, end=end, duration=duration)
    first = cuts.snapped(first, words, known, duration)
    return (first, *others[:-1], cuts.snapped(others[-1], words, known, duration)) if others else (first,)


async def _write(clip_id: UUID, values: _Values) -> None:
    await db.execute(
        "UPDATE clips SET title = $2, spans = $3, removed = $4, words = $5, subtitles = $6, style = $7, aspect = $8,"
        " layout = $9, duration_seconds = CASE WHEN spans = $3::jsonb THEN duration_seconds ELSE $10 END,"
        " quote = $11, revision = revision + 1 WHERE id = $1",
        clip_id,
        values.title,
        msgspec.json.encode(values.spans).decode(),
        msgspec.json.encode(values.removed).decode(),
        None if values.words is None else msgspec.json.encode(values.words).decode(),
        values.subtitles,
        values.style,
        values.aspect,
        values.layout,
        sum(span.length for span in values.spans),
        values.quote,
    )
