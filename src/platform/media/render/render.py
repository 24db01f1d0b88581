"""Make the files of one clip."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec

from ... import temporary
from ...domain.frames import Grid
from ...domain.rendering import Basis, RenderOrder
from ...errors import BadMedia
from ..info import MediaInfo
from . import audiogram, copy, encode, joined, laid, mux, samples, sound, stills
from .failures import disk_error

OnProgress = Callable[[float], Awaitable[None]]
Way = Literal["copied", "encoded", "audiogram"]
S = TypeVar("S")
T = TypeVar("T")

_NO_PICTURE: Final = "The picture of this stretch cannot be decoded; the clip shows the sound instead."
_NO_SOUND: Final = "The sound of this stretch cannot be decoded; the clip is silent."
_SHARES: Final = {"picture": 0.8, "sound": 0.15, "rest": 0.05}  # of the work


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one clip in the folder that was given.

    ``video`` is an MP4 (H.264, AAC, soft subtitle track, chapters, index in front), ``poster`` a JPEG of its best
    frame, ``preview`` a small animated WebP without sound. ``way``: whether the picture was copied or encoded.
    ``basis``: what it was made of, None where something could not be decoded, which another attempt may do better.
    """

    video: Path
    poster: Path
    preview: Path
    duration_seconds: float
    width: int
    height: int
    way: Way
    basis: Basis | None = None
    warnings: tuple[str, ...] = ()


async def render(
    source: Path, info: MediaInfo, order: RenderOrder, folder: Path, *, on_progress: OnProgress
) -> Rendered:
    """Make the clip ``order`` of the recording at ``source``.

    Steps: 1. lay the spans on the grid of frames, and what is said and where chapters begin with them; 2. make the
    picture, copied where that can be and encoded otherwise, then its stills, and beside it the sound; 3. join them;
    4. look whether the result is as long as it should be. Where there is no picture, the sound is drawn.

    Raises:
        BadMedia: nothing of the spans can be decoded.
        MediaFailed: ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
    """
    known = laid.recording(info)
    wanted, grid = laid.laid(order, known)
    with temporary.folder() as working:
        clip = _Clip(source, info, wanted, grid, folder, working, _Progress(on_progress))
        try:
            made = await clip.make()
        except OSError as exc:
            raise disk_error(exc) from exc
    warnings = (*made.warnings, *await asyncio.to_thread(laid.warnings, order, known))
    basis = None if clip.is_damaged else await asyncio.to_thread(laid.basis, order, known)
    await on_progress(1.0)
    return msgspec.structs.replace(made, basis=basis, warnings=warnings)


class _Progress:
    """Adds up the progress of what is made at the same time; it never falls."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._report = on_progress
        self._done = dict.fromkeys(_SHARES, 0.0)

    def of(self, name: str) -> OnProgress:
        async def note(fraction: float) -> None:
            if fraction > self._done[name]:
                self._done[name] = min(fraction, 1.0)
                await self._report(sum(_SHARES[each] * done for each, done in self._done.items()))

        return note


class _Clip:
    """One clip in the making; ``order`` is on the grid."""

    def __init__(
        self,
        source: Path,
        info: MediaInfo,
        order: RenderOrder,
        grid: Grid,
        folder: Path,
        working: Path,
        progress: _Progress,
    ) -> None:
        self._source, self._info, self._order, self._grid = source, info, order, grid
        self._working, self._progress = working, progress
        self._picture = working / "picture.mp4"
        self._video, self._poster, self._preview = folder / "clip.mp4", folder / "poster.jpg", folder / "preview.webp"
        self._warnings: list[str] = []
        self.is_damaged = False  # something of the recording could not be decoded

    async def make(self) -> Rendered:
        if self._info.video is None:
            heard = await self._sound()
            (way, size), encoded = await _both(self._drawn(heard), self._encoded(heard))
        else:
            (way, size), heard, encoded = await self._beside()
        await self._join(encoded)
        self.is_damaged = self.is_damaged or bool(heard and heard.warnings)
        return Rendered(
            video=self._video,
            poster=self._poster,
            preview=self._preview,
            duration_seconds=self._grid.duration,
            width=size[0],
            height=size[1],
            way=way,
            warnings=(*self._warnings, *(heard.warnings if heard else ())),
        )

    async def _beside(self) -> tuple[tuple[Way, tuple[int, int]], sound.Sound | None, Path | None]:
        """Make picture and sound at the same time; where the picture is of no use, the sound is drawn after all."""
        found, (heard, encoded) = await _both(self._seen(), self._sound_encoded())
        if found is not None:
            return found, heard, encoded
        if heard is None or heard.silent:
            raise BadMedia("Nothing of this stretch of the recording can be decoded.", problem="undecodable")
        self._miss(_NO_PICTURE)
        return await self._drawn(heard), heard, encoded

    async def _seen(self) -> tuple[Way, tuple[int, int]] | None:
        """Make the picture as it was recorded, None where it cannot be decoded."""
        note = self._progress.of("picture")
        copied = await copy.picture(self._source, self._info, self._order, self._grid, self._picture)
        if copied is not None:
            await note(1.0)
            await self._stills(keys=copied.keys)
            return "copied", (copied.width, copied.height)
        parts = self._source, self._info, self._order, self._grid, self._picture
        try:
            size = await encode.picture(*parts, folder=self._working, on_progress=note)
        except BadMedia:
            return None
        await note(1.0)
        await self._stills()
        return "encoded", size

    async def _drawn(self, heard: sound.Sound | None) -> tuple[Way, tuple[int, int]]:
        """Make a picture of the sound.

        Raises:
            BadMedia: there is none.
        """
        if heard is None or not heard.heard:
            raise BadMedia("Nothing of this stretch of the recording can be decoded.", problem="undecodable")
        size = await audiogram.picture(
            heard.path,
            self._order,
            self._grid,
            self._picture,
            folder=self._working,
            on_progress=self._progress.of("picture"),
        )
        await self._stills()
        return "audiogram", size

    async def _stills(self, *, keys: int | None = None) -> None:
        """Make poster and preview, from samples where the picture has only a few ``keys``, or very many."""
        video, chosen = self._picture, self._working / "samples.mov"
        if keys is not None and keys < samples.LEAST:
            video = await samples.make(video, chosen, self._grid)
        elif keys is not None and keys > samples.MOST:
            video = await samples.thinned(video, chosen, keys=keys)
        await stills.make(video, self._poster, self._preview)

    async def _sound(self) -> sound.Sound | None:
        if not self._info.audio_streams:
            return None
        heard = await sound.make(
            self._source,
            self._info,
            self._grid,
            self._working / "sound.wav",
            folder=self._working,
            on_progress=self._progress.of("sound"),
        )
        if not heard.heard:
            self._miss(_NO_SOUND)
        return heard

    def _miss(self, warning: str) -> None:
        self._warnings.append(warning)
        self.is_damaged = True

    async def _encoded(self, heard: sound.Sound | None) -> Path | None:
        if heard is None:
            return None
        target = self._working / "sound.m4a"
        await mux.encode_sound(heard.path, heard.channels, heard.seconds, target)
        return target

    async def _sound_encoded(self) -> tuple[sound.Sound | None, Path | None]:
        heard = await self._sound()
        return heard, await self._encoded(heard)

    async def _join(self, encoded: Path | None) -> None:
        await joined.make(self._picture, encoded, self._order, self._grid, self._video, folder=self._working)


async def _both(one: Coroutine[Any, Any, S], other: Coroutine[Any, Any, T]) -> tuple[S, T]:
    """Do both at the same time; the first failure ends the other and is raised alone."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = group.create_task(one), group.create_task(other)
    except ExceptionGroup as failures:
        first = failures.exceptions[0]
        raise first from first.__cause__
    return tasks[0].result(), tasks[1].result()
