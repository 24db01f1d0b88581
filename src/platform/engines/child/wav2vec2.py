"""WhisperX's aligner: a wav2vec2 model of one language finds the characters of a text in the sound."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from whisperx import alignment

from ...domain.transcript import Segment, Word
from ...errors import EngineUnavailable
from ..languages import UNSPACED
from ..messages import Align, Done, Open
from ..words import Placed, heard
from .channel import Channel
from .memory import is_out_of_memory
from .recording import RATE, passage
from .torch_device import prepare

# The model compares every 20 ms with every other: two minutes take some GB. WhisperX's own segments have 30 s at most.
_LONGEST_SECONDS = 120.0
# Less has not one frame of the model.
_SHORTEST_SAMPLES = 400
# WhisperX takes its text character by character in this language, and so in all that we give to it as this one.
_BY_CHARACTER = "zh"


class _OneSentence:
    """Stands for NLTK's sentence splitter, which would be downloaded: our segments stay whole."""

    def span_tokenize(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the whole text."""
        yield 0, len(text)


class Wav2Vec2:
    """A loaded model."""

    def __init__(self, model: Any, metadata: dict[str, Any], *, name: str, language: str, device: str) -> None:
        """Use ``model``, which WhisperX has loaded together with ``metadata``."""
        self._model = model
        self._metadata = metadata
        self._name = name
        self._spaced = language not in UNSPACED
        self._device = device

    @classmethod
    def load(cls, order: Open) -> Wav2Vec2:
        """Load the model for the language ``order.model``, downloading it first where it is missing.

        Raises:
            EngineUnavailable: it cannot be downloaded, or its files are broken.
        """
        device = prepare(order)
        # Else transformers asks the hub in a thread of its own to convert old weights.
        os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "true")
        alignment.nltk_load = lambda _: _OneSentence()
        try:
            model, metadata = alignment.load_align_model(
                order.model, device, model_name=order.repository or order.folder, model_dir=_cache(order)
            )
        except MemoryError:
            raise
        except Exception as exc:  # WhisperX raises ValueError for anything, torchaudio what its network layer raises
            raise _load_error(exc, order) from exc
        if order.model in UNSPACED:
            metadata = {**metadata, "language": _BY_CHARACTER}
        name = order.repository or f"align/{order.model}"
        return cls(model.eval(), metadata, name=name, language=order.model, device=device)

    def align(self, command: Align, channel: Channel) -> Done:
        """Send the segments one by one; those that cannot be aligned have no words.

        Memory does not grow with the recording: only the sound of one segment is read at a time.
        """
        for segment in command.segments:
            channel.heard((msgspec.structs.replace(segment, words=self._words(command.audio, segment)),))
            channel.progress(min(segment.end / max(command.duration, 0.001), 0.99))
        return Done(model=self._name, language=command.language)

    def _words(self, audio: str, segment: Segment) -> tuple[Word, ...]:
        if not segment.text.strip() or segment.end - segment.start > _LONGEST_SECONDS:
            return ()
        sound = passage(audio, start=segment.start, end=segment.end)
        if len(sound) < _SHORTEST_SAMPLES:
            return ()
        said = {"start": 0.0, "end": len(sound) / RATE, "text": re.sub(r"\s", " ", segment.text)}
        found = alignment.align([said], self._model, self._metadata, sound, self._device, return_char_alignments=True)
        return heard(segment, _places(found, segment), spaced=self._spaced)


def _places(found: dict[str, Any], segment: Segment) -> list[Placed | None]:
    """Return the place of each character of the segment; none where WhisperX gave up or lost some."""
    signs = [sign for part in found["segments"] for sign in part.get("chars") or ()]
    if len(signs) != len(segment.text):
        return []
    return [
        Placed(
            start=segment.start + float(sign["start"]),
            end=segment.start + float(sign["end"]),
            score=float(sign.get("score", 0.0)),
        )
        if "start" in sign and "end" in sign
        else None
        for sign in signs
    ]


def _cache(order: Open) -> str | None:
    if not order.repository:
        return None
    Path(order.folder).mkdir(parents=True, exist_ok=True)
    return order.folder


def _load_error(exc: Exception, order: Open) -> Exception:
    if is_out_of_memory(exc):
        return MemoryError(str(exc))
    # WhisperX says only that it could not, and prints why.
    reason = str(exc.__context__ or exc).strip().split("\n")[0].replace(order.folder, "its folder")[:300]
    return EngineUnavailable(
        f"The alignment model {order.repository or Path(order.folder).name} cannot be loaded: {reason}",
        hint=f"An administrator can put a wav2vec2 CTC model into align/{order.model} of REELSCRIBE_MODEL_DIR.",
        cause="model",
    )
