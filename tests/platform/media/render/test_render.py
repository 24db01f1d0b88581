"""A clip is in sync, exact, loud enough and complete, however its picture was made."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import av.stream
import numpy as np
import psutil
import pytest
from reelscribe.platform.domain.clips import Chapter
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.media import probe
from reelscribe.platform.media.render import render
from reelscribe.platform.media.render.render import Way

from ..conftest import Make
from . import watching

CUTS = 30


@pytest.mark.slow
@pytest.mark.parametrize("way", ["copied", "encoded"])
@pytest.mark.parametrize("variable", [False, True], ids=["constant", "variable"])
async def test_beeps_stay_with_flashes_after_thirty_cuts(make: Make, tmp_path: Path, variable: bool, way: Way) -> None:
    source = watching.flashing(make, seconds=2 * CUTS + 2, variable=variable)
    # Each has one whole flash, at second 2n + 1, and begins and ends anywhere between frames.
    spans = [Span(2 * n + 0.37 + n % 7 * 0.013, 2 * n + 1.71 + n % 5 * 0.017) for n in range(CUTS)]

    made = await watching.rendered(source, watching.order(*spans, burned=way == "encoded"), tmp_path / "clip")

    seen, heard = watching.flashes(made.video), watching.beeps(made.video)
    assert made.way == way
    assert len(seen) == len(heard) == CUTS
    assert np.abs(seen - heard).max() < 0.04


async def test_first_and_last_picture_are_those_of_the_span(media: Path, tmp_path: Path) -> None:
    source = media / "E_long" / "lecture_2spk_12min.mp4"

    made = await watching.rendered(source, watching.order(Span(90.3, 108.9), Span(160.0, 181.1)), tmp_path)

    # A picture every tenth of a second, keyframes at 94.2 and 169.2; the one at the end of a span is not in it.
    assert made.way == "copied"
    assert watching.counted(made.video) == [*range(903, 1089), *range(1600, 1811)]


async def test_what_is_said_and_where_parts_begin_come_along(make: Make, tmp_path: Path) -> None:
    source = watching.flashing(make, seconds=4, variable=False)
    chapters = (Chapter(start=0.0, title="Why = this?"), Chapter(start=1.5, title="Then\\"))
    transcript = watching.said((0.2, "Guten"), (0.7, "Tag"), language="de")
    wanted = watching.order(Span(0.5, 3.5), chapters=chapters, transcript=transcript)

    made = await watching.rendered(source, wanted, tmp_path / "clip")

    with av.open(str(made.video)) as container:
        texts = [bytes(packet)[2:] for packet in container.demux(container.streams.subtitles[0]) if packet.size > 2]
        assert container.streams.subtitles[0].metadata["language"] == "deu"
        assert [chapter["metadata"]["title"].rstrip() for chapter in container.chapters()] == ["Why = this?", "Then\\"]
        assert container.metadata["title"] == "A clip"
    assert texts == [b"Guten Tag"]


@pytest.mark.parametrize("burned", [False, True])
async def test_soft_subtitles_are_off_where_they_are_in_the_picture(make: Make, tmp_path: Path, burned: bool) -> None:
    source = watching.flashing(make, seconds=2, variable=False)
    wanted = watching.order(Span(0.0, 2.0), transcript=watching.said((0.2, "Hello")), burned=burned)

    made = await watching.rendered(source, wanted, tmp_path / "clip")

    with av.open(str(made.video)) as container:
        shown = bool(container.streams.subtitles[0].disposition & av.stream.Disposition.default)
    assert shown is not burned


async def test_nothing_of_the_recording_is_told(make: Make, tmp_path: Path) -> None:
    told = ["-metadata", "location=+48.1+011.5/", "-metadata", "artist=Somebody", "-metadata:s:a", "title=Kitchen"]
    source = make(
        "phone.mp4",
        *["-f", "lavfi", "-i", "testsrc2=size=320x180:duration=1", "-f", "lavfi", "-i", "sine=duration=1"],
        *told,
    )

    made = await watching.rendered(source, watching.order(Span(0.0, 1.0)), tmp_path / "clip")

    content = made.video.read_bytes()
    assert not any(word in content for word in (b"+48.1", b"Somebody", b"Kitchen"))


async def test_what_lies_outside_the_recording_is_left_out(make: Make, tmp_path: Path) -> None:
    source = watching.flashing(make, seconds=3, variable=False)

    made = await watching.rendered(source, watching.order(Span(2.0, 5.0), Span(7.0, 8.0)), tmp_path / "clip")

    assert made.duration_seconds == pytest.approx(1.0, abs=0.04)
    assert made.warnings == ("The recording ends before this clip does; what is missing was left out.",)


async def test_a_clip_outside_the_recording_is_refused(make: Make, tmp_path: Path) -> None:
    source = watching.flashing(make, seconds=2, variable=False)

    with pytest.raises(BadMedia, match="outside the recording"):
        await watching.rendered(source, watching.order(Span(20.0, 25.0)), tmp_path / "clip")


async def test_a_picture_without_sound_stays_so(make: Make, tmp_path: Path) -> None:
    source = make("silent.mp4", *["-f", "lavfi", "-i", "testsrc2=size=320x180:duration=1"])

    made = await watching.rendered(source, watching.order(Span(0.0, 1.0)), tmp_path / "clip")

    with av.open(str(made.video)) as container:
        assert (len(container.streams.video), len(container.streams.audio)) == (1, 0)


async def test_cancelling_ends_the_children(media: Path, tmp_path: Path) -> None:
    source = media / "E_long" / "lecture_2spk_12min.mp4"
    before = set(psutil.Process().children(recursive=True))  # servers of other tests
    begun = asyncio.Event()

    async def note(fraction: float) -> None:
        begun.set()

    info = await probe.inspect(source)
    wanted = watching.order(Span(0.0, 300.0), burned=True)
    work = asyncio.ensure_future(render.render(source, info, wanted, tmp_path, on_progress=note))
    async with asyncio.timeout(60):
        await begun.wait()

    work.cancel()

    with pytest.raises(asyncio.CancelledError):
        await work
    assert set(psutil.Process().children(recursive=True)) <= before


async def test_what_could_not_be_decoded_is_tried_again_with_the_next_change(make: Make, tmp_path: Path) -> None:
    source = watching.flashing(make, seconds=5, variable=False)
    whole = await watching.rendered(source, watching.order(Span(3.5, 4.5)), tmp_path / "whole")
    with av.open(str(source)) as container:
        damaged = [(packet.pos, packet.size) for packet in container.demux(audio=0) if packet.size][90:]
    with source.open("r+b") as file:
        for at, size in damaged:
            file.seek(at)
            file.write(b"\xff" * size)

    made = await watching.rendered(source, watching.order(Span(3.5, 4.5)), tmp_path / "clip")

    assert whole.basis is not None
    assert (made.basis, made.warnings) == (None, ("The sound of this stretch cannot be decoded; the clip is silent.",))
