"""Telling text from media, and kinds of text apart, by content."""

from __future__ import annotations

import codecs
import json
import re
from pathlib import Path
from typing import Literal

TextKind = Literal["plain", "playlist", "subtitles", "web_page", "data", "script", "pointer"]

TEXT_MAX_BYTES = 16 * 1024**2  # a transcript of 100 hours; larger "text" is not looked at
_HEAD = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_SIGNS: tuple[tuple[TextKind, re.Pattern[str]], ...] = (
    (
        "playlist",
        re.compile(
            r"#EXTM3U|#EXT-X-|ffconcat\b|file\s+['\"]?[\w.:/\\-]+|\[playlist\]|\[Reference\]|<asx\b|<smil\b"
            r"|v=0\r?\n|(<\?xml[^>]*>\s*)?<(MPD|SmoothStreamingMedia|playlist|ttml?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "subtitles",
        re.compile(r"WEBVTT\b|\d+\r?\n\d+:\d\d:\d\d[,.]\d+ *-->|\[Script Info\]|\{\d+\}\{\d+\}", re.IGNORECASE),
    ),
    ("web_page", re.compile(r"(<\?xml[^>]*>\s*)?<(!doctype|html|head|body|svg|script|\?xml|!--)", re.IGNORECASE)),
    ("script", re.compile(r"#!|<\?php|@echo off\b", re.IGNORECASE)),
    ("pointer", re.compile(r"version https://git-lfs\.github\.com/")),
)


def kind_of(path: Path) -> TextKind | None:
    """Return what kind of text the file is, None where it is no text (or empty, or too large)."""
    if not 0 < path.stat().st_size <= TEXT_MAX_BYTES:
        return None
    with path.open("rb") as file:
        if b"\0" in (head := file.read(_HEAD)) and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return None
        content = head + file.read()
    text = decode(content)
    return _kind(text) if text is not None else None


def decode(content: bytes) -> str | None:
    """Return the text in UTF-8, UTF-16 (with its mark) or Latin-1, without the mark; None where it is no text."""
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) else text
    return None


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    # Windows text uses 0x80 to 0x9f for quotes and dashes, which Latin-1 calls control characters.
    return ("utf-8-sig", "cp1252", "latin-1")


def _kind(text: str) -> TextKind:
    start = text.lstrip()
    for kind, pattern in _SIGNS:
        if pattern.match(start):
            return kind
    return "data" if _is_json(start) else "plain"


def _is_json(text: str) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
