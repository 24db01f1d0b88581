"""The child that cuts without encoding: ``python -m reelscribe.platform.media.render.copy_child SOURCE TARGET ORDER``.

Like ``inspect_child`` it runs under limits and holds no secrets. It opens its target, then may open exactly one more
file (the recording), reads only the packets near the spans, and prints one JSON object, a ``Made``.

Steps: 1. list the pictures of each span, and plan which are copied; 2. read them again: copy, and encode what is
before the first and after the last picture that can be copied, with x264 in the same profile; 3. join both in one
MP4, each picture at its own time, so that a recording of variable rate stays as it is.
"""

from __future__ import annotations

import os
import resource
import sys
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from io import BufferedRandom
from pathlib import Path
from typing import Final

import av
import av.codec.context
import av.container
import av.stream
import av.subtitles.codeccontext
import av.subtitles.stream
import av.video.frame
import av.video.stream
import msgspec

from ..containers import WHITELIST
from . import copy_h264, copy_plan
from .copy_order import Made, Order, Stretch

TICKS: Final = 90_000  # a second
LEAST_COPIED: Final = 0.34  # of all pictures; less is not worth two kinds of picture in one clip
_PROFILES: Final = {66: "baseline", 77: "main", 100: "high"}
_QUALITY: Final = 19  # of x264: seconds at the edges, which no one should tell from the rest
_KEY_SECONDS: Final = 5.0  # between pictures that players can jump to, and poster and preview choose among
_EARLIER: Final = (0.0, 5.0, 30.0, 600.0)  # seconds before a span to seek to, until there is a beginning before it
_REORDERED: Final = 5.0  # seconds by which no picture is decoded before it is shown


class _RefusedError(Exception):
    """This cannot be cut without encoding, and why."""


def main() -> None:
    """Cut as the arguments say."""
    source, target = sys.argv[1:3]
    order = msgspec.json.decode(sys.argv[3], type=Order)
    with Path(target).open("w+b") as file:
        _allow_one_more_file(source)
        try:
            made = _cut(source, file, order)
        except (_RefusedError, copy_h264.BrokenError, av.FFmpegError, LookupError, ArithmeticError, ValueError) as exc:
            made = Made(refused=f"{type(exc).__name__}: {exc}")
    sys.stdout.buffer.write(msgspec.json.encode(made))


def _allow_one_more_file(path: str) -> None:
    """Let the kernel refuse every file and socket besides the recording, whatever its content asks for."""
    descriptor = os.open(path, os.O_RDONLY)
    os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor + 1, descriptor + 1))


def _cut(source: str, file: BufferedRandom, order: Order) -> Made:
    options = {"format_whitelist": WHITELIST, "protocol_whitelist": "file"}
    with av.open("file:" + source, options=options, metadata_errors="replace") as container:
        stream = _picture(container, order.stream)
        reader = _Reader(container, stream)
        plans = [_planned(reader, stretch) for stretch in order.stretches]
        pictures = [(part, time) for plan in plans for part in plan.parts for time in part.times]
        copied = sum(part.copy for part, _ in pictures)
        if copied < LEAST_COPIED * len(pictures):
            raise _RefusedError(f"only {copied} of {len(pictures)} pictures can be copied")
        with av.open(file, "w", format="mp4") as target:
            writer = _Writer(target, stream, order, plans)
            for plan in plans:
                _write(reader, plan, writer)
            writer.finish()
    return Made(copied=copied, pictures=len(pictures), keys=writer.keys, width=stream.width, height=stream.height)


def _picture(container: av.container.InputContainer, index: int) -> av.video.stream.VideoStream:
    stream = container.streams[index]
    if not isinstance(stream, av.video.stream.VideoStream) or stream.codec_context.name != "h264":
        raise _RefusedError("no H.264")
    if stream.codec_context.pix_fmt != "yuv420p" or stream.codec_context.field_order > 1:
        raise _RefusedError("not progressive 4:2:0 in 8 bit")
    for other in container.streams:
        if other is not stream:
            other.discard = av.stream.Discard.all
    return stream


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    stretch: Stretch
    seek: float
    parts: tuple[copy_plan.Part, ...]
    shown: tuple[float, ...]

    def tick(self, time: float) -> int:
        """Return when a picture is shown on the clip's timeline; the first one is there from the stretch's start."""
        since = 0.0 if time == self.shown[0] else max(time - self.stretch.start, 0.0)
        return round((self.stretch.at + since) * TICKS)


class _Reader:
    """Reads the packets around a stretch; times are seconds of the recording."""

    def __init__(self, container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> None:
        self.container, self.stream = container, stream
        self.parameters = copy_h264.from_avcc(stream.codec_context.extradata or b"")
        self._zero = Fraction(container.start_time or 0, av.time_base)
        if stream.time_base is None:
            raise _RefusedError("no time base")
        # As whole numbers: this is reckoned twice for each picture, and fractions are slow.
        base, zero = stream.time_base, self._zero
        self._base = base
        self._times, self._less = base.numerator * zero.denominator, zero.numerator * base.denominator
        self._parts = base.denominator * zero.denominator

    def time(self, stamp: int | None) -> float:
        """Return when something with that time stamp is shown."""
        if stamp is None:
            raise _RefusedError("a packet without a time")
        seconds: float = (stamp * self._times - self._less) / self._parts
        return seconds

    def packets(self, seek: float, end: float) -> Iterator[av.Packet]:
        """Yield packets in the order of decoding, up to where all pictures before ``end`` have come."""
        self.container.seek(int((Fraction(max(seek, 0.0)) + self._zero) / self._base), stream=self.stream)
        for packet in self.container.demux(self.stream):
            if not packet.size:
                return  # the end of the file
            if packet.has_sidedata("encryption_info") or packet.has_sidedata("new_extradata"):
                raise _RefusedError("encrypted, or another kind of picture from here on")
            # Matroska has no times of decoding, and the first ones cannot be guessed.
            if self.time(packet.pts if packet.dts is None else packet.dts) > end + (packet.dts is None) * _REORDERED:
                return
            yield packet


def _planned(reader: _Reader, stretch: Stretch) -> _Plan:
    for earlier in _EARLIER:
        seek = stretch.start - earlier
        packets = [
            copy_plan.Packet(reader.time(packet.pts), packet.is_keyframe and _is_idr(packet, reader.parameters))
            for packet in reader.packets(seek, stretch.end)
        ]
        if packets and packets[0].key and packets[0].time <= stretch.start + copy_plan.NEAR:
            break
        if seek <= 0:
            break
    if len({packet.time for packet in packets}) < len(packets):
        raise _RefusedError("two pictures at one time")
    parts = copy_plan.parts(packets, stretch.start, stretch.end)
    if parts is None or not packets[0].key:
        raise _RefusedError(f"no picture to begin with before {stretch.start:.3f} s")
    shown = tuple(sorted(time for part in parts for time in part.times))
    return _Plan(stretch=stretch, seek=seek, parts=parts, shown=shown)


def _is_idr(packet: av.Packet, parameters: copy_h264.Parameters) -> bool:
    return any(copy_h264.kind(unit) == copy_h264.IDR for unit in copy_h264.copied(bytes(packet), parameters))


def _write(reader: _Reader, plan: _Plan, writer: _Writer) -> None:
    """Read the stretch once more and give each picture to the writer, in the order of the parts."""
    edges = {part.decode: _Edge(reader, plan, part, writer) for part in plan.parts if not part.copy}
    middle = next((part.packets for part in plan.parts if part.copy), (0, 0))
    for number, packet in enumerate(reader.packets(plan.seek, plan.stretch.end)):
        for (begin, end), edge in edges.items():
            if begin <= number < end:
                edge.feed(packet, last=number == end - 1)
        if middle[0] <= number < middle[1]:
            units = list(copy_h264.copied(bytes(packet), reader.parameters))
            writer.put(plan.tick(reader.time(packet.pts)), copy_h264.packed(units, reader.parameters), units)


class _Edge:
    """Decodes from a keyframe on, and encodes the pictures that are wanted."""

    def __init__(self, reader: _Reader, plan: _Plan, part: copy_plan.Part, writer: _Writer) -> None:
        self._reader, self._plan, self._writer = reader, plan, writer
        self._wanted = set(part.times)
        self._decoder = av.CodecContext.create("h264", "r")
        self._decoder.extradata = reader.stream.codec_context.extradata
        self._decoder.thread_type = "NONE"  # several clips are made at once, and threads cost half as much again
        self._encoder = _encoder(reader.stream, writer.number)
        self._encoder.open()
        self._parameters = copy_h264.from_stream(self._encoder.extradata or b"")

    def feed(self, packet: av.Packet, *, last: bool) -> None:
        """Take a packet; after the ``last`` one everything is written."""
        # Of what comes before only that is decoded which later pictures refer to: half of it where there are B-frames.
        needed = self._reader.time(packet.pts) in self._wanted
        self._decoder.skip_frame = "DEFAULT" if needed else "NONREF"
        frames = [*self._decoder.decode(packet), *(self._decoder.decode(None) if last else ())]
        for frame in frames:
            time = self._reader.time(frame.pts)
            if time in self._wanted:
                self._wanted.remove(time)
                self._encode(frame, self._plan.tick(time))
        if last:
            self._put(self._encoder.encode(None))
            if self._wanted:
                raise _RefusedError(f"{len(self._wanted)} pictures cannot be decoded")

    def _encode(self, frame: av.VideoFrame, tick: int) -> None:
        if frame.interlaced_frame or (frame.width, frame.height) != (self._encoder.width, self._encoder.height):
            raise _RefusedError("interlaced, or of several sizes")
        frame.pict_type = av.video.frame.PictureType.NONE
        frame.pts, frame.time_base = tick, Fraction(1, TICKS)
        self._put(self._encoder.encode(frame))

    def _put(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            units = list(copy_h264.encoded(bytes(packet)))
            if packet.pts is None:
                raise _RefusedError("an encoded picture without a time")
            self._writer.put(packet.pts, copy_h264.packed(units, self._parameters), units)


def _encoder(stream: av.video.stream.VideoStream, number: int) -> av.VideoCodecContext:
    """Return an encoder of the same kind of picture, whose parameter sets have ``number``."""
    like = stream.codec_context
    profile = _PROFILES.get(copy_h264.from_avcc(like.extradata or b"").profile)
    if profile is None:
        raise _RefusedError("a profile that is not common")
    made = av.CodecContext.create("libx264", "w")
    made.width, made.height, made.pix_fmt = like.width, like.height, "yuv420p"
    made.time_base, made.framerate = Fraction(1, TICKS), stream.average_rate or Fraction(25)
    made.color_range, made.colorspace = like.color_range, like.colorspace
    made.color_primaries, made.color_trc = like.color_primaries, like.color_trc
    made.max_b_frames = 0  # the order of decoding is that of showing
    made.thread_count = 1
    made.flags |= av.codec.context.Flags.global_header
    made.options = {
        "preset": "ultrafast",
        "profile": profile,
        "crf": str(_QUALITY),
        "x264-params": f"sps-id={number}:scenecut=0:keyint={max(round(_KEY_SECONDS * made.framerate), 1)}",
    }
    return made


class _Writer:
    """Writes pictures in the order of decoding; decoding times follow from those of all pictures."""

    def __init__(
        self,
        target: av.container.OutputContainer,
        stream: av.video.stream.VideoStream,
        order: Order,
        plans: list[_Plan],
    ) -> None:
        ticks = [plan.tick(time) for plan in plans for part in plan.parts for time in part.times]
        self._end = round(order.seconds * TICKS)
        self._ordered = sorted(ticks)
        if len(set(ticks)) < len(ticks) or self._ordered[-1] >= self._end:
            raise _RefusedError("two pictures at one time")
        self._ahead = copy_plan.delays(ticks)
        self._step = max(round(TICKS * order.seconds / len(ticks)), 1)
        self._written = 0
        self.keys = 0
        self._after_last: tuple[int, int] | None = None
        self._target = target
        own = copy_h264.from_avcc(stream.codec_context.extradata or b"")
        self.number = next(number for number in range(31, 0, -1) if number not in own.numbers)
        trial = _encoder(stream, self.number)
        trial.open()
        self._stream = target.add_stream_from_template(stream)
        self._stream.codec_context.extradata = own.joined(copy_h264.from_stream(trial.extradata or b""))
        self._stream.time_base = Fraction(1, TICKS)

    def put(self, tick: int, content: bytes, units: list[bytes]) -> None:
        """Write one picture that is shown at ``tick``."""
        at = self._written
        place = bisect_right(self._ordered, tick)
        if self._ordered[place - 1] != tick or at >= len(self._ordered):
            raise _RefusedError("a picture that was not planned")
        packet = av.Packet(content)
        packet.stream, packet.time_base = self._stream, Fraction(1, TICKS)
        packet.pts, packet.dts = tick, self._decoded(at)
        packet.duration = (self._ordered[place] if place < len(self._ordered) else self._end) - tick
        if place == len(self._ordered):
            self._after_last = (at + 1, packet.dts + packet.duration)
        packet.is_keyframe = any(copy_h264.kind(unit) == copy_h264.IDR for unit in units)
        self._target.mux(packet)
        self._written += 1
        self.keys += packet.is_keyframe

    def finish(self) -> None:
        """Make sure that everything has come."""
        if self._written != len(self._ordered):
            raise _RefusedError(f"{self._written} of {len(self._ordered)} pictures were written")

    def _decoded(self, at: int) -> int:
        if self._after_last is not None:
            # An MP4 takes a picture to be shown for as long as until the next one is decoded: the last one must not
            # seem to be there longer than the clip, also where others are decoded after it.
            first, tick = self._after_last
            return tick + at - first
        if at < self._ahead:
            return self._ordered[0] - (self._ahead - at) * self._step
        return self._ordered[at - self._ahead]


if __name__ == "__main__":
    main()
