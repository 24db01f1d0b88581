"""Serve commands one at a time, with one model that stays loaded."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ...domain.transcript import Turn
from ...errors import EngineFailed, EngineUnavailable, ReelscribeError
from ..messages import Diarize, Done, Failed, Loaded, Open, Started, Told, Transcribe
from .channel import Channel
from .memory import is_out_of_memory, peak_bytes


class Recognizer(Protocol):
    """A speech library behind one model."""

    def transcribe(self, command: Transcribe, channel: Channel) -> Done:
        """Send progress and segments, and return how it ended."""


class Diarizer(Protocol):
    """What ``engines.diarization`` offers."""

    def __call__(
        self,
        path: Path,
        *,
        min_speakers: int | None,
        max_speakers: int | None,
        on_progress: Callable[[float], None],
    ) -> list[Turn]:
        """Return who speaks when."""


def serve(channel: Channel) -> None:
    """Answer commands until the pipe closes, which ends the process."""
    service = Service(channel)
    while True:
        command = channel.next()
        if isinstance(command, Open):
            service.open = command
            continue
        channel.send(Started())
        channel.send(service.answer(command))


class Service:
    """The state of a child: which engine it is, and its model once that is loaded."""

    def __init__(self, channel: Channel) -> None:
        """Wait to be told by ``open`` which engine to be."""
        self.open = Open(engine="")
        self._channel = channel
        self._recognizer: Recognizer | None = None

    def answer(self, command: Transcribe | Diarize) -> Done | Told | Failed:
        """Do what ``command`` says; every failure becomes a message."""
        try:
            return self._diarize(command) if isinstance(command, Diarize) else self._transcribe(command)
        except ReelscribeError as exc:
            return _refusal(exc)
        except Exception as exc:  # noqa: BLE001 the edge to the libraries: nothing may pass untranslated
            return _crash(exc)

    def _transcribe(self, command: Transcribe) -> Done:
        if self._recognizer is None:
            started = time.monotonic()
            self._recognizer = load(self.open, self._channel)
            self._channel.progress(0.0)
            self._channel.send(Loaded(seconds=round(time.monotonic() - started, 3)))
        done = self._recognizer.transcribe(command, self._channel)
        self._channel.progress(1.0)
        return done

    def _diarize(self, command: Diarize) -> Told:
        turns = _diarizer()(
            Path(command.audio),
            min_speakers=command.min_speakers,
            max_speakers=command.max_speakers,
            on_progress=self._channel.progress,
        )
        self._channel.progress(1.0)
        return Told(turns=tuple(turns))


def load(order: Open, channel: Channel) -> Recognizer:
    """Load the model of ``order``; each library is imported only by the child that needs it.

    Raises:
        EngineUnavailable: the library or the model is missing or broken.
    """
    try:
        if order.engine == "faster-whisper":
            from .whisper import Whisper

            return Whisper.load(order, channel)
        if order.engine == "pocketsphinx":
            from .sphinx import Sphinx

            return Sphinx.load()
    except ImportError as exc:
        raise _import_error(exc) from exc
    raise EngineUnavailable(f"There is no engine child for {order.engine!r}.")


def _import_error(exc: ImportError) -> Exception:
    if is_out_of_memory(exc):
        return MemoryError(str(exc))
    return EngineUnavailable(
        f"A library of the speech engine cannot be imported: {exc}"[:500],
        hint="Install Reelscribe's requirements again, or choose another engine.",
        cause="model",
    )


def _diarizer() -> Diarizer:
    try:
        from ..diarization import diarize
    except ImportError as exc:
        raise EngineUnavailable(
            f"Speakers cannot be told apart here: {exc}.", hint="Install onnxruntime, or use mono mode."
        ) from exc
    return diarize


def _refusal(exc: ReelscribeError) -> Failed:
    facts = {name: value for name, value in exc.facts.items() if isinstance(value, str | int | float)}
    return Failed(code=exc.code, message=exc.message, hint=exc.hint, facts=facts)


def _crash(exc: Exception) -> Failed:
    log_tail = "".join(traceback.format_exception(exc))[-4000:]
    facts: dict[str, str | int | float] = {"peak_memory_bytes": peak_bytes(), "log_tail": log_tail}
    if is_out_of_memory(exc):
        return Failed(
            code=EngineFailed.code,
            message="The speech engine ran out of memory.",
            hint="Choose a smaller model or give the machine more memory.",
            facts=facts | {"cause": "out_of_memory"},
            fatal=True,
        )
    message = f"The speech engine failed: {type(exc).__name__}: {exc}"[:500]
    return Failed(code=EngineFailed.code, message=message, facts=facts, fatal=True)
