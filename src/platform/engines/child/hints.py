"""Names and a description that a Whisper model is told before it listens."""

from __future__ import annotations

from dataclasses import dataclass

from faster_whisper import WhisperModel

from ..messages import Transcribe

# Of the 448 tokens that a Whisper model holds: both together leave room for more than thirty seconds can hold.
_MOST_TOKENS = 100


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What the model is told; None for nothing."""

    hotwords: str | None
    prompt: str | None

    @property
    def together(self) -> str | None:
        """Both in one: faster-whisper repeats only its hotwords for every thirty seconds."""
        return " ".join(part for part in (self.prompt, self.hotwords) if part) or None


def hints(command: Transcribe, model: WhisperModel) -> Hints:
    """Return what of the hints of ``command`` fits: the first hotwords, the end of the prompt."""
    hotwords = list(command.hotwords)
    while hotwords and _tokens(model, ", ".join(hotwords)) > _MOST_TOKENS:
        hotwords.pop()
    said = command.prompt.split()
    while said and _tokens(model, " ".join(said)) > _MOST_TOKENS:
        said.pop(0)
    return Hints(hotwords=", ".join(hotwords) or None, prompt=" ".join(said) or None)


def _tokens(model: WhisperModel, text: str) -> int:
    return len(model.hf_tokenizer.encode(f" {text}", add_special_tokens=False).ids)
