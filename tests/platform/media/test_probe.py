"""What a file is, by its content."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from reelscribe.platform.errors import BadMedia, TooLarge
from reelscribe.platform.media import inspect_child, probe

from .conftest import Make, manifest

TONE = ("-f", "lavfi", "-i", "sine=duration=2:sample_rate=44100")
PICTURE = ("-f", "lavfi", "-i", "testsrc=duration=2:size=320x180:rate=25")


@pytest.mark.parametrize(
    ("name", "container", "content_type"),
    [
        ("a.mp3", "mp3", "audio/mpeg"),
        ("a.wav", "wav", "audio/wav"),
        ("a.w64", "w64", "audio/x-w64"),
        ("a.flac", "flac", "audio/flac"),
        ("a.ogg", "ogg", "audio/ogg"),
        ("a.opus", "ogg", "audio/ogg"),
        ("a.m4a", "mov", "audio/mp4"),
        ("a.aac", "aac", "audio/aac"),
        ("a.aiff", "aiff", "audio/aiff"),
        ("a.au", "au", "audio/basic"),
        ("a.caf", "caf", "audio/x-caf"),
        ("a.wma", "asf", "audio/x-ms-wma"),
        ("a.weba", "matroska", "audio/webm"),
        ("a.mka", "matroska", "audio/webm"),
        ("a.ac3", "ac3", "audio/ac3"),
        ("a.wv", "wv", "audio/x-wavpack"),
    ],
)
async def test_inspect_knows_sound(name: str, container: str, content_type: str, make: Make, tmp_path: Path) -> None:
    hidden = make(name, *TONE, *(["-f", "webm"] if name.endswith("weba") else [])).rename(tmp_path / "upload")

    info = await probe.inspect(hidden)

    assert (info.kind, info.container, info.content_type) == ("audio", container, content_type)
    assert info.duration_seconds == pytest.approx(2, abs=0.1)
    assert (info.has_audio, info.has_video) == (True, False)
    assert info.audio_streams[0].channels == 1


@pytest.mark.parametrize(
    ("name", "container", "content_type"),
    [
        ("v.mp4", "mov", "video/mp4"),
        ("v.mov", "mov", "video/quicktime"),
        ("v.mkv", "matroska", "video/x-matroska"),
        ("v.webm", "matroska", "video/webm"),
        ("v.avi", "avi", "video/x-msvideo"),
        ("v.flv", "flv", "video/x-flv"),
        ("v.ts", "mpegts", "video/mp2t"),
        ("v.mpg", "mpeg", "video/mpeg"),
        ("v.wmv", "asf", "video/x-ms-wmv"),
        ("v.mxf", "mxf", "application/mxf"),
    ],
)
async def test_inspect_knows_video(name: str, container: str, content_type: str, make: Make, tmp_path: Path) -> None:
    rate = ["-ar", "48000"] if name.endswith(("mxf", "webm")) else []
    hidden = make(name, *TONE, *PICTURE, *rate).rename(tmp_path / "upload")

    info = await probe.inspect(hidden)

    assert (info.kind, info.container, info.content_type) == ("video", container, content_type)
    assert info.duration_seconds == pytest.approx(2, abs=0.15)
    assert info.video is not None
    assert info.video.display_size == (320, 180)
    assert info.video.fps == pytest.approx(25, abs=0.1)
    assert info.has_audio


async def test_inspect_sees_no_sound_where_there_is_none(make: Make) -> None:
    info = await probe.inspect(make("silent.mp4", *PICTURE))

    assert (info.kind, info.has_audio, info.audio_streams) == ("video", False, ())


async def test_inspect_puts_the_default_track_first(make: Make) -> None:
    options = ["-map", "0", "-map", "1", "-disposition:a:0", "0", "-disposition:a:1", "default"]
    path = make("two.mkv", *TONE, "-f", "lavfi", "-i", "sine=duration=2:sample_rate=8000", *options)

    info = await probe.inspect(path)

    assert [track.index for track in info.audio_streams] == [1, 0]
    assert [track.sample_rate for track in info.audio_streams] == [8000, 44100]


async def test_inspect_does_not_take_cover_art_for_video(media: Path) -> None:
    info = await probe.inspect(media / "C_video" / "v_cover_art.mp3")

    assert (info.kind, info.content_type) == ("audio", "audio/mpeg")


@pytest.mark.parametrize("entry", [e for e in manifest("C_video") if "expect" in e], ids=lambda e: Path(e["file"]).name)
async def test_inspect_turns_pictures_as_players_do(entry: dict[str, object], media: Path) -> None:
    info = await probe.inspect(media / str(entry["file"]))

    expect = entry["expect"]
    assert isinstance(expect, dict)
    assert info.video is not None
    if "display_width" in expect:
        assert info.video.display_size == (expect["display_width"], expect["display_height"])
    if "audio_streams" in expect:
        assert len(info.audio_streams) == expect["audio_streams"]


async def test_inspect_takes_text_only_under_a_text_name(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("Only words.")

    assert (await probe.inspect(path, name="words.txt")).kind == "text"
    with pytest.raises(BadMedia, match="plain text under the name of a recording"):
        await probe.inspect(path, name="Words.MP3")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "playlist"),
        (b"<html></html>", "web page"),
        (bytes(100_000), "no audio or video"),
        (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41", "index is missing"),
    ],
)
async def test_inspect_says_what_is_wrong(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)

    with pytest.raises(BadMedia, match=sentence) as caught:
        await probe.inspect(path)

    assert caught.value.hint


async def test_inspect_refuses_what_is_too_long(make: Make) -> None:
    path = make("long.flac", "-f", "lavfi", "-i", "anullsrc=r=8000:duration=100")

    with pytest.raises(TooLarge, match="hours long") as caught:
        await probe.inspect(path, max_seconds=99)

    assert caught.value.facts["seconds"] == pytest.approx(100, abs=0.1)


async def test_inspect_measures_what_the_header_does_not_know(make: Make, tmp_path: Path) -> None:
    whole = make("whole.mp4", *TONE, *PICTURE, "-movflags", "faststart").read_bytes()
    half = tmp_path / "half"
    half.write_bytes(whole[: len(whole) // 2])

    info = await probe.inspect(half)

    assert info.duration_seconds is not None
    assert 0 < info.duration_seconds < 1.8
    assert [notice.code for notice in info.notices] == ["incomplete_file"]


@pytest.mark.parametrize("name", ["large.wav", "large.mp4", "large.mka", "large.mp3", "large.ogg", "large.ts"])
def test_look_finds_the_end_of_a_file_too_large_to_read(name: str, make: Make) -> None:
    path = make(name, "-f", "lavfi", "-i", "sine=duration=300:sample_rate=48000")

    info = inspect_child.look(str(path), scan_seconds=0.0)

    assert info.duration_seconds == pytest.approx(300, abs=0.5)


def test_look_finds_that_the_tail_of_a_large_file_is_missing(make: Make, tmp_path: Path) -> None:
    whole = make("w.mp4", "-f", "lavfi", "-i", "sine=duration=300", "-movflags", "faststart").read_bytes()
    half = tmp_path / "half"
    half.write_bytes(whole[: len(whole) // 2])

    info = inspect_child.look(str(half), scan_seconds=0.0)

    assert info.duration_seconds == pytest.approx(150, abs=10)
    assert info.notices


async def test_inspect_opens_a_name_that_looks_like_an_option(make: Make, tmp_path: Path) -> None:
    path = make("tone.wav", *TONE).rename(tmp_path / "-i http:,concat:|x %d.wav")

    assert (await probe.inspect(path)).kind == "audio"


def test_inspecting_child_can_open_nothing_but_the_upload(tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(b"x")
    code = f"""
import socket
from reelscribe.platform.media import inspect_child
inspect_child._allow_one_more_file({str(upload)!r})
with open({str(upload)!r}) as file:
    for attempt in (lambda: open('/etc/hosts'), socket.socket):
        try:
            attempt()
        except OSError as exc:
            print(exc.errno)
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.split() == ["24", "24"]  # EMFILE


async def test_known_looks_again_only_into_what_has_changed(make: Make, tmp_path: Path) -> None:
    path = make("a.wav", *TONE).rename(tmp_path / "upload")
    first = await probe.known(path)

    again = await probe.known(path)
    make("v.mp4", *TONE).rename(path)
    other = await probe.known(path)

    assert again is first
    assert (first.container, other.container) == ("wav", "mov")


async def test_known_refuses_what_is_too_long_for_the_second_one(make: Make) -> None:
    path = make("a.wav", *TONE)
    await probe.known(path)

    with pytest.raises(TooLarge):
        await probe.known(path, max_seconds=1.0)
