"""What is said in a clip, line by line, for a person to correct."""

from __future__ import annotations

import asyncio
from uuid import UUID

import msgspec
from msgspec import UNSET

from ...domain import clip_lines
from ...domain.clip_lines import Line
from ...domain.clips import ClipWord
from ...errors import BadInput
from .. import transcripts
from ..sessions import Identity
from . import edits, views
from .changes import MOST_WORDS, ClipChanges
from .views import ClipView

LONGEST_LINE = 500  # characters that a person may write for one


class ClipLines(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a clip as it stands; ``version`` of the transcript, ``labels`` of its speakers by their ids."""

    clip: ClipView
    version: int
    language: str | None
    labels: dict[str, str]
    lines: tuple[Line, ...]


class Corrections(msgspec.Struct, frozen=True, kw_only=True):
    """A text for each line, empty for one that shall go, and what the lines were those of."""

    revision: int
    version: int
    texts: tuple[str, ...]


async def of(user_id: UUID, clip_id: UUID) -> ClipLines:
    """Return the lines of a clip.

    Raises:
        NotFound: there is no such clip of the user.
        Conflict: there is no text yet.
    """
    clip = await views.get(user_id, clip_id)
    text = await transcripts.get(user_id, clip.job_id)
    lines = await asyncio.to_thread(clip_lines.of, text, clip.spans, clip.words)
    return ClipLines(
        clip=clip,
        version=text.version,
        language=text.language,
        labels={speaker.id: speaker.label for speaker in text.speakers},
        lines=lines,
    )


async def correct(who: Identity, clip_id: UUID, given: Corrections) -> ClipView:
    """Put corrected lines into the subtitles of a clip; words that stay keep their times.

    Raises:
        NotFound: there is no such clip of the caller.
        BadInput: a line is too long, or all together are.
        Conflict: the clip or the transcript was changed meanwhile; or as ``edits.change``.
    """
    clip = await views.get(who.user_id, clip_id)
    text = await transcripts.get(who.user_id, clip.job_id)
    if (given.revision, given.version) != (clip.revision, text.version):
        raise edits.changed_meanwhile(clip.revision)
    if any(len(line) > LONGEST_LINE for line in given.texts):
        raise BadInput(f"A line has more than {LONGEST_LINE} characters", hint="Make it shorter.", field="line")
    words = await asyncio.to_thread(clip_lines.corrected, text, clip.spans, clip.words, given.texts)
    return await edits.change(who, clip_id, ClipChanges(words=_checked(words), revision=clip.revision))


async def take_back(who: Identity, clip_id: UUID, revision: int) -> ClipView:
    """Show what the transcript says instead of a person's words; errors as ``edits.change``."""
    return await edits.change(who, clip_id, ClipChanges(words=None, revision=revision))


def _checked(words: tuple[ClipWord, ...] | None) -> tuple[ClipWord, ...] | msgspec.UnsetType:
    if words is None:
        return UNSET
    if len(words) > MOST_WORDS:
        raise BadInput(f"These are {len(words)} words, {MOST_WORDS} are the most", hint="Write less.", field="line")
    return words
