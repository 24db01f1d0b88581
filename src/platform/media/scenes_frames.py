"""Look at a few frames a second of chosen stretches of a video, upright, in square pixels and small.

Runs in the child of ``scenes`` only. Frames are decoded one after the other and forgotten; those since the last look
are kept, so that a cut between two looks can be dated to the frame.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator, Sequence

import av
import av.container
import av.video.reformatter
import av.video.stream
import msgspec
import numpy as np
from numpy.typing import NDArray

from ..domain.timeline import Span
from .info import VideoStream

Picture = NDArray[np.uint8]  # (height, width, 3) blue, green, red; or (height, width) grey

LOOKS_PER_SECOND = 3.0
LONG_SIDE = 640  # pixels of what is looked at
LEAST_SIDE = 32
SMALL = 96  # pixels, width of what cuts are dated with
KEPT_BYTES = 200e6  # of decoded frames since the last look
KEPT_FRAMES = 40
READ_ON_SECONDS = 10.0  # a stretch that begins this soon after the last one is read on to, not sought
THREADS = 4


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that was looked at, and the frames since the last look with their times, itself included."""

    seconds: float
    picture: Picture
    since: tuple[tuple[float, av.VideoFrame], ...]


def size_of(display: tuple[int, int]) -> tuple[int, int]:
    """Return width and height at which a picture of that size is looked at."""
    scale = min(LONG_SIDE / max(display), 1.0)
    return max(round(display[0] * scale), LEAST_SIDE), max(round(display[1] * scale), LEAST_SIDE)


class Frames:
    """The frames of one file; times in seconds from its start, as all of the recording's are."""

    def __init__(self, container: av.container.InputContainer, video: VideoStream) -> None:
        self._container = container
        self._stream: av.video.stream.VideoStream = container.streams[video.index]
        self._begin = (container.start_time or 0) / av.time_base
        self._turns = round(video.rotation / 90) % 4
        self._size = size_of(video.display_size)
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._small = av.video.reformatter.VideoReformatter()
        self._kept = int(min(max(KEPT_BYTES / (video.width * video.height * 2), 2), KEPT_FRAMES))
        self._position = -1.0
        self._decoded: Iterator[tuple[float, av.VideoFrame]] = iter(())
        for stream in container.streams:
            if stream is not self._stream:
                stream.discard = av.stream.Discard.all
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = min(THREADS, os.cpu_count() or 1)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures of all looks."""
        return self._size

    def looks(self, window: Span) -> Iterator[Look]:
        """Yield what is seen at the start of the window, then about three frames a second until its end."""
        since: deque[tuple[float, av.VideoFrame]] = deque(maxlen=self._kept)
        due = window.start
        for seconds, frame in self._from(window.start):
            if seconds >= window.end:
                break
            if seconds > window.start and since and since[-1][0] < window.start:
                # What the last frame before the window shows is seen at its start.
                yield Look(
                    seconds=window.start, picture=self.picture(since[-1][1]), since=((window.start, since[-1][1]),)
                )
                since.clear()
                due += 1 / LOOKS_PER_SECOND
            since.append((seconds, frame))
            if seconds >= due:
                yield Look(seconds=seconds, picture=self.picture(frame), since=tuple(since))
                since.clear()
                due = max(due + 1 / LOOKS_PER_SECOND, seconds)
        if since:
            seconds, frame = since[-1]
            yield Look(seconds=max(seconds, window.start), picture=self.picture(frame), since=tuple(since))

    def _from(self, start: float) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield the frames from the last one before ``start`` on, or some more."""
        if not 0 <= start - self._position < READ_ON_SECONDS or self._position < 0:
            self._seek(start)
        for seconds, frame in self._decoded:
            self._position = seconds
            yield seconds, frame

    def _seek(self, start: float) -> None:
        # What cannot be sought in is read from where it is; what lies before the stretch is passed over.
        with contextlib.suppress(av.FFmpegError):
            if start > 0 or self._position >= 0:
                self._container.seek(int((start + self._begin) * av.time_base), backward=True)
        self._decoded = self._decode()

    def _decode(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield frames with their times; damage ends nothing but the packet."""
        packets = self._container.demux(self._stream)
        with contextlib.suppress(av.FFmpegError):
            for packet in packets:
                with contextlib.suppress(av.FFmpegError):
                    for frame in packet.decode():
                        if frame.pts is not None and frame.time_base is not None:
                            yield float(frame.pts * frame.time_base) - self._begin, frame

    def picture(self, frame: av.VideoFrame) -> Picture:
        """Return the frame as people see it, in colour."""
        width, height = self._size if self._turns % 2 == 0 else self._size[::-1]
        made = self._reformatter.reformat(frame, width=width, height=height, format="bgr24", interpolation="AREA")
        return np.ascontiguousarray(np.rot90(made.to_ndarray(), self._turns))

    def small(self, frame: av.VideoFrame) -> Picture:
        """Return the frame in grey, very small, as it is coded: to compare with its neighbours only."""
        made = self._small.reformat(frame, width=SMALL, height=SMALL, format="gray", interpolation="AREA")
        return np.asarray(made.to_ndarray(), np.uint8)


def cut_between(frames: Frames, since: Sequence[tuple[float, av.VideoFrame]], before: Picture) -> float:
    """Return when the picture changed most between the last look, whose small picture is ``before``, and this one."""
    changes: list[tuple[float, float]] = []
    for seconds, frame in since:
        small = frames.small(frame)
        changes.append((float(np.abs(small.astype(np.int16) - before).mean()), -seconds))
        before = small
    return -max(changes)[1]
