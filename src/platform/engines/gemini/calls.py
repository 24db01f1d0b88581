"""Requests to Gemini through Google's SDK, whose import takes a second or more and 35 MB: only work loads this.

The SDK can repeat requests by itself (``HttpRetryOptions``), but it waits by its own clock only: it reads neither
``RetryInfo`` nor ``Retry-After``, and repeats on quotas of a day as well. So its retries are off, and ours are here.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
from google import genai
from google.genai import types
from google.genai.errors import APIError

from ... import logs
from ...errors import EngineFailed, ReelscribeError, Unavailable
from ...settings import Settings
from ..protocol import Usage
from . import answers, refusals, shapes
from .patience import Patience
from .question import Question

log = logs.get("gemini")

T = TypeVar("T")
Shape = TypeVar("Shape", bound=msgspec.Struct)

# Smaller sounds travel inside the request: one round trip instead of four. A request may have 20 MB.
_INLINE_BYTES = 1024**2
_MIME = "audio/wav"

# What the SDK raises where an answer is not as it expects: JSON that is none, fields that are missing or of
# another kind (pydantic's errors are ValueErrors).
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)


@asynccontextmanager
async def opened(settings: Settings, *, model: str, patience: Patience) -> AsyncIterator[Calls]:
    """Give a client for one piece of work; its connections end with the block."""
    # Our own HTTP client: with WhisperX installed the SDK would take aiohttp, which fails in other ways.
    async with _Http(connect_seconds=patience.connect_seconds) as http:
        options = types.HttpOptions(
            base_url=settings.gemini_base_url,
            api_version="v1beta",
            timeout=round(patience.answer_seconds * 1000),
            httpx_async_client=http,
        )
        # Explicitly not Vertex AI, whatever the environment says.
        client = genai.Client(api_key=settings.gemini_api_key, vertexai=False, http_options=options)
        try:
            yield Calls(client, settings, model=model, patience=patience)
        finally:
            client.close()


class Calls:
    """What one piece of work asks of one model; ``usage`` and ``not_deleted`` grow with it."""

    def __init__(self, client: genai.Client, settings: Settings, *, model: str, patience: Patience) -> None:
        """Ask through ``client``."""
        self._client = client.aio
        self._key = settings.gemini_api_key
        self._base_url = settings.gemini_base_url
        self._patience = patience
        self.model = model
        self.usage = Usage()
        self.not_deleted = 0

    async def ask(self, question: Question, shape: type[Shape], *, sound: types.Part | None = None) -> Shape:
        """Return the answer of the model, checked; an unreadable one is asked for once more.

        Raises:
            TooLong, Blocked, Garbage: the answer, see ``answers``.
            EngineFailed, EngineUnavailable, Unavailable: the request, see ``_patiently``.
        """
        try:
            return await self._asked(question, shape, sound)
        except answers.Garbage as exc:
            log.warning("answer_unreadable", model=self.model, error=exc.message)
            return await self._asked(question, shape, sound)

    @asynccontextmanager
    async def sound(self, path: Path) -> AsyncIterator[types.Part]:
        """Give the WAV file ``path`` as a part of a question; what was uploaded is deleted after the block.

        We choose its name at Google, so it can be deleted also when the upload itself was cancelled or its answer
        got lost; a repeated upload needs another name.
        """
        if (data := await asyncio.to_thread(_small, path)) is not None:
            yield types.Part(inline_data=types.Blob(data=data, mime_type=_MIME))
            return
        names: list[str] = []
        try:
            file = await self._patiently(lambda: self._uploaded(path, names))
            yield types.Part(file_data=types.FileData(file_uri=file.uri, mime_type=_MIME))
        finally:
            await asyncio.gather(*(self._deleted(name) for name in names))

    async def _asked(self, question: Question, shape: type[Shape], sound: types.Part | None) -> Shape:
        parts = [*([sound] if sound else []), types.Part(text=question.text)]
        config = types.GenerateContentConfig(
            system_instruction=question.instruction,
            response_mime_type="application/json",
            response_json_schema=shapes.schema(shape),
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            automatic_continuation=False,
        )
        content = types.Content(role="user", parts=parts)
        response = await self._patiently(
            lambda: self._client.models.generate_content(model=self.model, contents=[content], config=config)
        )
        self._count(response.usage_metadata)
        return answers.decoded(_text(response), shape)

    async def _uploaded(self, path: Path, names: list[str]) -> types.File:
        """Upload under a new name, added to ``names``, and wait until Google has looked at the file."""
        name = f"files/rs-{secrets.token_hex(12)}"
        names.append(name)
        # The address of the second step comes from the server; without our base it would go round a gateway.
        options = types.HttpOptions(base_url=self._base_url)
        config = types.UploadFileConfig(name=name, mime_type=_MIME, http_options=options)
        file = await self._client.files.upload(file=path, config=config)
        async with asyncio.timeout(self._patience.answer_seconds):
            while file.state == types.FileState.PROCESSING:
                await asyncio.sleep(self._patience.look_seconds)
                file = await self._client.files.get(name=name)
        if file.state == types.FileState.FAILED or not file.uri:
            raise EngineFailed(
                "Gemini could not read the sound that was sent.", hint="The step is tried again by itself."
            )
        return file

    async def _deleted(self, name: str) -> None:
        """Delete an uploaded file, in a bounded time, also while we are cancelled."""
        try:
            async with asyncio.timeout(self._patience.delete_seconds):
                await self._client.files.delete(name=name)
        except APIError as exc:
            if exc.code not in (403, 404):  # Google's answers for a file that is not there: the upload failed
                self._keep_in_mind(name, f"HTTP status {exc.code}")
        except (httpx.TransportError, TimeoutError, *_UNREADABLE) as exc:
            self._keep_in_mind(name, type(exc).__name__)

    def _keep_in_mind(self, name: str, error: str) -> None:
        self.not_deleted += 1
        log.warning("file_not_deleted", file=name, error=error)

    async def _patiently(self, request: Callable[[], Awaitable[T]]) -> T:
        """Repeat ``request`` while Google is busy, for as long as ``Patience`` says.

        Raises:
            EngineUnavailable: key, quota, model or request are refused.
            EngineFailed: it stayed busy, or answered too late or unreadably.
            Unavailable: it cannot be reached.
        """
        for number in range(self._patience.attempts):
            try:
                return await request()
            except (APIError, httpx.TransportError, TimeoutError, *_UNREADABLE) as exc:
                failure = self._translated(exc)
                wait = self._patience.wait(number, failure)
                if wait is None:
                    # A cause that names the key must not reach a log with the traceback.
                    raise failure from (None if self._key in str(exc) else exc)
                log.info("gemini_repeats", error=failure.message, wait_seconds=round(wait, 1))
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _translated(self, exc: BaseException) -> ReelscribeError:
        if isinstance(exc, APIError):
            headers = getattr(exc.response, "headers", None) or {}
            body = msgspec.json.decode(msgspec.json.encode(exc.details).replace(self._key.encode(), b"***"))
            return refusals.error(exc.code, body, model=self.model, retry_after=headers.get("retry-after"))
        if isinstance(exc, TimeoutError | httpx.ReadTimeout):
            seconds = f"{self._patience.answer_seconds:g} s"
            return answers.TooSlow(f"Gemini did not answer within {seconds}.")
        if isinstance(exc, httpx.TransportError):
            return Unavailable("Gemini cannot be reached.", hint="Check the network and REELSCRIBE_GEMINI_BASE_URL.")
        return answers.Garbage()

    def _count(self, told: types.GenerateContentResponseUsageMetadata | None) -> None:
        self.usage = msgspec.structs.replace(
            self.usage,
            input_tokens=self.usage.input_tokens + ((told and told.prompt_token_count) or 0),
            # Thoughts are paid for as output.
            output_tokens=self.usage.output_tokens
            + ((told and told.candidates_token_count) or 0)
            + ((told and told.thoughts_token_count) or 0),
            requests=self.usage.requests + 1,
        )

    def heard(self, seconds: float) -> None:
        """Count sound that was sent."""
        self.usage = msgspec.structs.replace(self.usage, audio_seconds=round(self.usage.audio_seconds + seconds, 3))


class _Http(httpx.AsyncClient):
    """The SDK gives one limit to all phases of a request; a server that is not there is known sooner."""

    def __init__(self, *, connect_seconds: float) -> None:
        super().__init__()
        self._connect_seconds = connect_seconds

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send with the shorter limit for connecting."""
        limits = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {**limits, "connect": self._connect_seconds}
        return await super().send(request, **options)


def _small(path: Path) -> bytes | None:
    return path.read_bytes() if path.stat().st_size <= _INLINE_BYTES else None


def _text(response: types.GenerateContentResponse) -> str:
    """Return the text of a whole answer, without the model's thoughts.

    Raises:
        TooLong, Blocked, Garbage: it is no whole answer.
    """
    feedback = response.prompt_feedback
    candidate = response.candidates[0] if response.candidates else None
    answers.check_end(
        candidate.finish_reason.value if candidate and candidate.finish_reason else None,
        feedback.block_reason.value if feedback and feedback.block_reason else None,
    )
    content = candidate.content if candidate else None
    parts = (content.parts if content else None) or []
    return "".join(part.text for part in parts if part.text and not part.thought)
