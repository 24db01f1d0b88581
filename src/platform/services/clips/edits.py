"""Change a clip: what a change means for its file, and asking for a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET

from ... import db
from ...domain import clip_text, reel_words, wording
from ...domain.clips import Aspect, ClipWord, Layout, Removed, Style
from ...domain.timeline import Span
from ...errors import BadInput, Conflict
from .. import transcripts
from ..sessions import Identity
from . import again, recut, titles, views
from .changes import NOTICES, Bounds, ClipChanges
from .views import ChangeNotice, ClipView

__all__ = ["Bounds", "ClipChanges", "change", "changed_meanwhile", "delete"]


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
        Conflict: the recording was deleted, so no new file can be made; the job did not come to its end; or the clip
            has another revision by now.
    """
    async with db.transaction():
        found = await _locked(who, clip_id)
        if wanted.revision not in (UNSET, found["revision"]):
            raise changed_meanwhile(found["revision"])
        before = _values(found)
        after = await _changed(who, found, before, wanted)
        if after != before:
            await _write(clip_id, after)
        is_tried = after != before or _was_given_up(found)
        if is_tried:
            await again.render(found["job_id"], clip_id, by=who.user_id)
    notices = tuple(_notices(wanted, after, is_unchanged=not is_tried))
    return msgspec.structs.replace(await views.get(who.user_id, clip_id), notices=notices)


def changed_meanwhile(revision: int) -> Conflict:
    """Return the refusal of a change that was made from another revision than the clip has now."""
    return Conflict(
        "This clip was changed meanwhile, in another window or by somebody else",
        hint="Look at it as it is now, then make your change again.",
        revision=revision,
    )


def _notices(wanted: ClipChanges, after: _Values, *, is_unchanged: bool) -> Iterator[ChangeNotice]:
    kinds = {each.kind for each in after.removed}
    if wanted.remove_fillers is True and "filler" not in kinds:
        yield NOTICES["no_fillers"]
    if wanted.remove_pauses is True and "pause" not in kinds:
        yield NOTICES["no_pauses"]
    if is_unchanged:
        yield NOTICES["unchanged"]


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
    if recut.is_wanted(wanted):
        if found["kind"] == "reel":
            raise BadInput("A reel has no bounds of its own", hint="Change its clips and make a new reel of them.")
        after = await _recut(who, found["job_id"], after, wanted)
    if "words" in given:
        _check_words(after, known=before.words or ())
    return after


async def _recut(who: Identity, job_id: UUID, values: _Values, wanted: ClipChanges) -> _Values:
    text = await transcripts.get(who.user_id, job_id)
    spans, removed = await recut.spans(job_id, values.spans, values.removed, wanted, text)
    if spans == values.spans:
        return values
    said = wording.letters(clip_text.cut(text, spans).text)
    quote = values.quote if wording.letters(values.quote) in said else ""  # nobody says it in this clip any more
    words = values.words
    if words and wanted.words is UNSET:
        words = tuple(reel_words.grown(text, words, values.spans, spans))
    return msgspec.structs.replace(values, spans=spans, removed=removed, quote=quote, words=words)


def _check_words(values: _Values, *, known: Sequence[ClipWord]) -> None:
    """Refuse words of a person's own that the clip would never show; those that it has already may wait outside."""
    words = values.words or ()
    if set(words) <= set(known):
        return
    hint = "Give the start and end of each word in seconds of the recording, or null for the transcript's own words."
    if any(not 0 <= word.start <= word.end for word in words):
        raise BadInput("A word ends before it starts", hint=hint, field="words")
    if not any(wording.clean(word.text) for _, word, _ in clip_text.heard(words, values.spans)):
        raise BadInput("None of these words is said while the clip plays", hint=hint, field="words")


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
