"""What a customer tells the speech engine beside the usual fields of a job; kept together, as they were given."""

from __future__ import annotations

import msgspec

# The engine that is none: it stands for "whichever of these works".
AUTO = "auto"


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``hotwords``: names and terms that are likely said; ``prompt``: a sentence or two about the recording.

    ``engines``: what ``auto`` tries, best first; empty where the server's order counts.
    """

    hotwords: tuple[str, ...] = ()
    prompt: str = ""
    engines: tuple[str, ...] = ()


def parse(raw: str | bytes) -> Options:
    """Return what is stored with a job; fields that a newer version wrote are passed over."""
    return msgspec.json.decode(raw, type=Options)
