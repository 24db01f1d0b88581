"""A summary of a transcript by a language model of AssemblyAI's LLM Gateway."""

from __future__ import annotations

import asyncio

import msgspec

from ...domain import features
from ...errors import EngineCredentials, EngineFailed, EngineQuota, EngineUnavailable, ReelscribeError, Unavailable
from ..protocol import Transcription, Warned
from . import answers, asking, reading, refusals
from .client import Client, Pace

# There in both regions; where the first is not offered (any more), the second is asked. Sources: the README of the SDK,
# https://www.assemblyai.com/docs/llm-gateway/quickstart
_WRITER, _OTHER_WRITER = "claude-sonnet-5", "claude-sonnet-4-6"
_ATTEMPTS = 3


async def summarised(client: Client, result: Transcription, *, pace: Pace) -> Transcription:
    """Return the result with a summary, or with a warning: nothing that was paid for is lost over it."""
    try:
        written = await _written(client, reading.spoken(result.segments), pace)
    except ReelscribeError as exc:
        return _without(result, f"it could not be written: {exc.message}")
    summary = next((choice.message.content or "" for choice in written.choices), "").strip()
    tokens = written.usage or answers.Tokens()
    usage = msgspec.structs.replace(
        result.usage, input_tokens=tokens.prompt_tokens, output_tokens=tokens.completion_tokens, requests=2
    )
    result = msgspec.structs.replace(result, usage=usage)
    if not summary:
        return _without(result, "the language model wrote nothing")
    insights = msgspec.structs.replace(result.insights, summary=summary)
    done = (*result.features_done, features.SUMMARY)
    return msgspec.structs.replace(result, insights=insights, features_done=done)


async def _written(client: Client, text: str, pace: Pace) -> answers.Completion:
    try:
        return await _written_by(_WRITER, client, text, pace)
    except (EngineCredentials, EngineQuota):
        raise
    except EngineUnavailable:
        return await _written_by(_OTHER_WRITER, client, text, pace)


async def _written_by(writer: str, client: Client, text: str, pace: Pace) -> answers.Completion:
    for attempt in range(1, _ATTEMPTS):
        try:
            return await client.summarise(text, writer=writer)
        except (EngineFailed, Unavailable) as exc:
            await asyncio.sleep(refusals.pause(exc, pace.poll * 2**attempt))
    return await client.summarise(text, writer=writer)


def _without(result: Transcription, why: str) -> Transcription:
    warned: Warned = asking.left_out_warning([features.SUMMARY], why)
    return msgspec.structs.replace(result, warnings=(*result.warnings, warned))
