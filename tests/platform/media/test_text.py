"""Text is told from media, and plain text from text that a program would obey."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.media import text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"Good morning, everybody.\r\nToday: sound.\n", "plain"),
        ("Grüße, 世界".encode(), "plain"),
        ("Grüße".encode("latin-1"), "plain"),
        ("\u201cquoted\u201d \u2013 dash".encode("cp1252"), "plain"),
        ("Grüße, 世界".encode("utf-16"), "plain"),
        (b"\xef\xbb\xbfwith a mark", "plain"),
        (b"{curly} but no JSON", "plain"),
        (b"<angry> she said", "plain"),
        (b"\n\n#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd", "playlist"),
        (b"\xef\xbb\xbf#EXTM3U", "playlist"),
        ("#EXTM3U\nx".encode("utf-16"), "playlist"),
        (b"ffconcat version 1.0\nfile 'x.ts'", "playlist"),
        (b"file '/etc/passwd'\n", "playlist"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1", "playlist"),
        (b"<?xml version='1.0'?>\n<MPD/>", "playlist"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nhello", "subtitles"),
        (b"1\n00:00:00,000 --> 00:00:02,000\nhello", "subtitles"),
        (b"<!DOCTYPE html><p>hi", "web_page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "web_page"),
        (b'{"a": 1}', "data"),
        (b"[" * 100_000, "plain"),
        (b"#!/bin/sh\necho", "script"),
        (b"", None),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"\x01\x02\x03", None),
        (b"\xff\xfe\x00", None),
    ],
)
def test_kind_of_reads_content(content: bytes, kind: str | None, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)

    assert text.kind_of(path) == kind


@given(st.binary(min_size=1, max_size=200))
def test_decode_never_lets_control_characters_through(content: bytes) -> None:
    found = text.decode(content)

    assert found is None or not set(found) & {chr(code) for code in (0, 1, 8, 14, 31, 127, 128, 159)}
