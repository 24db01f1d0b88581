"""What is known about an uploaded file, from its content alone."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["audio", "video", "text"]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something the user should know although the file can be used; ``code`` is stable."""

    code: str
    message: str


class AudioStream(msgspec.Struct, frozen=True, kw_only=True):
    """A sound track that decodes; ``index`` counts all streams of the file, ``sample_rate`` in Hz."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    layout: str = ""
    language: str = ""
    default: bool = False


class VideoStream(msgspec.Struct, frozen=True, kw_only=True):
    """The picture; width and height as coded, ``rotation`` in degrees counter-clockwise as players turn it.

    ``fps`` is the average and None where unknown; ``pixel_aspect`` is width over height of one pixel.
    """

    index: int
    codec: str
    width: int
    height: int
    rotation: int = 0
    fps: float | None = None
    pixel_aspect: float = 1.0

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as people see it."""
        width, height = round(self.width * self.pixel_aspect), self.height
        return (height, width) if self.rotation % 180 else (width, height)


class MediaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A file that can be used.

    ``container`` is ffmpeg's name of the demuxer to force ("mov", "matroska", …; "text" for text).
    ``duration_seconds`` counts from the first to the last sample of sound or picture, as far as it could
    be measured quickly; None for text. ``audio_streams`` holds the tracks that decode, best first.
    """

    kind: Kind
    container: str
    content_type: str
    duration_seconds: float | None = None
    audio_streams: tuple[AudioStream, ...] = ()
    video: VideoStream | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def has_audio(self) -> bool:
        """Whether there is a sound track that decodes."""
        return bool(self.audio_streams)

    @property
    def has_video(self) -> bool:
        """Whether there is a moving picture (cover art is none)."""
        return self.video is not None
