"""The child that watches a video: ``python -m reelscribe.platform.media.scenes_child ASKED``.

Untrusted media is never decoded in a process of ours that holds secrets or connections. This one has neither: it runs
under limits of memory and CPU and may open exactly one more file, the upload. ``ASKED`` is a JSON object
(``scenes_report.Asked``); every line it prints is one ``Said``.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator

import av
import av.subtitles.codeccontext  # PyAV imports these when it meets a subtitle; no file can be opened any more then
import av.subtitles.stream
import cv2
import msgspec

from ..domain.timeline import Span
from .containers import WHITELIST
from .scenes_cuts import Changes
from .scenes_faces import Detector
from .scenes_frames import Frames, Look, cut_between
from .scenes_look import Seen
from .scenes_report import Asked, Said

SHORTEST_SECONDS = 0.6  # between two cuts; what flickers is one scene
SAID_EVERY = 10  # looks


def main() -> None:
    """Print what is seen in the stretches that the only argument asks for."""
    asked = msgspec.json.decode(sys.argv[1], type=Asked)
    cv2.setNumThreads(1)
    detector = Detector()
    _allow_one_more_file(asked.path)
    try:
        _watch(asked, detector)
    except av.FFmpegError as exc:
        sys.exit(f"The picture cannot be read: {exc}")


def _allow_one_more_file(path: str) -> None:
    """Let the kernel refuse every file and socket besides the upload, whatever its content asks for."""
    descriptor = os.open(path, os.O_RDONLY)
    os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor + 1, descriptor + 1))


def _watch(asked: Asked, detector: Detector) -> None:
    options = {"format_whitelist": WHITELIST, "protocol_whitelist": "file"}
    with av.open("file:" + asked.path, format=asked.container, options=options, metadata_errors="replace") as container:
        frames = Frames(container, asked.video)
        total, before = sum(window.length for window in asked.windows), 0.0
        for window in asked.windows:
            for said in watch(frames, window, detector, asked.video.display_size):
                share = before + said.done * window.length
                _say(msgspec.structs.replace(said, done=min(share / total, 1.0)))
            before += window.length


def _say(said: Said) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.buffer.flush()


def watch(frames: Frames, window: Span, detector: Detector, size: tuple[int, int]) -> Iterator[Said]:
    """Yield the scenes of one stretch, which cover all of it, and how much of it is done now and then."""
    changes, seen = Changes(), Seen(window.start, detector)
    before: Look | None = None
    for number, look in enumerate(frames.looks(window)):
        done = (look.seconds - window.start) / window.length
        if changes.is_cut(look.picture) and before is not None:
            at = cut_between(frames, look.since, frames.small(before.since[-1][1]))
            if at - seen.start >= SHORTEST_SECONDS:
                yield Said(done=done, scene=seen.scene(at, size))
                seen = Seen(at, detector)
        seen.add(look.picture, look.seconds)
        if (gone := seen.gone_at()) is not None:
            yield Said(done=done, scene=seen.scene(gone, size))
            seen = Seen(gone, detector)
        before = look
        if number % SAID_EVERY == 0:
            yield Said(done=done)
    yield Said(done=1.0, scene=seen.scene(window.end, size))


if __name__ == "__main__":
    main()
