"""What every speech engine offers, and what it may say while it works.

An engine is cancelled by cancelling the awaiting task: it must end its child process group (or its
cloud job) before ``asyncio.CancelledError`` leaves the call. It raises only ``EngineFailed`` (a retry may help;
the fact ``retry_after`` is the seconds that a provider asks us to wait), ``EngineUnavailable`` (it cannot; with the
kinds ``EngineCredentials`` and ``EngineQuota``), ``TimeLimitReached``, ``BadMedia`` and ``Unavailable`` (a provider
that does not answer) of our error tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from ..domain.clips import ClipsWanted, ContentSegment
from ..domain.features import Features
from ..domain.insights import Insights
from ..domain.sentences import Sentence
from ..domain.timeline import Span
from ..domain.transcript import Segment, Turn
from ..errors import EngineUnavailable

# ``task.cancel(GOES_ON)`` instead of ``task.cancel()`` says that the job is not over: this worker stops, or another has
# taken the stage. What an engine has running elsewhere, and noted in a ``Memory``, then stays for the next attempt.
GOES_ON = "the job goes on elsewhere"


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine can do here.

    ``languages`` (ISO 639-1) is None where it takes any. ``diarizes``: it has a step of its own that tells speakers
    apart; ``labels_speakers``: its ``transcribe`` does so in dialogue mode. ``features`` are parts of
    ``domain.features`` that its ``transcribe`` delivers. ``longest_seconds``, ``largest_bytes``: None without a limit.
    """

    languages: frozenset[str] | None
    word_times: bool
    diarizes: bool
    labels_speakers: bool = False
    detects_language: bool = False  # ``detect`` can answer
    takes_text: bool = False  # accepts an uploaded text file as its own transcript
    in_pieces: bool = False  # a long recording may be given to it in pieces, to several workers at once
    takes_hints: bool = False  # ``hotwords`` and ``prompt`` count
    is_remote: bool = False  # the recording leaves this machine
    is_rough: bool = False  # half of its words may be wrong
    features: frozenset[str] = frozenset()
    longest_seconds: float | None = None
    largest_bytes: int | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One recording to work on.

    ``audio`` is a mono 16 kHz 16-bit WAV file (or the text file itself for engines that take text);
    ``is_text`` says which. ``duration`` in seconds; ``language`` an ISO 639-1 code or None to detect;
    ``model`` None for the default. ``offset``: where the file begins in the whole recording, in seconds, for
    what people are told; all times that an engine returns count from the start of the file, as do ``silences``
    (sorted; empty where they are not known). ``hotwords`` are names and terms that are likely said, ``prompt`` a
    sentence or two about the recording.
    """

    audio: Path
    duration: float
    language: str | None = None
    model: str | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None
    is_text: bool = False
    is_dialogue: bool = False
    offset: float = 0.0
    hotwords: tuple[str, ...] = ()
    prompt: str = ""
    features: Features = Features()
    silences: tuple[Span, ...] = ()
    begun_with: str | None = None  # the model that did the beginning of the same recording, where that is known


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something the user should know although the work succeeded; ``about``: the wanted features that it explains."""

    code: str
    message: str
    about: tuple[str, ...] = ()


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a provider will count: seconds of sound, tokens of a language model, requests."""

    audio_seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    requests: int = 0


class Transcription(msgspec.Struct, frozen=True, kw_only=True):
    """What ``transcribe`` and ``align`` return; ``engine`` and ``model`` are what really did the work.

    ``features_done``: the wanted features whose results are in ``insights``, or that gave the segments their speakers.
    """

    engine: str
    model: str
    language: str | None
    segments: tuple[Segment, ...]
    warnings: tuple[Warned, ...] = ()
    insights: Insights = Insights()
    features_done: tuple[str, ...] = ()
    usage: Usage = Usage()


class Diarization(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks when; turns sorted by start, speakers named SPEAKER_00, SPEAKER_01, … by first turn."""

    turns: tuple[Turn, ...]
    warnings: tuple[Warned, ...] = ()


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What an ``Analyst`` found in a text; ``segments`` are the same with better punctuation, None if not asked."""

    analyst: str
    model: str
    insights: Insights
    features_done: tuple[str, ...]
    segments: tuple[Segment, ...] | None = None
    warnings: tuple[Warned, ...] = ()
    usage: Usage = Usage()
    content: tuple[ContentSegment, ...] = ()  # of a clips job


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a ``Finder`` found: 1 to 15 segments, sorted by start, none overlapping another."""

    finder: str
    model: str
    segments: tuple[ContentSegment, ...]
    warnings: tuple[Warned, ...] = ()
    usage: Usage = Usage()


class Reporter(Protocol):
    """How an engine reports while it works; each call is cheap and never raises."""

    async def progress(self, fraction: float) -> None:
        """Say that ``fraction`` (0 to 1, never falling) of the work is done."""

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Pass on finished segments, in order, each once."""


@runtime_checkable
class Memory(Protocol):
    """A reporter that also keeps a note from one attempt at a piece of work to the next.

    For engines whose work goes on elsewhere when a worker dies: the note says where to find it again. An engine must
    do without: not every reporter is one, and a note may be lost.
    """

    async def remember(self, note: str) -> None:
        """Keep ``note`` (at most 1,000 characters, nothing secret) in place of the one before."""

    async def remembered(self) -> str | None:
        """Return the note that this or an earlier attempt has kept."""


class Engine(Protocol):
    """A speech engine; instances are shared by all stages of one worker process."""

    name: str

    def capabilities(self) -> Capabilities:
        """Return what the engine can do on this machine, without loading a model."""

    def refusal(self) -> EngineUnavailable | None:
        """Return why it can do nothing here (not installed, no key), None where it may; cheap, loads nothing."""

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn speech into timed text."""

    async def align(self, request: Request, transcription: Transcription, report: Reporter) -> Transcription:
        """Give each word its time; returns the input where the engine has done so already."""

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        """Tell speakers apart."""

    async def detect(self, request: Request) -> str | None:
        """Return the language that most of the recording is in, None where it cannot say."""

    async def close(self) -> None:
        """End all child processes."""


class Analyst(Protocol):
    """A language model that reads a transcript; its errors and its cancelling are those of an engine."""

    name: str

    def features(self) -> frozenset[str]:
        """Return the parts of ``domain.features`` that it delivers here: none where it has no key."""

    async def analyse(
        self, segments: Sequence[Segment], language: str | None, wanted: Features, report: Reporter
    ) -> Analysis:
        """Find out what is ``wanted`` of the text; parts that it does not offer are left out."""


class Finder(Protocol):
    """Chooses what of a text is worth a clip; its errors and its cancelling are those of an engine."""

    name: str

    def refusal(self) -> EngineUnavailable | None:
        """Return why it can do nothing here (no key), None where it may."""

    async def find(
        self, sentences: Sequence[Sentence], language: str | None, wanted: ClipsWanted, report: Reporter
    ) -> Found:
        """Return the best whole thoughts of the text, at least one; ``sentences`` are numbered from 0, not empty.

        Raises:
            EngineFailed: the answer names nothing that there is, or nothing at all; a retry may help.
        """
