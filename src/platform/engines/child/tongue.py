"""Which language is spoken in a recording: asked of a Whisper model in several places."""

from __future__ import annotations

from faster_whisper import WhisperModel

from ..detection import WINDOW_SECONDS, WINDOWS, Window, averaged, starts
from ..messages import Detected
from . import speech
from .recording import RATE, passage


def detected(model: WhisperModel, path: str, *, duration: float) -> Detected:
    """Return the language of most of the speech in the WAV file at ``path``; memory does not grow with it.

    Places are taken from all over the recording until enough have speech; a recording without any has no language.

    Raises:
        BadMedia: the file is not a mono 16 kHz 16-bit WAV.
    """
    windows: list[Window] = []
    for start in starts(duration):
        window = _window(model, path, start)
        windows += [window] if window else []
        if len(windows) == WINDOWS:
            break
    language, probability = averaged(windows, known=frozenset(model.supported_languages))
    return Detected(language=language, probability=probability)


def _window(model: WhisperModel, path: str, start: float) -> Window | None:
    samples = passage(path, start=start, end=start + WINDOW_SECONDS)
    spoken = speech.only(samples, speech.sections(samples))
    if not len(spoken):
        return None
    seconds = len(spoken) / RATE
    if not model.model.is_multilingual:
        return Window(seconds=seconds, probabilities={"en": 1.0})
    _, _, ranking = model.detect_language(spoken)
    return Window(seconds=seconds, probabilities=dict(ranking))
