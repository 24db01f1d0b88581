"""What can be wrong with an answer that came with status 200; pure."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ...errors import EngineFailed

T = TypeVar("T")

# https://ai.google.dev/api/generate-content#FinishReason; what is not here is an answer that broke off.
_BLOCKED = {
    "SAFETY": "its safety rules forbid it",
    "RECITATION": "it would repeat a published text at length",
    "LANGUAGE": "it does not know the language",
    "BLOCKLIST": "it has words that are forbidden there",
    "PROHIBITED_CONTENT": "it has content that is forbidden there",
    "SPII": "it has personal data that are forbidden there",
}


class TooLong(EngineFailed):
    """The answer does not fit into what the model may write at once."""

    hint = "Choose a model with longer answers, or a shorter recording."


class Blocked(EngineFailed):
    """Gemini refuses this content."""

    hint = "Use another engine for this recording."


class TooSlow(EngineFailed):
    """Gemini did not answer in time."""

    hint = "The step is tried again by itself; a shorter recording or a faster model may help."


class Garbage(EngineFailed):
    """The answer of Gemini cannot be read."""

    hint = "The step is tried again by itself; if that does not help, choose another model or engine."


class Incomplete(EngineFailed):
    """Gemini answered only a part of what was asked."""

    hint = "Try again, or choose another model."


def check_end(finish_reason: str | None, block_reason: str | None) -> None:
    """Let only a whole answer pass; names as in the API, None where the answer has none.

    Raises:
        TooLong: MAX_TOKENS.
        Blocked: the request or the answer was blocked.
        Garbage: it broke off, or there is no answer.
    """
    if block_reason:
        raise Blocked(
            f"Gemini refuses this recording: {_BLOCKED.get(block_reason, block_reason)}.", reason=block_reason
        )
    if finish_reason == "MAX_TOKENS":
        raise TooLong(reason=finish_reason)
    if finish_reason in _BLOCKED:
        raise Blocked(f"Gemini does not answer: {_BLOCKED[finish_reason]}.", reason=finish_reason)
    if finish_reason != "STOP":
        raise Garbage(f"The answer of Gemini broke off ({finish_reason or 'it is empty'}).", reason=finish_reason or "")


def decoded(text: str, shape: type[T]) -> T:
    """Return the JSON ``text`` as ``shape``.

    Raises:
        Garbage: it is no JSON, or not of that shape.
    """
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise Garbage(f"The answer of Gemini is not what was asked for: {str(exc)[:200]}.") from exc
