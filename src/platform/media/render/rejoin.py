"""A clip's file with another title, chapters and subtitle track, and the picture and sound it has."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Final

from ... import temporary
from ...domain.rendering import Recording, RenderOrder
from ...errors import MediaFailed
from . import joined, laid, mp4
from .failures import disk_error

_KEPT: Final = ("vide", "soun")


async def make(old: Path, sha256: str, order: RenderOrder, source: Recording, target: Path) -> float:
    """Join picture and sound of the clip at ``old`` anew with what ``order`` says; return the clip's seconds.

    Nothing is encoded, and every packet that plays stays as it is, however often that is done. That ``order`` has the
    picture and sound of the file is for the caller to know (``laid.basis``). ``source``: what was known of the
    recording when the file was made; ``sha256`` of the file, in hex.

    Raises:
        MediaFailed: the file is not what it was, or ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
        BadMedia: the order lies outside the recording.
    """
    wanted, grid = await asyncio.to_thread(laid.laid, order, source)
    try:
        before = await asyncio.to_thread(_tracks, old, sha256)
        with temporary.folder() as folder:
            sound = old if "soun" in before else None
            await joined.make(old, sound, wanted, grid, target, folder=folder)
        after = await asyncio.to_thread(_samples, target)
    except OSError as exc:
        raise disk_error(exc) from exc
    if not _is_whole(before, after):
        raise MediaFailed("The clip has not as many pictures as before, or not as much sound.", had=before, has=after)
    return grid.duration


def _tracks(path: Path, sha256: str) -> dict[str, int]:
    """Return how many samples picture and sound have.

    Raises:
        MediaFailed: the file is damaged.
    """
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise MediaFailed("The file of the clip is damaged.")
    return _samples(path)


def _is_whole(before: dict[str, int], after: dict[str, int]) -> bool:
    """Return whether all is there but a last packet of sound, if that begins when the clip is over.

    An MP4 says in whole milliseconds when it is; up to the next one there may be a packet that nobody hears.
    """
    return before.keys() == after.keys() and all(
        count - after[kind] in ((0, 1) if kind == "soun" else (0,)) for kind, count in before.items()
    )


def _samples(path: Path) -> dict[str, int]:
    return {track.kind: track.samples for track in mp4.tracks(path) if track.kind in _KEPT}
