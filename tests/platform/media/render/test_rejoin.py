"""A clip that is joined anew has every packet it had, and what is said about it is new."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
import msgspec
import pytest
from reelscribe.platform.domain.clips import Chapter
from reelscribe.platform.domain.rendering import RenderOrder
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.errors import MediaFailed
from reelscribe.platform.media.render import mp4, rejoin
from reelscribe.platform.media.render.render import Rendered

from ..conftest import Make
from . import watching

SPANS = (Span(0.37, 1.71), Span(2.05, 3.9))


def packets(path: Path, kind: str) -> list[tuple[int | None, int | None, int | None, bytes]]:
    with av.open(str(path)) as container:
        found = container.demux(container.streams.get({kind: 0}))
        return [(packet.pts, packet.dts, packet.duration, bytes(packet)) for packet in found if packet.size]


async def joined(made: Rendered, order: RenderOrder, target: Path) -> None:
    digest = hashlib.sha256(made.video.read_bytes()).hexdigest()
    assert made.basis is not None
    await rejoin.make(made.video, digest, order, made.basis.recording, target)


@pytest.mark.parametrize("burned", [False, True], ids=["copied", "encoded"])
async def test_same_order_gives_the_same_file_to_the_byte(make: Make, tmp_path: Path, burned: bool) -> None:
    said = watching.said((0.2, "Hello"), (1.5, "there"))
    order = watching.order(*SPANS, transcript=said, burned=burned, chapters=(Chapter(start=0.0, title="One"),))
    made = await watching.rendered(watching.flashing(make, seconds=4, variable=False), order, tmp_path / "clip")

    await joined(made, order, tmp_path / "again.mp4")

    assert made.way == ("encoded" if burned else "copied")
    assert (tmp_path / "again.mp4").read_bytes() == made.video.read_bytes()


async def test_title_and_words_are_new_and_packets_are_not(make: Make, tmp_path: Path) -> None:
    before = watching.order(*SPANS, transcript=watching.said((0.2, "Hello")))
    made = await watching.rendered(watching.flashing(make, seconds=4, variable=True), before, tmp_path / "clip")
    after = msgspec.structs.replace(
        before,
        title="Better",
        transcript=watching.said((0.2, "Guten"), (1.6, "Tag"), language="de"),
        chapters=(Chapter(start=0.0, title="One"), Chapter(start=1.34, title="Two")),
    )

    await joined(made, after, tmp_path / "again.mp4")

    for kind in ("video", "audio"):
        assert packets(tmp_path / "again.mp4", kind) == packets(made.video, kind)
    with av.open(str(tmp_path / "again.mp4")) as container:
        texts = [bytes(packet)[2:] for packet in container.demux(container.streams.subtitles[0]) if packet.size > 2]
        assert (container.metadata["title"], texts) == ("Better", [b"Guten Tag"])
        assert container.streams.subtitles[0].metadata["language"] == "deu"
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["One", "Two"]


async def test_the_end_of_the_sound_stays_however_often(make: Make, tmp_path: Path) -> None:
    source = make(
        "cinema.mp4",
        *["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=4", "-f", "lavfi", "-i", "sine=d=4"],
    )
    # 85 pictures at 24 a second are 170,000 samples, 16 of them in a packet of their own.
    order = watching.order(Span(0.0, 85 / 24))
    made = await watching.rendered(source, order, tmp_path / "clip")

    await joined(made, order, tmp_path / "again.mp4")
    await joined(msgspec.structs.replace(made, video=tmp_path / "again.mp4"), order, tmp_path / "third.mp4")

    for kind in ("video", "audio"):
        assert packets(tmp_path / "third.mp4", kind) == packets(made.video, kind)
    assert (tmp_path / "third.mp4").read_bytes() == (tmp_path / "again.mp4").read_bytes()


async def test_a_clip_without_sound_stays_so(make: Make, tmp_path: Path) -> None:
    source = make("silent.mp4", *["-f", "lavfi", "-i", "testsrc2=size=320x180:duration=1"])
    order = watching.order(Span(0.0, 1.0))
    made = await watching.rendered(source, order, tmp_path / "clip")

    await joined(made, msgspec.structs.replace(order, title="Better"), tmp_path / "again.mp4")

    assert [track.kind for track in mp4.tracks(tmp_path / "again.mp4")] == ["vide"]


async def test_a_damaged_file_is_refused(make: Make, tmp_path: Path) -> None:
    order = watching.order(Span(0.0, 1.0))
    made = await watching.rendered(watching.flashing(make, seconds=1, variable=False), order, tmp_path / "clip")
    assert made.basis is not None
    digest = hashlib.sha256(made.video.read_bytes()).hexdigest()
    with made.video.open("r+b") as file:
        file.seek(-100, 2)  # within a packet, where ffmpeg would copy it
        file.write(b"x")

    with pytest.raises(MediaFailed, match="damaged"):
        await rejoin.make(made.video, digest, order, made.basis.recording, tmp_path / "again.mp4")
