"""``/jobs/{id}/clips/{id}/words``: correct what the subtitles of a clip say, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from ...platform.errors import BadInput, Conflict, ReelscribeError
from ...platform.services.clips import lines, views
from ...platform.services.clips.lines import ClipLines, Corrections
from ...platform.services.sessions import Identity
from ..guards import Caller
from . import clip_form, clip_news, view


class WordsEdit(msgspec.Struct, kw_only=True):
    """The form: a text for each ``line``; what all lines ``was`` when the form was made, one below the other."""

    revision: str = ""
    version: str = ""
    was: str = ""
    line: tuple[str, ...] | str = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """A text for each line."""
        return (self.line,) if isinstance(self.line, str) else self.line


class Typed(msgspec.Struct, frozen=True):
    """What a person typed, beside the lines as they are now: a text for each, and those whose line is gone."""

    texts: tuple[str, ...]
    lost: tuple[str, ...] = ()


@get("/jobs/{job_id:uuid}/clips/{clip_id:uuid}/words")
async def show(
    request: Request[Any, Any, Any], job_id: FromPath[UUID], clip_id: FromPath[UUID], identity: Caller
) -> Template:
    """Show the lines of a clip, as a page or as a part of the page of all clips."""
    await views.in_job(identity.user_id, job_id, clip_id)
    found = await lines.of(identity.user_id, clip_id)
    if request.headers.get("hx-request"):
        return view.partial("clip_words", _values(found))
    return view.page("clip_words", _values(found))


@post("/jobs/{job_id:uuid}/clips/{clip_id:uuid}/words", status_code=303)
async def correct(
    job_id: FromPath[UUID], clip_id: FromPath[UUID], data: URLEncodedBody[WordsEdit], identity: Caller
) -> Response[Any]:
    """Put the corrected lines into the subtitles."""
    await views.in_job(identity.user_id, job_id, clip_id)
    try:
        # What is no number comes from no form of ours; no clip has the revision 0.
        revision, version = (clip_form.number(typed) or 0 for typed in (data.revision, data.version))
        given = Corrections(revision=revision, version=version, texts=data.texts)
        clip = await lines.correct(identity, clip_id, given)
    except (BadInput, Conflict) as exc:
        return await _refused(identity, clip_id, data, exc)
    return view.see(clip_news.after(clip))


@post("/jobs/{job_id:uuid}/clips/{clip_id:uuid}/words/back", status_code=303)
async def take_back(
    job_id: FromPath[UUID], clip_id: FromPath[UUID], data: URLEncodedBody[WordsEdit], identity: Caller
) -> Response[Any]:
    """Show the transcript's own words again."""
    await views.in_job(identity.user_id, job_id, clip_id)
    try:
        clip = await lines.take_back(identity, clip_id, clip_form.number(data.revision) or 0)
    except Conflict as exc:
        return await _refused(identity, clip_id, None, exc)
    return view.see(clip_news.after(clip))


async def _refused(who: Identity, clip_id: UUID, edit: WordsEdit | None, problem: ReelscribeError) -> Template:
    found = await lines.of(who.user_id, clip_id)
    now = [line.text for line in found.lines]
    typed = None if edit is None else beside(now, _texts(edit.was), edit.texts)
    return view.page("clip_words", _values(found, typed, problem), status=problem.status)


def beside(now: Sequence[str], was: Sequence[str], typed: Sequence[str]) -> Typed:
    """Return what was typed for lines that were ``was`` and are ``now``; what was changed is never lost.

    >>> beside(["one", "2", "three"], ["one", "two", "three"], ["one", "zwei", "drei"])
    Typed(texts=('one', '2', 'drei'), lost=('zwei',))
    """
    texts = list(now)
    changed = {at: text for at, (old, text) in enumerate(zip(was, typed, strict=False)) if text != old}
    changed |= dict(list(enumerate(typed))[len(was) :])
    for block in SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks():
        for at in range(block.size):
            texts[block.b + at] = changed.pop(block.a + at, now[block.b + at])
    return Typed(tuple(texts), tuple(text for text in changed.values() if text.strip()))


def _values(found: ClipLines, typed: Typed | None = None, problem: ReelscribeError | None = None) -> dict[str, object]:
    return {
        "found": found,
        "clip": found.clip,
        "texts": typed.texts if typed else [line.text for line in found.lines],
        "lost": typed.lost if typed else (),
        "is_merged": bool(typed and problem and "revision" in problem.facts),  # somebody else's words are beside it
        "was": "\n".join(line.text for line in found.lines),
        "problem": problem,
    }


def _texts(was: str) -> list[str]:
    return was.replace("\r\n", "\n").split("\n")


handlers = (show, correct, take_back)
