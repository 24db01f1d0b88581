"""The names that people's files have: made safe to keep, to show and to give back.

A name is only ever shown and offered for download; where a file lies never depends on it.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

LONGEST_BYTES = 255  # UTF-8, as file systems count
FALLBACK = "recording"

# Invisible signs that turn text around or hide in it; the joiners stay, as emoji and Persian need them.
_DECEIVING = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_REMOVED = frozenset({"Cc", "Cs", "Zl", "Zp"})

# Device names of Windows, with or without a suffix ("Naming Files, Paths, and Namespaces", Microsoft Learn).
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?:\..*)?", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")
_DRIVE = re.compile(r"^[A-Za-z]:")


def clean(name: str) -> str:
    """Return the last part of a path, safe to show: 1 to 255 bytes of UTF-8 in NFC, its suffix kept.

    >>> clean("../../etc/passwd.mp4"), clean("C:\\\\Users\\\\me\\\\talk.mp3"), clean(".mp4"), clean("con.wav")
    ('passwd.mp4', 'talk.mp3', 'recording.mp4', '_con.wav')
    """
    text = _trim(_DRIVE.sub("", _visible(re.split(r"[/\\]", name)[-1])))
    if _SUFFIX.fullmatch(text):
        text = FALLBACK + text
    if _DEVICE.fullmatch(text):
        text = f"_{text}"
    return _shorten(text) or FALLBACK


def content_disposition(name: str, *, inline: bool = False) -> str:
    """Return the header that offers a download under this name (RFC 6266, RFC 8187); ASCII only.

    >>> content_disposition("Lecture 1.mp4")
    'attachment; filename="Lecture 1.mp4"'
    >>> content_disposition("été.mp4")
    'attachment; filename="ete.mp4"; filename*=UTF-8\\'\\'%C3%A9t%C3%A9.mp4'
    """
    kept = clean(name)
    plain = _ascii(kept)
    header = f'{"inline" if inline else "attachment"}; filename="{plain}"'
    if plain == kept:
        return header
    return f"{header}; filename*=UTF-8''{quote(kept.encode(), safe='!#$&+-.^_`|~')}"


def _visible(text: str) -> str:
    kept = "".join(" " if sign in "\t\r\n" else sign for sign in text if _is_kept(sign))
    return unicodedata.normalize("NFC", kept)


def _is_kept(sign: str) -> bool:
    return sign in "\t\r\n" or (unicodedata.category(sign) not in _REMOVED and sign not in _DECEIVING)


def _trim(text: str) -> str:
    # Windows drops dots and spaces at the end; "." and ".." are folders.
    return text.strip().rstrip(". ").strip()


def _shorten(text: str) -> str:
    if len(text.encode()) <= LONGEST_BYTES:
        return text
    stem, dot, suffix = text.rpartition(".")
    if not _SUFFIX.fullmatch(dot + suffix):
        stem, dot, suffix = text, "", ""
    room = LONGEST_BYTES - len(dot + suffix)
    return _trim(stem.encode()[:room].decode(errors="ignore")) + dot + suffix


def _ascii(text: str) -> str:
    # RFC 6266, appendix D: no quotes, backslashes or percent signs in the plain form.
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r'[^ -~]|["\\%/]', "_", folded).strip()
    return plain if plain.partition(".")[0] else FALLBACK + plain
