"""The containers that are accepted: files that hold their media themselves.

Playlists (hls, dash, concat, sdp, …) name other files or servers, text demuxers (tty, subtitles) and
image demuxers turn anything into "video", raw ones (rawvideo, s16le) take any bytes. None of them is here.
"""

from __future__ import annotations

# Demuxer, as ffmpeg calls it first, and the content type without and with a picture.
CONTENT_TYPES: dict[str, tuple[str, str]] = {
    "mov": ("audio/mp4", "video/mp4"),
    "matroska": ("audio/x-matroska", "video/x-matroska"),
    "mp3": ("audio/mpeg", "audio/mpeg"),
    "wav": ("audio/wav", "audio/wav"),
    "w64": ("audio/x-w64", "audio/x-w64"),
    "flac": ("audio/flac", "audio/flac"),
    "ogg": ("audio/ogg", "video/ogg"),
    "aac": ("audio/aac", "audio/aac"),
    "ac3": ("audio/ac3", "audio/ac3"),
    "eac3": ("audio/eac3", "audio/eac3"),
    "aiff": ("audio/aiff", "audio/aiff"),
    "au": ("audio/basic", "audio/basic"),
    "caf": ("audio/x-caf", "audio/x-caf"),
    "amr": ("audio/amr", "audio/amr"),
    "wv": ("audio/x-wavpack", "audio/x-wavpack"),
    "asf": ("audio/x-ms-wma", "video/x-ms-wmv"),
    "avi": ("video/x-msvideo", "video/x-msvideo"),
    "flv": ("video/x-flv", "video/x-flv"),
    "mpeg": ("video/mpeg", "video/mpeg"),
    "mpegts": ("video/mp2t", "video/mp2t"),
    "mxf": ("application/mxf", "application/mxf"),
}
WHITELIST = ",".join(CONTENT_TYPES)

_WEBM_CODECS = frozenset({"vp8", "vp9", "av1", "opus", "vorbis"})


def content_type(container: str, *, brand: str, codecs: frozenset[str], has_video: bool) -> str:
    """Return the content type; ``brand`` is the major brand of an ISO file, ``codecs`` of all its streams."""
    if container == "mov" and brand.strip() == "qt" and has_video:
        return "video/quicktime"
    if container == "matroska" and codecs <= _WEBM_CODECS:
        return "video/webm" if has_video else "audio/webm"
    return CONTENT_TYPES[container][has_video]
