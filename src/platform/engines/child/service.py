"""Serve commands one at a time, with one model that stays loaded."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

from ...domain.transcript import Turn
from ...errors import EngineFailed, EngineUnavailable, ReelscribeError
from ..messages import (
    Align,
    Answer,
    Detect,
    Detected,
    Diarize,
    Done,
    Failed,
    Loaded,
    Open,
    Started,
    Told,
    Transcribe,
    Work,
)
from .channel import Channel
from .memory import is_out_of_memory, peak_bytes


@runtime_checkable
class Recognizer(Protocol):
    """A speech library behind one model."""

    def transcribe(self, command: Transcribe, channel: Channel) -> Done:
        """Send progress and segments, and return how it ended."""


@runtime_checkable
class Detector(Protocol):
    """A recognizer that knows languages."""

    def detect(self, command: Detect, channel: Channel) -> Detected:
        """Return the language that is spoken."""


@runtime_checkable
class Aligner(Protocol):
    """A model that finds known words in the sound."""

    def align(self, command: Align, channel: Channel) -> Done:
        """Send progress and the segments with the times of their words, and return how it ended."""


@runtime_checkable
class Separator(Protocol):
    """A model of its own that tells speakers apart."""

    def diarize(self, command: Diarize, channel: Channel) -> Told:
        """Send progress and return who speaks when."""


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


# Engines that tell speakers apart by a model of their own; every other process does it by our small ones.
SEPARATORS = frozenset({"pyannote"})


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
        self._model: Recognizer | Aligner | Separator | None = None

    def answer(self, command: Work) -> Answer:
        """Do what ``command`` says; every failure becomes a message."""
        try:
            answer = self._done(command)
        except ReelscribeError as exc:
            return _refusal(exc)
        except Exception as exc:  # noqa: BLE001 the edge to the libraries: nothing may pass untranslated
            return _crash(exc)
        self._channel.progress(1.0)
        return answer

    def _done(self, command: Work) -> Answer:
        if isinstance(command, Diarize) and (command.light or self.open.engine not in SEPARATORS):
            return self._diarize(command)
        model = self._loaded()
        if isinstance(command, Transcribe) and isinstance(model, Recognizer):
            return model.transcribe(command, self._channel)
        if isinstance(command, Detect) and isinstance(model, Detector):
            return model.detect(command, self._channel)
        if isinstance(command, Align) and isinstance(model, Aligner):
            return model.align(command, self._channel)
        if isinstance(command, Diarize) and isinstance(model, Separator):
            return model.diarize(command, self._channel)
        raise EngineUnavailable(f"The engine {self.open.engine} has no {type(command).__name__.lower()}.")

    def _loaded(self) -> Recognizer | Aligner | Separator:
        if self._model is None:
            started = time.monotonic()
            self._model = load(self.open, self._channel)
            self._channel.progress(0.0)
            self._channel.send(Loaded(seconds=round(time.monotonic() - started, 3)))
        return self._model

    def _diarize(self, command: Diarize) -> Told:
        turns = _diarizer()(
            Path(command.audio),
            min_speakers=command.min_speakers,
            max_speakers=command.max_speakers,
            on_progress=self._channel.progress,
        )
        return Told(turns=tuple(turns))


def load(order: Open, channel: Channel) -> Recognizer | Aligner | Separator:
    """Load the model of ``order``; each library is imported only by the child that needs it.

    Raises:
        EngineUnavailable: the library or the model is missing or broken.
    """
    try:
        if order.engine == "faster-whisper":
            from .whisper import Whisper

            return Whisper.load(order, channel)
        if order.engine == "whisperx":
            from .whisperx import WhisperX

            return WhisperX.load(order, channel)
        if order.engine == "pocketsphinx":
            from .sphinx import Sphinx

            return Sphinx.load()
        if order.engine == "wav2vec2":
            from .wav2vec2 import Wav2Vec2

            return Wav2Vec2.load(order)
        if order.engine == "pyannote":
            from .pyannote import Pyannote

            return Pyannote.load(order)
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
