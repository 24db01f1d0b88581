"""The forms about clips: what a browser sends for a job's clips or for one of them, and the request that it means."""

from __future__ import annotations

import re
from typing import Literal, TypeVar

import msgspec

from ...platform.domain import moments
from ...platform.domain.clips import ClipsWanted
from ...platform.errors import BadInput
from ...platform.services.clips.changes import ClipChanges
from ...platform.services.clips.reels import NewReel
from ...platform.services.clips.views import ClipView
from .. import mistakes

# How subtitles look, or none in the picture; the words of the form for ``style`` and ``subtitles`` together.
SUBTITLES = {
    "clean": "Plain",
    "box": "On a dark band",
    "bold": "Large and bold",
    "karaoke": "The spoken word lights up",
    "none": "Not in the picture",
}
ASPECTS = {
    "source": "As recorded",
    "16:9": "16:9, wide",
    "9:16": "9:16, upright, for phones",
    "1:1": "1:1, square",
    "4:5": "4:5, portrait",
}
LAYOUTS = {
    "auto": "What suits each moment",
    "whole": "The whole picture",
    "speaker": "Follow the speaker",
    "slides": "Slides with the speaker",
}

# What people call the fields whose values can be wrong.
_NAMES = {"title": "The title", "about": "What the clips should be about", "clips": "The clips of the reel"}
_CORRECT = "Correct it and send the form again."

T = TypeVar("T")

_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d{1,6})?)", re.ASCII)


class ClipsChoice(msgspec.Struct, kw_only=True):
    """The fields about clips of the form for a new job, as they were typed."""

    clip_count: str = "5"
    clip_min: str = "15"
    clip_max: str = "90"
    aspect: str = "source"
    layout: str = "auto"
    subtitles: str = "clean"
    remove_pauses: str = ""
    remove_fillers: str = ""
    about: str = ""
    analyst: Literal["auto", "gemini", "local"] = "auto"


class ClipEdit(msgspec.Struct, kw_only=True):
    """The form on a clip; times as people write them. ``was``: what it showed at first, as JSON."""

    title: str = ""
    start: str = ""
    end: str = ""
    aspect: str = "source"
    layout: str = "auto"
    subtitles: str = "clean"
    remove_pauses: str = ""
    remove_fillers: str = ""
    revision: str = ""
    was: str = ""


class ReelEdit(msgspec.Struct, kw_only=True):
    """The form under the clips: which of them make a reel."""

    title: str = "Highlights"
    clips: tuple[str, ...] | str = ()


def wanted(choice: ClipsChoice) -> ClipsWanted:
    """Return what the form for a new job asks of the clips.

    Raises:
        BadInput: a value cannot be used; the fact ``field`` names it.
    """
    values = {
        "count": _number("clip_count", choice.clip_count, least=1, most=15, what="a number of clips"),
        "min_seconds": _number("clip_min", choice.clip_min, least=1, most=600, what="a length in seconds"),
        "max_seconds": _number("clip_max", choice.clip_max, least=5, most=1800, what="a length in seconds"),
        "aspect": choice.aspect,
        "layout": choice.layout,
        "remove_pauses": bool(choice.remove_pauses),
        "remove_fillers": bool(choice.remove_fillers),
        "about": " ".join(choice.about.split()),
        "analyst": choice.analyst,
        **_look(choice.subtitles),
    }
    return _converted(values, ClipsWanted)


def changes(edit: ClipEdit, clip: ClipView) -> ClipChanges:
    """Return what the form changes of the clip; ends and boxes that stay as they are shown cut nothing anew.

    Raises:
        BadInput: as ``wanted``.
    """
    values: dict[str, object] = {"title": " ".join(edit.title.split()), "aspect": edit.aspect, "layout": edit.layout}
    values |= _look(edit.subtitles)
    if (revision := number(edit.revision)) is not None:
        values["revision"] = revision
    if clip.kind == "clip":
        values |= _cuts(edit, clip)
    if not values["title"]:
        raise BadInput("A clip needs a title", hint="Write a few words that say what it is about.", field="title")
    return _converted(values, ClipChanges)


def shown(clip: ClipView) -> ClipEdit:
    """Return what the form shows of the clip as it is."""
    kinds = {each.kind for each in clip.removed}
    form = ClipEdit(
        title=clip.title,
        start=moments.in_recording(clip.start),
        end=moments.in_recording(clip.end),
        aspect=clip.aspect,
        layout=clip.layout,
        subtitles=clip.style if clip.subtitles else "none",
        remove_pauses="yes" if "pause" in kinds else "",
        remove_fillers="yes" if "filler" in kinds else "",
        revision=str(clip.revision),
    )
    return msgspec.structs.replace(form, was=msgspec.json.encode(form).decode())


def beside(edit: ClipEdit, clip: ClipView) -> ClipEdit:
    """Return what a person changed in the form, beside what others changed of the clip meanwhile."""
    now = shown(clip)
    try:
        was = msgspec.json.decode(edit.was, type=ClipEdit)
    except msgspec.MsgspecError:  # no form of ours
        was = ClipEdit()
    names = [name for name in ClipEdit.__struct_fields__ if name not in ("revision", "was")]
    typed = {name: getattr(edit, name) for name in names if getattr(edit, name) != getattr(was, name)}
    return msgspec.structs.replace(now, **typed)


def _cuts(edit: ClipEdit, clip: ClipView) -> dict[str, object]:
    kinds = {each.kind for each in clip.removed}
    boxes = {"remove_pauses": (edit.remove_pauses, "pause"), "remove_fillers": (edit.remove_fillers, "filler")}
    values: dict[str, object] = {
        name: bool(ticked) for name, (ticked, kind) in boxes.items() if bool(ticked) != (kind in kinds)
    }
    for name, typed, was in (("start", edit.start, clip.start), ("end", edit.end, clip.end)):
        if typed.strip() != moments.in_recording(was):
            values[name] = seconds(typed, field=name)
    return values


def reel(edit: ReelEdit) -> NewReel:
    """Return the reel that the form asks for.

    Raises:
        BadInput: no clip is chosen, or a value cannot be used.
    """
    chosen = (edit.clips,) if isinstance(edit.clips, str) else edit.clips
    if not chosen:
        raise BadInput("Choose the clips of the reel first", hint="Tick “In the reel” on those you want.")
    return _converted({"title": " ".join(edit.title.split()) or "Highlights", "clips": chosen}, NewReel)


def number(typed: str) -> int | None:
    """Return a count that one of our own forms sent; None for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 and int(typed) else None


def seconds(typed: str, *, field: str) -> float:
    """Return a moment that was typed, in seconds.

    >>> seconds("1:05.5", field="start"), seconds("65,5", field="start"), seconds("1:01:05", field="start")
    (65.5, 65.5, 3665.0)

    Raises:
        BadInput: it is none.
    """
    found = _CLOCK.fullmatch(typed.strip())
    if found is None:
        what = f"'{typed[:20]}' is no moment of the recording" if typed.strip() else "A start or an end is missing"
        hint = "Write minutes and seconds, as 1:05, or seconds, as 65.5."
        raise BadInput(what, hint=hint, field=field)
    hours, minutes, rest = found.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))


def _look(subtitles: str) -> dict[str, object]:
    if subtitles == "none":
        return {"subtitles": False}
    return {"subtitles": True, "style": subtitles}


def _number(field: str, typed: str, *, least: int, most: int, what: str) -> int:
    text = typed.strip()
    if text.isascii() and text.isdigit() and least <= int(text[:6]) <= most:
        return int(text)
    raise BadInput(f"'{text[:20]}' is not {what}.", hint=f"Write a number from {least} to {most}.", field=field)


def _converted(values: dict[str, object], kind: type[T]) -> T:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as exc:
        said, _, path = str(exc).partition(" - at `$.")
        field = re.split(r"\W", path)[0]
        meant = mistakes.said(said, mistakes.inside(kind, field) if field else kind)
        raise BadInput(f"{_NAMES.get(field, 'A field')}: {meant}", hint=_CORRECT, field=field) from exc
