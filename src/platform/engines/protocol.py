"""What every speech engine offers, and what it may say while it works.

An engine is cancelled by cancelling the awaiting task: it must end its child process group (or its
cloud job) before ``asyncio.CancelledError`` leaves the call. It raises only ``EngineFailed``,
``EngineUnavailable``, ``TimeLimitReached``, ``BadMedia`` and ``Unavailable`` of our error tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from ..domain.transcript import Segment, Turn


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine can do here; ``languages`` is None where it takes any."""

    languages: frozenset[str] | None
    word_times: bool
    diarizes: bool
    takes_text: bool = False  # accepts an uploaded text file as its own transcript
    in_pieces: bool = False  # a long recording may be given to it in pieces, to several workers at once


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One recording to work on.

    ``audio`` is a mono 16 kHz 16-bit WAV file (or the text file itself for engines that take text);
    ``is_text`` says which. ``duration`` in seconds; ``language`` an ISO 639-1 code or None to detect;
    ``model`` None for the default. ``offset``: where the file begins in the whole recording, in seconds, for
    what people are told; all times that an engine returns count from the start of the file.
    """

    audio: Path
    duration: float
    language: str | None = None
    model: str | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None
    is_text: bool = False
    offset: float = 0.0


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something the user should know although the work succeeded."""

    code: str
    message: str


class Transcription(msgspec.Struct, frozen=True, kw_only=True):
    """What ``transcribe`` and ``align`` return; ``engine`` and ``model`` are what really did the work."""

    engine: str
    model: str
    language: str | None
    segments: tuple[Segment, ...]
    warnings: tuple[Warned, ...] = ()


class Diarization(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks when; turns sorted by start, speakers named SPEAKER_00, SPEAKER_01, … by first turn."""

    turns: tuple[Turn, ...]
    warnings: tuple[Warned, ...] = ()


class Reporter(Protocol):
    """How an engine reports while it works; each call is cheap and never raises."""

    async def progress(self, fraction: float) -> None:
        """Say that ``fraction`` (0 to 1, never falling) of the work is done."""

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Pass on finished segments, in order, each once."""


class Engine(Protocol):
    """A speech engine; instances are shared by all stages of one worker process."""

    name: str

    def capabilities(self) -> Capabilities:
        """Return what the engine can do on this machine, without loading a model."""

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn speech into timed text."""

    async def align(self, request: Request, transcription: Transcription, report: Reporter) -> Transcription:
        """Give each word its time; returns the input where the engine has done so already."""

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        """Tell speakers apart."""

    async def close(self) -> None:
        """End all child processes."""
