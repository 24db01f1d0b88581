from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.engines.stub import Stub
from reelscribe.platform.errors import BadMedia

from tests.platform.engines.conftest import Notes

WithText = Callable[[bytes], Request]


@pytest.fixture
def with_text(tmp_path: Path) -> WithText:
    """Make a request for a text file of these bytes."""

    def make(data: bytes) -> Request:
        path = tmp_path / "talk.txt"
        path.write_bytes(data)
        return Request(audio=path, duration=0.0, language="fr", is_text=True)

    return make


async def test_text_is_its_own_transcript(with_text: WithText, notes: Notes) -> None:
    request = with_text(b"One two\nthree four five.\n\n\nSecond paragraph.\n")

    result = await Stub().transcribe(request, notes)

    assert [segment.text for segment in result.segments] == ["One two three four five.", "Second paragraph."]
    # five words at 2.5 per second take 2 s, then comes half a second of pause
    assert [(segment.start, segment.end) for segment in result.segments] == [(0.0, 2.0), (2.5, 3.3)]
    assert result.language == "fr"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
async def test_text_is_read_in_common_encodings(with_text: WithText, notes: Notes, encoding: str) -> None:
    request = with_text("Grüße aus Köln".encode(encoding))

    result = await Stub().transcribe(request, notes)

    assert result.segments[0].text == "Grüße aus Köln"


async def test_control_characters_are_left_out(with_text: WithText, notes: Notes) -> None:
    request = with_text(b"Hello\x00 \x1b[31mworld\x07")

    result = await Stub().transcribe(request, notes)

    assert result.segments[0].text == "Hello [31mworld"


async def test_too_long_text_is_refused(with_text: WithText, notes: Notes) -> None:
    request = with_text(b"word " * (8 * 1024**2 // 5 + 1))

    with pytest.raises(BadMedia, match="8 MiB"):
        await Stub().transcribe(request, notes)


async def test_missing_text_is_bad_media(tmp_path: Path, notes: Notes) -> None:
    with pytest.raises(BadMedia):
        await Stub().transcribe(Request(audio=tmp_path / "gone.txt", duration=0.0, is_text=True), notes)


async def test_empty_text_has_no_segments(with_text: WithText, notes: Notes) -> None:
    request = with_text(b" \n\n")

    result = await Stub().transcribe(request, notes)

    assert result.segments == ()


async def test_recording_gets_an_explaining_line(tmp_path: Path, notes: Notes) -> None:
    result = await Stub().transcribe(Request(audio=tmp_path / "audio.wav", duration=12.5), notes)

    (segment,) = result.segments
    assert (segment.start, segment.end) == (0.0, 12.5)
    assert "stub" in segment.text
