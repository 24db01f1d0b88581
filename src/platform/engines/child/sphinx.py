"""pocketsphinx 5: English from the model in its wheel; the last resort where no other model can be had."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from pocketsphinx import Decoder

from ..languages import base
from ..messages import Done, Transcribe
from ..phrases import Scribe, Sound
from . import speech
from .channel import Channel
from .recording import RATE, Stretch, stretches

MODEL = "en-us"

# The decoder's memory and its lattices grow with the utterance, and its mean normalisation needs a few seconds.
_LONGEST_SECONDS = 20.0
_SEARCH_SECONDS = 10.0
_FRAMES_PER_SECOND = 100

_FILLER = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
_VARIANT = re.compile(r"\(\d+\)$")


class Sphinx:
    """A loaded decoder."""

    def __init__(self, decoder: Decoder) -> None:
        """Use ``decoder``."""
        self._decoder = decoder

    @classmethod
    def load(cls) -> Sphinx:
        """Load the model of the wheel."""
        return cls(Decoder(samprate=float(RATE), loglevel="FATAL"))

    def transcribe(self, command: Transcribe, channel: Channel) -> Done:
        """Decode stretch by stretch; what the process heard before makes no difference."""
        self._decoder.reinit_feat()  # else it takes the noise of the recording before for this one's
        scribe = Scribe(duration=command.duration)
        for stretch in stretches(command.audio, longest=_LONGEST_SECONDS, search=_SEARCH_SECONDS):
            # Else it invents words: digital silence became "cool", a minute of music 71 words when we tried it.
            if speech.sections(stretch.samples.astype(np.float32) / np.float32(32768)):
                channel.heard(scribe.write(list(self._sounds(stretch))))
            channel.progress(stretch.end / max(command.duration, 0.001))
        return Done(model=MODEL, language=base(command.language) or "en")

    def _sounds(self, stretch: Stretch) -> Iterator[Sound]:
        self._decoder.start_utt()
        self._decoder.process_raw(stretch.samples.tobytes(), no_search=False, full_utt=True)
        self._decoder.end_utt()
        for item in self._decoder.seg() or ():
            text = spoken(item.word)
            if text:
                yield Sound(
                    start=stretch.start + item.start_frame / _FRAMES_PER_SECOND,
                    end=stretch.start + (item.end_frame + 1) / _FRAMES_PER_SECOND,
                    text=" " + text,
                    confidence=float(item.prob),
                )


def spoken(word: str) -> str:
    """Return what a reader sees of a dictionary word; empty for noises and silence.

    >>> spoken("been(2)"), spoken("<sil>"), spoken("[NOISE]")
    ('been', '', '')
    """
    return "" if _FILLER.fullmatch(word) else _VARIANT.sub("", word)
