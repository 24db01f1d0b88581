"""JSON: the transcript in the shape of the public API, on one line."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from ..transcript import Transcript


def render(transcript: Transcript, _title: str) -> bytes:
    """Return the transcript as the API shows it; its turns are what RTTM is for."""
    return msgspec.json.encode(msgspec.structs.replace(transcript, turns=UNSET)) + b"\n"
