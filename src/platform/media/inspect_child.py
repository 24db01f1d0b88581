"""The child that looks into one file: ``python -m reelscribe.platform.media.inspect_child PATH``.

Untrusted media is never parsed in a process of ours that holds secrets or connections. This one has
neither: it is started under limits of memory and CPU, may open exactly one more file (the upload), and
prints one JSON object, a ``Report``. PyAV takes 0.07 s to import, so the whole look costs about 0.15 s;
parsing what ``ffmpeg -i`` prints would be quicker by half, but its text mixes in titles that the
uploader chose.

Steps: 1. open with the allow-list of containers; 2. read packets to the end, or as far as the time budget
goes, to learn how long the streams really are, and decode the first of each; 3. refuse what does not fit.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import sys
import time
from pathlib import Path

import av
import av.container
import av.stream
import av.subtitles.codeccontext
import av.subtitles.stream
import msgspec

from .containers import WHITELIST, content_type
from .info import AudioStream, MediaInfo, Notice, VideoStream
from .inspect_report import Problem, Report

SCAN_SECONDS = 0.15  # reading packets; more only for files larger than about 50 MB
TAIL_SECONDS = 10.0  # before the end, as keyframes may be that far apart
TRACKS_TRIED = 8  # real files have up to this many languages; the rest is listed by nobody
PACKETS_TRIED = 400  # until the first sound comes out; some encoders begin with damaged packets
STREAMS_MAX = 200
PATIENCE_SECONDS = 5.0  # for a track whose first sound comes late in a large file
RATE_HZ = range(4000, 384_001)  # telephone to studio; slower "rates" are decompression bombs
CHANNELS = range(1, 65)  # what ffmpeg's resampler takes
STRETCH_MAX = 50.0  # times whose unit is wrong: hours of silence between two sounds
SIDE_MAX = 16_384  # pixels, each side
FRAME_MAX = 8192 * 8192  # pixels: 100 MB as decoded 4:2:0


class _RefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


def main() -> None:
    """Print the report on the file named by the only argument."""
    path = sys.argv[1]
    _allow_one_more_file(path)
    try:
        report = Report(info=look(path))
    except _RefusedError as exc:
        report = Report(problem=exc.problem)
    except (LookupError, ArithmeticError, ValueError):  # PyAV meets a stream or a number that it did not expect
        report = Report(problem="crashed")
    sys.stdout.buffer.write(msgspec.json.encode(report))


def _allow_one_more_file(path: str) -> None:
    """Let the kernel refuse every file and socket besides the upload, whatever its content asks for."""
    descriptor = os.open(path, os.O_RDONLY)
    os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor + 1, descriptor + 1))


def look(path: str, *, scan_seconds: float = SCAN_SECONDS) -> MediaInfo:
    """Return what the file is; reads for about ``scan_seconds`` at its beginning, then its end."""
    options = {"format_whitelist": WHITELIST, "protocol_whitelist": "file"}
    try:
        with av.open("file:" + path, options=options, metadata_errors="replace") as container:
            return _describe(container, scan_seconds)
    except av.FFmpegError as exc:
        raise _RefusedError("cut_off" if _is_iso(path) else "not_media") from exc


def _is_iso(path: str) -> bool:
    """Whether the file begins like an MP4; one that cannot be opened has mostly lost its index, at the end."""
    with Path(path).open("rb") as file:
        return file.read(12)[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")


def _describe(container: av.container.InputContainer, scan_seconds: float) -> MediaInfo:
    if len(container.streams) > STREAMS_MAX:
        raise _RefusedError("no_streams")
    sounds, pictures = _chosen(container)
    seen = {stream.index: _Seen(stream) for stream in sounds + pictures}
    if not seen:
        raise _RefusedError("no_streams")
    duration, claimed = _measure(container, seen, scan_seconds)
    tracks = _tracks([seen[stream.index] for stream in sounds])
    picture = next((_picture(seen[stream.index]) for stream in pictures), None)
    if picture is None and not tracks:
        raise _RefusedError("broken")
    name = container.format.name.split(",")[0]
    return MediaInfo(
        kind="video" if picture else "audio",
        container=name,
        content_type=content_type(
            name,
            brand=container.metadata.get("major_brand", ""),
            codecs=frozenset(item.codec for item in seen.values()),
            has_video=picture is not None,
        ),
        duration_seconds=duration,
        audio_streams=tracks,
        video=picture,
        notices=_notices(duration, claimed),
    )


def _chosen(container: av.container.InputContainer) -> tuple[list[av.stream.Stream], list[av.stream.Stream]]:
    """Return the sound tracks and the first moving picture; everything else is skipped when reading."""
    sounds = list(container.streams.audio)[:TRACKS_TRIED]
    pictures = [stream for stream in container.streams.video if not _is_cover(stream)][:1]
    for stream in container.streams:
        if stream not in sounds and stream not in pictures:
            stream.discard = av.stream.Discard.all
    return sounds, pictures


def _is_cover(stream: av.stream.Stream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _measure(
    container: av.container.InputContainer, seen: dict[int, _Seen], scan_seconds: float
) -> tuple[float, float]:
    """Return the length as measured and as the file claims it (0 where it says nothing), in seconds."""
    start = (container.start_time or 0) / av.time_base
    claimed = (container.duration or 0) / av.time_base
    # Matroska counts its duration from zero, also where the first time is hours later.
    claimed -= start if claimed > start > 0 else 0.0
    complete = _read(container, seen, scan_seconds)
    begin = max(min(item.begin for item in seen.values()), start)
    if not complete and claimed > 0 and not _end_is_read(container, seen, start + claimed):
        return claimed, claimed
    length = max(item.end for item in seen.values()) - begin
    return max(length, 0.0) if math.isfinite(length) else 0.0, claimed


def _end_is_read(container: av.container.InputContainer, seen: dict[int, _Seen], end: float) -> bool:
    """Read the last packets of a file that is too large to read through. False if its claim has to be believed."""
    reached = max(item.end for item in seen.values())
    _seek(container, end - TAIL_SECONDS)
    complete = _read(container, seen, PATIENCE_SECONDS)
    if max(item.end for item in seen.values()) > reached:
        return complete
    # Nothing is there: the tail is missing, or the file cannot be sought in.
    _seek(container, 0.0)
    return _read(container, seen, PATIENCE_SECONDS)


def _seek(container: av.container.InputContainer, seconds: float) -> None:
    with contextlib.suppress(av.FFmpegError):
        container.seek(int(max(seconds, 0.0) * av.time_base), backward=True)


def _read(container: av.container.InputContainer, seen: dict[int, _Seen], seconds: float) -> bool:
    """Note every packet; stops after ``seconds`` once all beginnings are decoded. True at the end of the file."""
    begun = time.monotonic()
    try:
        for packet in container.demux(*(item.stream for item in seen.values())):
            seen[packet.stream.index].note(packet)
            spent = time.monotonic() - begun
            if spent > seconds and (spent > PATIENCE_SECONDS or all(item.settled for item in seen.values())):
                return False
    except av.FFmpegError:
        pass  # damage that the demuxer cannot skip is the end of what can be used
    return True


def _tracks(items: list[_Seen]) -> tuple[AudioStream, ...]:
    """Return the tracks that decode, the default one first."""
    found, problems = [], []
    for item in items:
        try:
            found.append(_track(item))
        except _RefusedError as exc:
            problems.append(exc)
    if problems and not found:
        raise problems[0]
    return tuple(sorted(found, key=lambda track: (not track.default, track.index)))


def _track(item: _Seen) -> AudioStream:
    context = item.stream.codec_context
    if item.encrypted:
        raise _RefusedError("encrypted")
    if context is None:
        raise _RefusedError("broken")
    if context.sample_rate not in RATE_HZ or context.layout.nb_channels not in CHANNELS:
        raise _RefusedError("absurd_sound")
    if item.frame is None:
        raise _RefusedError("broken")
    if item.stretch > STRETCH_MAX:
        raise _RefusedError("absurd_times")
    return AudioStream(
        index=item.stream.index,
        codec=item.codec,
        sample_rate=context.sample_rate,
        channels=context.layout.nb_channels,
        layout=context.layout.name,
        language=str(item.stream.metadata.get("language", ""))[:8],
        default=bool(item.stream.disposition & av.stream.Disposition.default),
    )


def _picture(item: _Seen) -> VideoStream | None:
    context, frame = item.stream.codec_context, item.frame
    if item.encrypted:
        raise _RefusedError("encrypted")
    if context is None or frame is None:
        return None
    aspect, rate = item.stream.sample_aspect_ratio, item.stream.average_rate
    return VideoStream(
        index=item.stream.index,
        codec=item.codec,
        width=context.width,
        height=context.height,
        rotation=frame.rotation % 360,
        fps=round(float(rate), 3) if rate else None,
        pixel_aspect=float(aspect) if aspect else 1.0,
    )


def _notices(duration: float, claimed: float) -> tuple[Notice, ...]:
    if duration < 0.9 * claimed - 0.5:
        message = f"The file says that it is {claimed:.0f} seconds long, but ends after {duration:.0f}."
        return (Notice(code="incomplete_file", message=message),)
    return ()


class _Seen:
    """What reading the packets of one stream has shown; times in seconds."""

    def __init__(self, stream: av.stream.Stream) -> None:
        self.stream = stream
        self.begin, self.end = math.inf, -math.inf
        self.frame: av.AudioFrame | av.VideoFrame | None = None
        self.encrypted = False
        self.stretch = 1.0  # how much longer the first packet claims to be than its sound is
        self._tried = 0
        _check_size(stream)

    @property
    def codec(self) -> str:
        """The codec's name, "" where there is no decoder."""
        return self.stream.codec_context.codec.canonical_name if self.stream.codec_context else ""

    @property
    def settled(self) -> bool:
        """Whether it is known if the stream decodes."""
        return self.frame is not None or self.encrypted or self._tried >= PACKETS_TRIED

    def note(self, packet: av.Packet) -> None:
        """Take the packet's times, and decode it while nothing has come out yet."""
        if packet.pts is not None and packet.time_base:
            self.begin = min(self.begin, float(packet.pts * packet.time_base))
            self.end = max(self.end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if not self.settled and self.stream.codec_context is not None:
            self._decode(packet)

    def _decode(self, packet: av.Packet) -> None:
        self._tried += 1
        self.encrypted = packet.has_sidedata("encryption_info")
        if not self.encrypted:
            # A damaged packet is passed over; the next one may be good.
            with contextlib.suppress(av.FFmpegError):
                self.frame = next(iter(packet.decode()), None)
        if isinstance(self.frame, av.AudioFrame) and packet.duration and packet.time_base:
            sound = self.frame.samples / max(self.frame.sample_rate, 1)
            self.stretch = float(packet.duration * packet.time_base) / max(sound, 1e-6)


def _check_size(stream: av.stream.Stream) -> None:
    context = stream.codec_context
    if stream.type == "video" and context is not None:
        width, height = context.width, context.height
        if max(width, height) > SIDE_MAX or width * height > FRAME_MAX:
            raise _RefusedError("absurd_picture")


if __name__ == "__main__":
    main()
