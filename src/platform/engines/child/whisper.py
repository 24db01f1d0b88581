"""faster-whisper: Whisper on CTranslate2, light and without torch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment as Piece
from faster_whisper.transcribe import restore_speech_timestamps

from ..languages import UNSPACED, base
from ..messages import Detect, Detected, Done, Open, Transcribe
from ..phrases import Scribe, Sound, whole_words, without_loops
from ..protocol import Warned
from . import speech, whisper_files
from .channel import Channel
from .hints import hints
from .recording import RATE, Stretch, stretches
from .tongue import detected

# Features of five minutes take about 100 MB; Whisper itself sees 30 s at a time.
_LONGEST_SECONDS = 300.0
_SEARCH_SECONDS = 30.0
# Skip silence longer than this around words that look invented (needs word times).
_HALLUCINATION_SILENCE_SECONDS = 2.0


class Whisper:
    """A loaded model."""

    def __init__(self, model: WhisperModel, order: Open, *, downloaded: bool) -> None:
        """Use ``model``; the first job pays for the download, if there was one, in its progress."""
        self._model = model
        self._order = order
        self._offset = whisper_files.DOWNLOAD_SHARE if downloaded else 0.0
        self._warnings: list[Warned] = []

    @classmethod
    def load(cls, order: Open, channel: Channel) -> Whisper:
        """Load the model, downloading it first where it is missing.

        Raises:
            EngineUnavailable: it cannot be downloaded, its files are broken, or the device is not there.
        """
        device, compute = whisper_files.device(order)
        downloaded = whisper_files.bring(order, channel)
        try:
            model = WhisperModel(
                str(Path(order.folder)), device=device, compute_type=compute, cpu_threads=order.threads
            )
        except MemoryError:
            raise
        except Exception as exc:  # CTranslate2 and tokenizers raise bare RuntimeError and Exception
            raise whisper_files.load_error(exc, order) from exc
        return cls(model, order, downloaded=downloaded)

    def transcribe(self, command: Transcribe, channel: Channel) -> Done:
        """Transcribe stretch by stretch; where no language is given, it is that of most of the speech.

        Raises:
            EngineUnavailable: the model does not know the language.
        """
        self._warnings = []
        language = whisper_files.known(base(command.language), self._model.supported_languages, self._order)
        language = language or detected(self._model, command.audio, duration=command.duration).language
        scribe = Scribe(duration=command.duration)
        offset, self._offset = self._offset, 0.0
        for stretch in stretches(command.audio, longest=_LONGEST_SECONDS, search=_SEARCH_SECONDS):
            for piece in self._pieces(stretch, language or "en", command):
                sounds = self._sounds(piece, stretch, command.offset)
                channel.heard(scribe.write(sounds if language in UNSPACED else whole_words(sounds)))
                done = (stretch.start + float(piece.end)) / max(command.duration, 0.001)
                channel.progress(offset + (1 - offset) * min(done, 0.99))
        return Done(model=self._order.model, language=language, warnings=tuple(self._warnings))

    def detect(self, command: Detect, channel: Channel) -> Detected:  # noqa: ARG002 the protocol's signature
        """Return the language of most of the speech."""
        return detected(self._model, command.audio, duration=command.duration)

    def _pieces(self, stretch: Stretch, language: str, command: Transcribe) -> Iterator[Piece]:
        samples = stretch.samples.astype(np.float32) / np.float32(32768)
        spoken = speech.sections(samples)
        if not spoken:
            return iter(())
        pieces, _ = self._model.transcribe(
            speech.only(samples, spoken),
            language=language,
            word_timestamps=True,
            condition_on_previous_text=False,
            hallucination_silence_threshold=_HALLUCINATION_SILENCE_SECONDS,
            hotwords=hints(command, self._model).together,
        )
        return iter(restore_speech_timestamps(pieces, spoken, RATE))

    def _sounds(self, piece: Piece, stretch: Stretch, offset: float) -> list[Sound]:
        sounds = [
            Sound(
                start=stretch.start + float(word.start),
                end=stretch.start + float(word.end),
                text=word.word,
                confidence=float(word.probability),
            )
            for word in piece.words or ()
        ]
        kept = without_loops(sounds)
        if len(kept) < len(sounds):
            self._warn_of_loop(offset + sounds[0].start)
        return kept

    def _warn_of_loop(self, start: float) -> None:
        if not self._warnings:
            message = f"The model repeated itself from {start:.0f} s on; the repetitions were left out."
            self._warnings.append(Warned(code="repetition_removed", message=message))
