"""The provider of the engine ``flaky``: a real HTTP server that says what it was sent, until it is broken."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from enum import StrEnum


class Mood(StrEnum):
    """How the provider answers."""

    WELL = "answers"
    ERRORS = "answers 500"
    BUSY = "answers 429"
    HANGS = "does not answer"
    GONE = "refuses connections"


_ANSWERS = {
    Mood.WELL: "200 OK\r\n",
    Mood.ERRORS: "500 Internal Server Error\r\n",
    Mood.BUSY: "429 Too Many Requests\r\nRetry-After: 1\r\n",
}


# How long it thinks about a request.
_SECONDS = (0.2, 2.0)


class Provider:
    """The server; ``answered`` counts the requests that it did well."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}/"
        self.answered = 0
        self._mood = Mood.WELL
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def become(self, mood: Mood) -> None:
        """Answer like this from now on."""
        self._mood = mood
        if mood is Mood.GONE:
            await self.stop()
        elif self._server is None:
            await self.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            body = await _body(reader)
            await asyncio.sleep(random.uniform(*_SECONDS))
            if self._mood is Mood.HANGS:
                await reader.read()  # until the client has had enough
            elif self._mood in _ANSWERS:
                writer.write(_answer(self._mood, body))
                await writer.drain()
                self.answered += self._mood is Mood.WELL
        writer.close()


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length:")[2].split()[0])
    return await reader.readexactly(length)


def _answer(mood: Mood, body: bytes) -> bytes:
    said = body if mood is Mood.WELL else b"no"
    head = f"HTTP/1.1 {_ANSWERS[mood]}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(said)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + said
