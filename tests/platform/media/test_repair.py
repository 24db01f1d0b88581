"""Damaged recordings get one repair; what is no recording, or hostile, gets none."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from reelscribe.actors import ingest
from reelscribe.platform.errors import BadMedia, EngineFailed, MediaFailed, ReelscribeError, StorageFull, TooLarge
from reelscribe.platform.media import probe, repair
from reelscribe.platform.media.repair import Mended

from .conftest import MEDIA, Make, ignore, manifest

TONE = ("-f", "lavfi", "-i", "sine=frequency=300:duration=60")
PICTURE = ("-f", "lavfi", "-i", "testsrc2=duration=30:size=320x240:rate=10")
MINUTE = timedelta(minutes=1)
REFUSED = [entry["file"] for entry in manifest("D_hostile") if entry.get("expect_result") == "reject"]


@pytest.fixture
def new_stream(make: Make) -> Path:
    """A video with zeros in its middle, where a stream seems to begin that nobody announced."""
    path = make("whole.flv", *TONE, *PICTURE, "-map", "0", "-map", "1", "-c:a", "aac", "-c:v", "flv", "-t", "30")
    content = bytearray(path.read_bytes())
    start, end = int(len(content) * 0.4), int(len(content) * 0.5)
    content[start:end] = bytes(end - start)
    path.write_bytes(content)
    return path


@pytest.fixture
def garbled_start(make: Make) -> Path:
    """A minute whose container is whole, but the first twenty seconds of sound are noise that does not decode."""
    whole = make("whole.mkv", *TONE, "-c:a", "flac")
    return make("garbled.mkv", "-i", str(whole), "-c", "copy", "-bsf:a", r"noise=amount=lt(n\,900)")


async def mend(source: Path, tmp_path: Path) -> Mended | None:
    folder = tmp_path / "repair"
    folder.mkdir()
    return await repair.mend(source, folder, timeout=MINUTE, max_seconds=3600)


async def decoded(source: Path, tmp_path: Path, *, seconds: float = 60):
    return await ingest.decoded(source, tmp_path / "out.wav", seconds=seconds, on_progress=ignore)


async def test_copying_mends_a_file_with_a_hole(new_stream: Path, tmp_path: Path) -> None:
    with pytest.raises(BadMedia) as refused:
        await probe.inspect(new_stream)
    assert repair.may_help(refused.value)

    made, warnings = await decoded(new_stream, tmp_path)

    assert made.duration_seconds == pytest.approx(30, abs=0.5)
    assert [each.code for each in warnings] == ["repaired_media"]


async def test_decoding_mends_what_copying_does_not(garbled_start: Path, tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="cannot be decoded"):
        await probe.inspect(garbled_start)

    made, warnings = await decoded(garbled_start, tmp_path)

    assert made.duration_seconds == pytest.approx(60, abs=1)  # what is gone is silent, so the rest keeps its time
    assert [each.code for each in warnings] == ["repaired_media"]


async def test_whole_file_is_not_repaired(make: Make, tmp_path: Path) -> None:
    _, warnings = await decoded(make("whole.mp3", *TONE), tmp_path)

    assert warnings == ()


async def test_file_without_its_index_fails_for_good_in_plain_words(make: Make, tmp_path: Path) -> None:
    whole = make("whole.mp4", *TONE, "-c:a", "aac")  # the index comes last
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])

    with pytest.raises(BadMedia) as failed:
        await decoded(whole, tmp_path)

    assert failed.value.permanent
    assert "index is missing" in failed.value.message
    assert "tried to repair" in failed.value.message
    assert "copy the original again" in failed.value.hint
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize(
    ("name", "options", "least_seconds"),
    [
        ("cut.mkv", ("-c:a", "aac"), 30),
        ("cut.ogg", ("-c:a", "libvorbis"), 30),
        ("cut.wav", (), 30),  # its header promises more than there is
        ("cut.mp3", (), 30),
    ],
)
async def test_truncated_file_needs_no_repair(
    make: Make, tmp_path: Path, name: str, options: tuple[str, ...], least_seconds: float
) -> None:
    path = make(name, *TONE, *options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])

    made, warnings = await decoded(path, tmp_path)

    assert (made.duration_seconds > least_seconds, warnings) == (True, ())


async def test_garbage_in_front_needs_no_repair(make: Make, tmp_path: Path) -> None:
    path = make("late.mp3", *TONE)
    path.write_bytes(bytes(range(7, 256)) * 300 + path.read_bytes())

    made, warnings = await decoded(path, tmp_path)

    assert made.duration_seconds == pytest.approx(60, abs=1)
    assert warnings == ()


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (BadMedia("x", problem="broken"), True),
        (BadMedia("x", problem="undecodable"), True),
        (BadMedia("x", problem="encrypted"), False),
        (BadMedia("x", problem="absurd_times"), False),
        (BadMedia("x", problem="not_media"), False),
        (BadMedia("a playlist"), False),
        (MediaFailed("x", exit_code=-11), True),
        (MediaFailed("x", exit_code=-9), False),  # memory ran out, or somebody killed it
        (TooLarge("x"), False),
        (StorageFull("x"), False),
        (EngineFailed("x", exit_code=-11), False),
    ],
)
def test_only_damage_deserves_a_repair(error: ReelscribeError, helps: bool) -> None:
    assert repair.may_help(error) is helps


@pytest.mark.skipif(not REFUSED, reason="needs the shared test material (set REELSCRIBE_SHARED)")
@pytest.mark.parametrize("name", REFUSED)
async def test_hostile_file_gains_nothing_by_the_repair(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReelscribeError):
        await decoded(MEDIA / name, tmp_path)


async def test_repair_writes_no_more_than_its_room(make: Make, tmp_path: Path) -> None:
    source = make("long.flac", "-f", "lavfi", "-i", "anoisesrc=duration=120", "-ac", "2", "-ar", "96000")
    target = tmp_path / "small.mka"

    await repair._write(source, target, repair._REENCODE, MINUTE, 1_000_000)

    assert target.stat().st_size <= 1_000_000
