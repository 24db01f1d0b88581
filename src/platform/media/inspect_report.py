"""What the inspecting child says to its parent."""

from __future__ import annotations

from typing import Literal

import msgspec

from .info import MediaInfo

Problem = Literal[
    "not_media",
    "cut_off",
    "no_streams",
    "broken",
    "encrypted",
    "absurd_sound",
    "absurd_times",
    "absurd_picture",
    "crashed",
]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Either ``info`` or ``problem``."""

    info: MediaInfo | None = None
    problem: Problem | None = None
