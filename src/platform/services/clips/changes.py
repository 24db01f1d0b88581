"""What can be changed of a clip, and what a change may have nothing to do for."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from ...domain.clips import MOST_SPANS, Aspect, ClipWord, Layout, Style, Title
from .views import ChangeNotice

Seconds = Annotated[float, msgspec.Meta(ge=0, le=7 * 24 * 3600)]
MOST_WORDS = 20_000  # of a clip; half an hour of the fastest speech has 10,000

NOTICES = {
    notice.code: notice
    for notice in (
        ChangeNotice(code="unchanged", message="Nothing was changed: the clip is like this already."),
        ChangeNotice(code="no_pauses", message="No long pauses were found in this clip; nothing was shortened."),
        ChangeNotice(code="no_fillers", message="No filler words were found in this clip; nothing was cut."),
    )
}


class Bounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the recording, in seconds."""

    start: Seconds
    end: Seconds


class ClipChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a clip; what is left out stays.

    ``start`` and ``end`` move its ends, ``spans`` say all of it anew. ``remove_pauses`` and ``remove_fillers`` cut (or
    put back, with false) what is inside. ``words`` (seconds of the recording) replace the text of the subtitles; null
    takes that back; where the clip grows later, the transcript's own are added. ``subtitles``: whether they are burned
    in. ``revision``: that of the clip as you know it; if it has another by now, nothing is changed.
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
    words: Annotated[tuple[ClipWord, ...], msgspec.Meta(max_length=MOST_WORDS)] | UnsetType | None = UNSET
    revision: Annotated[int, msgspec.Meta(ge=1)] | UnsetType = UNSET
