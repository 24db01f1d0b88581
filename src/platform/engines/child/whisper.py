"""faster-whisper: Whisper on CTranslate2, light and without torch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment as Piece
from faster_whisper.transcribe import restore_speech_timestamps
from faster_whisper.vad import VadOptions, collect_chunks, get_speech_timestamps
from numpy.typing import NDArray

from ...errors import EngineUnavailable
from .. import models
from ..languages import UNSPACED, base
from ..messages import Done, Open, Transcribe
from ..phrases import Scribe, Sound, whole_words, without_loops
from ..protocol import Warned
from .channel import Channel
from .download import download
from .memory import is_out_of_memory
from .recording import RATE, Stretch, stretches

# Features of five minutes take about 100 MB; Whisper itself sees 30 s at a time.
_LONGEST_SECONDS = 300.0
_SEARCH_SECONDS = 30.0
# How much of the bar the download of a model takes, when there is one.
_DOWNLOAD_SHARE = 0.3
# Skip silence longer than this around words that look invented (needs word times).
_HALLUCINATION_SILENCE_SECONDS = 2.0

_REMEDY = "Put a CTranslate2 Whisper model into REELSCRIBE_MODEL_DIR, or name another by REELSCRIBE_WHISPER_MODEL."


class Whisper:
    """A loaded model."""

    def __init__(self, model: WhisperModel, name: str, *, downloaded: bool) -> None:
        """Use ``model``; the first job pays for the download, if there was one, in its progress."""
        self._model = model
        self._name = name
        self._offset = _DOWNLOAD_SHARE if downloaded else 0.0
        self._warnings: list[Warned] = []

    @classmethod
    def load(cls, order: Open, channel: Channel) -> Whisper:
        """Load the model, downloading it first where it is missing.

        Raises:
            EngineUnavailable: it cannot be downloaded, or its files are broken.
        """
        folder = Path(order.folder)
        missing = not (folder / "model.bin").exists()
        if missing:
            download(order, note=channel.note, progress=lambda done: channel.progress(done * _DOWNLOAD_SHARE))
        return cls(_loaded(folder, threads=order.threads), order.model, downloaded=missing)

    def transcribe(self, command: Transcribe, channel: Channel) -> Done:
        """Transcribe stretch by stretch; the language is that of the first speech where none is given.

        Raises:
            EngineUnavailable: the model does not know the language.
        """
        self._warnings = []
        language = self._known(base(command.language))
        scribe = Scribe(duration=command.duration)
        offset, self._offset = self._offset, 0.0
        for stretch in stretches(command.audio, longest=_LONGEST_SECONDS, search=_SEARCH_SECONDS):
            samples = stretch.samples.astype(np.float32) / np.float32(32768)
            speech = get_speech_timestamps(samples, VadOptions(), sampling_rate=RATE)
            if not speech:
                continue
            language = language or self._detected(samples, speech)
            for piece in self._pieces(samples, speech, language):
                sounds = self._sounds(piece, stretch, command.offset)
                channel.heard(scribe.write(sounds if language in UNSPACED else whole_words(sounds)))
                done = (stretch.start + float(piece.end)) / max(command.duration, 0.001)
                channel.progress(offset + (1 - offset) * min(done, 0.99))
        return Done(model=self._name, language=language, warnings=tuple(self._warnings))

    def _known(self, language: str | None) -> str | None:
        known = self._model.supported_languages
        if language is None or language in known:
            return language
        which = "only English" if list(known) == ["en"] else "many languages"
        raise EngineUnavailable(
            f"The model {self._name} knows {which}, but not {language!r}.",
            hint="Choose another language or a multilingual model.",
            cause="language",
        )

    def _detected(self, samples: NDArray[np.float32], speech: list[dict[str, int]]) -> str:
        chunks, _ = collect_chunks(samples, speech)
        _, _, ranking = self._model.detect_language(np.concatenate(chunks))
        # On noise its first guess can be "nospeech", which is no language.
        return next((name for name, _ in ranking or () if name in self._model.supported_languages), "en")

    def _pieces(self, samples: NDArray[np.float32], speech: list[dict[str, int]], language: str) -> Iterator[Piece]:
        chunks, _ = collect_chunks(samples, speech)
        pieces, _ = self._model.transcribe(
            np.concatenate(chunks),
            language=language,
            word_timestamps=True,
            condition_on_previous_text=False,
            hallucination_silence_threshold=_HALLUCINATION_SILENCE_SECONDS,
        )
        return iter(restore_speech_timestamps(pieces, speech, RATE))

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


def _loaded(folder: Path, *, threads: int) -> WhisperModel:
    missing = [name for name in models.FILES if not (folder / name).is_file()]
    if missing:
        raise EngineUnavailable(f"The model in {folder} lacks {', '.join(missing)}.", hint=_REMEDY, cause="model")
    device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    compute = "float16" if device == "cuda" else "int8"
    try:
        return WhisperModel(str(folder), device=device, compute_type=compute, cpu_threads=threads)
    except MemoryError:
        raise
    except Exception as exc:  # CTranslate2 and tokenizers raise bare RuntimeError and Exception
        raise _load_error(exc, folder) from exc


def _load_error(exc: Exception, folder: Path) -> Exception:
    if is_out_of_memory(exc):
        return MemoryError(str(exc))
    return EngineUnavailable(f"The model in {folder} cannot be loaded: {exc}"[:500], hint=_REMEDY, cause="model")
