"""What a customer may ask for beside the plain text, in the shape that AssemblyAI users know."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from ..errors import BadInput

# UNSET, not False: what was not given is not written back either, so features are stored as given.
Choice = bool | UnsetType
TargetLanguage = Annotated[str, msgspec.Meta(min_length=2, max_length=16)]
# Each is a reading of the whole text by a provider, and the price is one for all.
TargetLanguages = Annotated[tuple[TargetLanguage, ...], msgspec.Meta(max_length=5)]

# What is delivered, part by part: an engine or an analyst offers some of these, and says which it delivered.
SUMMARY, IMPROVED, TRANSLATION = "summary", "improve_text", "translation"


class SpeechUnderstanding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Questions about what is said; what is not given is not wanted."""

    sentiment_analysis: Choice = UNSET
    auto_chapters: Choice = UNSET
    entity_detection: Choice = UNSET
    auto_highlights: Choice = UNSET
    speaker_labels: Choice = UNSET


class LlmGateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a language model writes about the recording; ``enabled`` switches all of it.

    Enabled and nothing else said means a summary. ``improve_text``: punctuation, capitals and paragraphs;
    ``translate_to``: up to five ISO 639-1 codes.
    """

    enabled: Choice = UNSET
    generate_summary: Choice = UNSET
    improve_text: Choice = UNSET
    translate_to: TargetLanguages | UnsetType = UNSET


class Features(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``features`` of a job: objects, never booleans. Encoding it gives what was given."""

    speech_understanding: SpeechUnderstanding | UnsetType = UNSET
    llm_gateway: LlmGateway | UnsetType = UNSET

    def understanding(self) -> tuple[str, ...]:
        """Return the names of the wanted parts of ``speech_understanding``, in their written order."""
        wanted = self.speech_understanding
        if wanted is UNSET:
            return ()
        return tuple(field for field in SpeechUnderstanding.__struct_fields__ if getattr(wanted, field) is True)

    @property
    def language_model(self) -> bool:
        """Whether ``llm_gateway`` is enabled."""
        return self.llm_gateway is not UNSET and self.llm_gateway.enabled is True

    @property
    def summary(self) -> bool:
        """Whether a summary is wanted: asked for, or the language model is enabled and nothing else is asked of it."""
        gateway = self.llm_gateway
        if gateway is UNSET or gateway.enabled is not True:
            return False
        others = gateway.improve_text is True or bool(self.translations)
        return gateway.generate_summary is True or (gateway.generate_summary is UNSET and not others)

    @property
    def translations(self) -> tuple[str, ...]:
        """The languages to translate into."""
        gateway = self.llm_gateway
        if gateway is UNSET or gateway.enabled is not True or gateway.translate_to is UNSET:
            return ()
        return gateway.translate_to

    def parts(self) -> frozenset[str]:
        """Return all that is wanted, by the names of the parts that engines deliver."""
        written = {SUMMARY: self.summary, TRANSLATION: bool(self.translations), IMPROVED: self._improved}
        return frozenset(self.understanding()) | {name for name, wanted in written.items() if wanted}

    @property
    def _improved(self) -> bool:
        return self.language_model and self.llm_gateway is not UNSET and self.llm_gateway.improve_text is True


def paid(wanted: Features) -> tuple[str, ...]:
    """Return the names of the wanted features that cost something."""
    named = tuple(name for name in wanted.understanding() if name != "speaker_labels")
    return (*named, "llm_gateway") if wanted.language_model else named


def parse(raw: object) -> Features:
    """Return decoded JSON as features.

    Raises:
        BadInput: a field is unknown or not of its kind; the message and the fact ``field`` name its path.
    """
    try:
        return msgspec.convert(raw, Features, strict=True)
    except msgspec.ValidationError as exc:
        raise _refusal(str(exc)) from exc


_WRONG = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)


def _refusal(message: str) -> BadInput:
    wrong = _WRONG.fullmatch(message)
    what, path = (wrong["what"], wrong["path"]) if wrong else (message, None)
    unknown = _UNKNOWN.fullmatch(what)
    steps = ("features", path, unknown[1] if unknown else None)
    field = ".".join(step for step in steps if step)[:200]
    says = "This field is not known" if unknown else what
    return BadInput(f"{field}: {says}.", hint=_HINT, field=field)


_HINT = (
    'Features look like {"speech_understanding": {"auto_chapters": true}, "llm_gateway": {"enabled": true}};'
    f" speech_understanding has {', '.join(SpeechUnderstanding.__struct_fields__)},"
    f" llm_gateway has {', '.join(LlmGateway.__struct_fields__)}."
)
