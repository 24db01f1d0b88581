"""What the parent and an engine child say to each other: one JSON object per line.

The child answers every command with events; the last one is an ``Answer``.
"""

from __future__ import annotations

import msgspec

from ..domain.transcript import Segment, Turn
from .protocol import Warned


class Open(msgspec.Struct, frozen=True, kw_only=True, tag="open"):
    """Say which engine the child is; sent once, first, and not answered.

    ``folder`` holds the model, or will after a download of ``repository``; both are empty for an engine
    that brings its own. ``threads`` is how many cores it may use, ``device`` ``auto``, ``cpu`` or ``cuda``.
    """

    engine: str
    model: str = ""
    folder: str = ""
    repository: str = ""
    threads: int = 1
    device: str = "auto"


class Transcribe(msgspec.Struct, frozen=True, kw_only=True, tag="transcribe"):
    """Turn the WAV file ``audio`` of ``duration`` seconds into segments; ``offset`` as in ``protocol.Request``."""

    audio: str
    duration: float
    language: str | None = None
    offset: float = 0.0
    hotwords: tuple[str, ...] = ()
    prompt: str = ""


class Detect(msgspec.Struct, frozen=True, kw_only=True, tag="detect"):
    """Find out the language of the WAV file ``audio``; answered by ``Detected``."""

    audio: str
    duration: float


class Align(msgspec.Struct, frozen=True, kw_only=True, tag="align"):
    """Give the words of ``segments`` their times in the WAV file ``audio``; answered as ``Transcribe`` is."""

    audio: str
    duration: float
    language: str
    segments: tuple[Segment, ...]


class Diarize(msgspec.Struct, frozen=True, kw_only=True, tag="diarize"):
    """Tell the speakers in the WAV file ``audio`` apart; ``light``: by our small models, whatever the child is."""

    audio: str
    min_speakers: int | None = None
    max_speakers: int | None = None
    light: bool = False


class Started(msgspec.Struct, frozen=True, kw_only=True, tag="started"):
    """The command has arrived; a child that dies before it says so has done nothing."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True, tag="loaded"):
    """The model is in memory; it took ``seconds``."""

    seconds: float


class Progressed(msgspec.Struct, frozen=True, kw_only=True, tag="progressed"):
    """``fraction`` (0 to 1, never falling) is done; ``peak_bytes`` is the most memory used so far."""

    fraction: float
    peak_bytes: int = 0


class Heard(msgspec.Struct, frozen=True, kw_only=True, tag="heard"):
    """Finished segments, in order, each sent once: together they are the transcript."""

    segments: tuple[Segment, ...]


class Noted(msgspec.Struct, frozen=True, kw_only=True, tag="noted"):
    """Something for the log."""

    message: str


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """The end of a transcription; its segments have been sent before."""

    model: str
    language: str | None
    warnings: tuple[Warned, ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True, tag="told"):
    """The end of a diarization."""

    turns: tuple[Turn, ...]


class Detected(msgspec.Struct, frozen=True, kw_only=True, tag="detected"):
    """The end of a detection; ``probability`` is 0 to 1, ``language`` None where there is no speech."""

    language: str | None
    probability: float = 0.0


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """The command failed with the error of our tree that has ``code``.

    After a ``fatal`` one the child is in an unknown state and must be ended.
    """

    code: str
    message: str
    hint: str = ""
    facts: dict[str, str | int | float] = {}
    fatal: bool = False


Work = Transcribe | Detect | Align | Diarize
Command = Open | Work
Answer = Done | Told | Detected | Failed
Event = Started | Loaded | Progressed | Heard | Noted | Answer
