"""WhisperX: Whisper on CTranslate2 that hears several windows of speech at once.

Its own voice detectors are left out: pyannote's takes a third of the recording's time on a CPU, Silero's is fetched
from a hub. The windows come from the Silero that faster-whisper brings, which is a hundred times as fast.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from whisperx import asr
from whisperx.vads import Vad

from ..guards import in_batches, is_doubtful
from ..languages import base
from ..messages import Detect, Detected, Done, Open, Transcribe
from ..passages import Passages
from ..protocol import Warned
from . import speech, torch_device, whisper_files
from .channel import Channel
from .hints import hints
from .memory import is_out_of_memory
from .recording import RATE, stretches
from .tongue import detected

_LONGEST_SECONDS = 300.0
_SEARCH_SECONDS = 30.0
# What Whisper hears at once.
_WINDOW_SECONDS = 30.0
# Windows heard together: they fill a graphics card; a CPU gains nothing by more, and its memory is shared.
_BATCH = {"cuda": 16, "cpu": 4}


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """What one window holds; seconds from the start of the stretch."""

    start: float
    end: float
    text: str


class _Given(Vad):  # type: ignore[misc]  # WhisperX has no types
    """Stands in for WhisperX's voice detector: its windows have been found already."""

    def __init__(self) -> None:
        super().__init__(0.5)
        self.windows: list[dict[str, Any]] = []

    def __call__(self, _: object) -> list[dict[str, Any]]:
        return self.windows

    @staticmethod
    def preprocess_audio(audio: speech.Samples) -> speech.Samples:
        return audio

    @staticmethod
    def merge_chunks(
        segments: list[dict[str, Any]],
        chunk_size: float,  # noqa: ARG004 WhisperX's signature
        onset: float,  # noqa: ARG004 WhisperX's signature
        offset: float | None,  # noqa: ARG004 WhisperX's signature
    ) -> list[dict[str, Any]]:
        return segments


class WhisperX:
    """A loaded model."""

    def __init__(self, pipeline: Any, given: _Given, order: Open, *, device: str, downloaded: bool) -> None:
        """Use ``pipeline``; the first job pays for the download, if there was one, in its progress."""
        self._pipeline = pipeline
        self._given = given
        self._order = order
        self._batch = _BATCH[device]
        self._offset = whisper_files.DOWNLOAD_SHARE if downloaded else 0.0

    @classmethod
    def load(cls, order: Open, channel: Channel) -> WhisperX:
        """Load the model, downloading it first where it is missing.

        Raises:
            EngineUnavailable: it cannot be downloaded, its files are broken, or the device is not there.
        """
        torch_device.prepare(order)
        device, compute = whisper_files.device(order)
        downloaded = whisper_files.bring(order, channel)
        given = _Given()
        try:
            pipeline = asr.load_model(
                str(Path(order.folder)), device, compute_type=compute, vad_model=given, threads=order.threads
            )
        except MemoryError:
            raise
        except Exception as exc:  # CTranslate2 and tokenizers raise bare RuntimeError and Exception
            raise whisper_files.load_error(exc, order) from exc
        return cls(pipeline, given, order, device=device, downloaded=downloaded)

    def transcribe(self, command: Transcribe, channel: Channel) -> Done:
        """Transcribe batch by batch; where no language is given, it is that of most of the speech.

        Segments have no words: ``align`` is a step of its own.

        Raises:
            EngineUnavailable: the model does not know the language.
        """
        model = self._pipeline.model
        language = whisper_files.known(base(command.language), model.supported_languages, self._order)
        language = language or detected(model, command.audio, duration=command.duration).language
        told = hints(command, model)
        self._pipeline.options = dataclasses.replace(
            self._pipeline.options, hotwords=told.hotwords, initial_prompt=told.prompt
        )
        passages = Passages(duration=command.duration, language=language)
        offset, self._offset = self._offset, 0.0
        for heard in self._heard(command, language or "en"):
            channel.heard(passages.write(heard.text, start=heard.start, end=heard.end))
            channel.progress(offset + (1 - offset) * min(heard.end / max(command.duration, 0.001), 0.99))
        return Done(model=self._order.model, language=language, warnings=_warnings(passages, command.offset))

    def detect(self, command: Detect, channel: Channel) -> Detected:  # noqa: ARG002 the protocol's signature
        """Return the language of most of the speech."""
        return detected(self._pipeline.model, command.audio, duration=command.duration)

    def _heard(self, command: Transcribe, language: str) -> Iterator[_Heard]:
        for stretch in stretches(command.audio, longest=_LONGEST_SECONDS, search=_SEARCH_SECONDS):
            samples = stretch.samples.astype(np.float32) / np.float32(32768)
            parts = speech.sections(samples, longest=_WINDOW_SECONDS)

            def hear(batch: Sequence[speech.Section], samples: speech.Samples = samples) -> list[_Heard]:
                return self._batched(samples, batch, language)

            for size, batch in in_batches(parts, self._batch, hear):
                self._batch = size  # what did not fit once will not fit the next time
                for each in batch:
                    yield dataclasses.replace(each, start=stretch.start + each.start, end=stretch.start + each.end)

    def _batched(self, samples: speech.Samples, parts: Sequence[speech.Section], language: str) -> list[_Heard]:
        """Return what the windows hold; those that the model doubts are heard once more, alone.

        Raises:
            MemoryError: the graphics card cannot hold as many at once.
        """
        self._given.windows = [{"start": part["start"] / RATE, "end": part["end"] / RATE} for part in parts]
        try:
            found = self._pipeline.transcribe(samples, batch_size=len(parts), language=language)["segments"]
        except RuntimeError as exc:  # CTranslate2's and torch's
            if not is_out_of_memory(exc):
                raise
            torch.cuda.empty_cache()
            raise MemoryError(str(exc)) from exc
        return [
            _Heard(
                start=part["start"] / RATE,
                end=part["end"] / RATE,
                text=self._again(samples[part["start"] : part["end"]], language)
                if is_doubtful(said["text"], log_probability=said["avg_logprob"])
                else said["text"],
            )
            for part, said in zip(parts, found, strict=True)
        ]

    def _again(self, samples: speech.Samples, language: str) -> str:
        """Return what faster-whisper makes of a window: slower, but at rising temperatures, and nothing for nobody."""
        options = self._pipeline.options
        pieces, _ = self._pipeline.model.transcribe(
            samples,
            language=language,
            condition_on_previous_text=False,
            hotwords=options.hotwords,
            initial_prompt=options.initial_prompt,
        )
        return "".join(piece.text for piece in pieces)


def _warnings(passages: Passages, offset: float) -> tuple[Warned, ...]:
    if passages.first_loop is None:
        return ()
    message = f"The model repeated itself from {offset + passages.first_loop:.0f} s on; the repetitions were left out."
    return (Warned(code="repetition_removed", message=message),)
