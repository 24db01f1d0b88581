"""What AssemblyAI answers, as far as we read it; times are milliseconds from the start of the file.

We read the answers ourselves, beside the SDK: its models refuse a whole transcript over one kind of entity that it does
not know yet. Source: the ``components/schemas`` of https://www.assemblyai.com/docs/api-reference/openapi.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

# What a deleted transcript answers instead of its address: https://www.assemblyai.com/docs/api-reference/transcripts/delete
_DELETED = "http://deleted_by_user"

# NUL as JSON writes it, which PostgreSQL cannot keep: a text that was paid for must not be lost over it. An even number
# of backslashes before it are backslashes themselves.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")

_Answer = TypeVar("_Answer")


class Uploaded(msgspec.Struct, frozen=True):
    """The answer to an upload."""

    upload_url: str


class Word(msgspec.Struct, frozen=True):
    """One word."""

    text: str
    start: float
    end: float
    confidence: float | None = None
    speaker: str | None = None


class Utterance(msgspec.Struct, frozen=True):
    """What one speaker says without another between."""

    speaker: str | None = None
    words: tuple[Word, ...] | None = None


class Chapter(msgspec.Struct, frozen=True):
    """A part about one thing."""

    start: float
    end: float
    headline: str = ""
    gist: str | None = None
    summary: str | None = None


class Sentiment(msgspec.Struct, frozen=True):
    """How a sentence sounds; ``sentiment`` in capitals. ``start`` has been seen to be null."""

    text: str
    end: float
    sentiment: str
    start: float | None = None
    confidence: float | None = None
    speaker: str | None = None


class Entity(msgspec.Struct, frozen=True):
    """Something named."""

    entity_type: str
    text: str
    start: float
    end: float


class Stamp(msgspec.Struct, frozen=True):
    """Where something is said."""

    start: float
    end: float


class Highlight(msgspec.Struct, frozen=True):
    """A key phrase; ``rank`` has been seen to be missing."""

    text: str
    count: int = 1
    rank: float | None = None
    timestamps: tuple[Stamp, ...] = ()


class Highlights(msgspec.Struct, frozen=True):
    """``status`` is ``success``, or ``unavailable`` where their model failed."""

    status: str = ""
    results: tuple[Highlight, ...] | None = None


class Transcript(msgspec.Struct, frozen=True):
    """A transcript in any state: ``queued``, ``processing``, ``completed`` or ``error``."""

    id: str
    status: str
    error: str | None = None
    audio_url: str | None = None
    audio_duration: float | None = None  # seconds, the only time that is
    text: str | None = None
    words: tuple[Word, ...] | None = None
    utterances: tuple[Utterance, ...] | None = None
    language_code: str | None = None
    speech_model_used: str | None = None
    chapters: tuple[Chapter, ...] | None = None
    sentiment_analysis_results: tuple[Sentiment, ...] | None = None
    entities: tuple[Entity, ...] | None = None
    auto_highlights_result: Highlights | None = None

    @property
    def is_deleted(self) -> bool:
        """Whether somebody deleted it: it keeps its state, but has lost its text."""
        return self.audio_url == _DELETED


class Item(msgspec.Struct, frozen=True):
    """A transcript in a list."""

    id: str
    audio_url: str | None = None


class Listed(msgspec.Struct, frozen=True):
    """The newest transcripts of the account."""

    transcripts: tuple[Item, ...] = ()


class Message(msgspec.Struct, frozen=True):
    """What the language model wrote."""

    content: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """One of its answers."""

    message: Message


class Tokens(msgspec.Struct, frozen=True):
    """What it cost."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Completion(msgspec.Struct, frozen=True):
    """The answer of the LLM Gateway: https://www.assemblyai.com/docs/llm-gateway/chat-completions."""

    choices: tuple[Choice, ...] = ()
    usage: Tokens | None = None


def read(body: bytes, kind: type[_Answer]) -> _Answer:
    """Decode an answer; NUL characters are left out.

    Raises:
        ValueError: it is not JSON, or not of this kind; the message says what is wrong, without quoting the answer.
    """
    try:
        return msgspec.json.decode(_NUL.sub(rb"\1", body), type=kind)
    except msgspec.ValidationError as exc:
        raise ValueError(f"{exc}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        what = "a web page" if body.lstrip()[:1] == b"<" else "no JSON"
        raise ValueError(f"it is {what}") from None


def complaint(body: bytes) -> str:
    """Return what the provider says in an error: ``error`` of the API, ``message`` of the gateway; empty without."""
    try:
        answer = json.loads(_NUL.sub(rb"\1", body))
    except ValueError:  # a web page, half an answer; UnicodeDecodeError is one too
        return ""
    if not isinstance(answer, Mapping):
        return ""
    said = next((answer[name] for name in ("error", "message") if isinstance(answer.get(name), str)), "")
    return " ".join(said.split())[:300]
