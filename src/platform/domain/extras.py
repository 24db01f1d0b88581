"""Which of the wanted extras are still to be done, which were, and so which are charged; pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import msgspec
from msgspec import UNSET

from . import languages
from .features import IMPROVED, SUMMARY, TRANSLATION, Features, LlmGateway, SpeechUnderstanding
from .pricing import ENGLISH_ONLY

# Speakers are told apart by the transcription and by ``diarize``; they cost nothing.
_BY_VOICE = frozenset({"speaker_labels"})


def wanted_of(wanted: Features, language: str | None) -> frozenset[str]:
    """Return the parts that are to be read out of a text in ``language``, None where that is not known.

    >>> wanted = msgspec.convert({"speech_understanding": {"auto_chapters": True, "entity_detection": True}}, Features)
    >>> sorted(wanted_of(wanted, "en-GB")), sorted(wanted_of(wanted, "de"))
    (['auto_chapters', 'entity_detection'], ['entity_detection'])
    """
    parts = wanted.parts() - _BY_VOICE
    return parts if languages.is_english(language) else parts - ENGLISH_ONLY


def only(wanted: Features, parts: AbstractSet[str]) -> Features:
    """Return what of ``wanted`` is in ``parts``; the language model is left out where it has nothing to do.

    >>> wanted = msgspec.convert({"llm_gateway": {"enabled": True, "improve_text": True}}, Features)
    >>> only(wanted, {"summary"}).parts(), sorted(only(wanted, {"improve_text"}).parts())
    (frozenset(), ['improve_text'])
    """
    kept = wanted.parts() & parts
    named = {name: True for name in wanted.understanding() if name in kept}
    written = kept & {SUMMARY, IMPROVED, TRANSLATION}
    gateway = LlmGateway(
        enabled=True,
        generate_summary=SUMMARY in written,
        improve_text=IMPROVED in written,
        translate_to=wanted.translations if TRANSLATION in written else UNSET,
    )
    return Features(
        speech_understanding=msgspec.convert(named, SpeechUnderstanding) if named else UNSET,
        llm_gateway=gateway if written else UNSET,
    )


def charged(wanted: Features, done: AbstractSet[str], language: str | None) -> Features:
    """Return the wanted extras that are charged: those that were delivered, in a language that may have them."""
    return only(wanted, wanted_of(wanted, language) & done)
