"""JSON: the transcript in the shape of the public API, on one line."""

from __future__ import annotations

import msgspec

from ..transcript import Transcript


def render(transcript: Transcript, _title: str) -> bytes:
    """Return the transcript as the API shows it."""
    return msgspec.json.encode(transcript) + b"\n"
