"""The engines and extras that the form for a new job offers, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from ...platform.domain import features, pricing
from ...platform.domain.options import AUTO
from ...platform.services.engines import EngineOffer

# Names inside sentences, which are shorter than the labels of the choices.
NAMES = {
    AUTO: "automatic",
    "local": "the best one on this server",
    "whisperx": "WhisperX",
    "faster-whisper": "Whisper",
    "assemblyai": "AssemblyAI",
    "gemini": "Gemini",
    "pocketsphinx": "PocketSphinx",
}


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """An engine to choose; ``about`` says where the recording goes, ``refusal`` why it cannot be chosen."""

    name: str
    label: str
    about: str
    refusal: str
    features: tuple[str, ...]
    is_chosen: bool


class Extra(msgspec.Struct, frozen=True, kw_only=True):
    """Something beside the text; ``field`` of the form, ``part`` of what engines deliver.

    ``engines`` that can deliver it and work here; ``needs`` is what to say about them, empty where all can.
    """

    field: str
    part: str
    label: str
    about: str
    price: str
    is_english: bool
    engines: tuple[str, ...]
    needs: str


_ABOUT = {
    "sentiment_analysis": "Which sentences sound positive, which negative",
    "auto_chapters": "An outline with headlines that you can click",
    "auto_highlights": "The phrases that matter most, and where they are said",
    "entity_detection": "People, places, dates and sums, and where they are said",
}
# {field: (part, label, words)}; they share one price.
_WRITTEN = {
    "generate_summary": (features.SUMMARY, "Summary", "What it is about, in a few sentences"),
    "improve_text": (features.IMPROVED, "Improved text", "Punctuation, capitals and paragraphs; no word is added"),
    "translate_to": (features.TRANSLATION, "Translations", "The text in other languages, line by line"),
}


def options(offered: Sequence[EngineOffer], chosen: str) -> list[Option]:
    """Return the engines for recordings: those that can work here first, ``chosen`` or the usual one ticked."""
    for_sound = [offer for offer in offered if not offer.takes_text]
    ticked = chosen or next((offer.name for offer in for_sound if offer.is_default), AUTO)
    return sorted((_option(offer, for_sound, ticked) for offer in for_sound), key=lambda one: bool(one.refusal))


def extras(offered: Sequence[EngineOffer], *, is_text: bool) -> tuple[list[Extra], list[Extra]]:
    """Return what can be found out by the minute of recording, and what a language model writes for one price."""
    working = [offer for offer in offered if offer.refusal is None and offer.takes_text == is_text]
    each = [(name, name, pricing.TABLE[name].description, about) for name, about in _ABOUT.items()]
    written = [(field, part, label, about) for field, (part, label, about) in _WRITTEN.items()]
    return [_extra(*one, working) for one in each], [_extra(*one, working) for one in written]


def missing(offered: Sequence[EngineOffer], engine: str, wanted: features.Features) -> str:
    """Return the field of something wanted that ``engine`` does not deliver, empty where it delivers all."""
    offer = next((one for one in offered if one.name == engine), None)
    fields = {part: field for field, (part, _, _) in _WRITTEN.items()} | {name: name for name in _ABOUT}
    lacking = [] if offer is None else [fields[part] for part in wanted.parts() & fields.keys() - set(offer.features)]
    return min(lacking, default="")


def listeners(offered: Sequence[EngineOffer]) -> list[str]:
    """Return the engines here that heed names, terms and what is said about the recording."""
    return [NAMES.get(one.name, one.label) for one in offered if one.takes_hints and not one.refusal and not one.order]


def is_read(offered: Sequence[EngineOffer]) -> bool:
    """Return whether a language model elsewhere reads texts for this server: nothing else finds out about a text."""
    return any(one.features for one in offered if one.takes_text)


def _option(offer: EngineOffer, offered: Sequence[EngineOffer], ticked: str) -> Option:
    return Option(
        name=offer.name,
        label=offer.label,
        about=_automatic(offer, offered) if offer.name == AUTO else _place(offer),
        refusal=" ".join(text for text in (offer.refusal, offer.hint) if text),
        features=offer.features,
        is_chosen=offer.name == ticked,
    )


def _place(offer: EngineOffer) -> str:
    if offer.is_remote:
        return f"Sends the recording to {NAMES.get(offer.name, offer.label)}."
    return "On this server, private."


def _automatic(offer: EngineOffer, offered: Sequence[EngineOffer]) -> str:
    known = {each.name: each for each in offered}
    order = [known[name] for name in offer.order if name in known and known[name].refusal is None]
    remote = [NAMES.get(each.name, each.name) for each in order if each.is_remote]
    names = ", then ".join(NAMES.get(each.name, each.name) for each in order)
    privacy = f"Sends the recording away only when it is the turn of {' or '.join(remote)}." if remote else "Private."
    return f"Tries {names}; the next one when one fails. {privacy}" if order else ""


def _extra(field: str, part: str, label: str, about: str, working: Sequence[EngineOffer]) -> Extra:
    able = [offer for offer in working if part in offer.features]
    return Extra(
        field=field,
        part=part,
        label=label,
        about=about,
        price=_price(field),
        is_english=field in pricing.ENGLISH_ONLY,
        engines=tuple(offer.name for offer in able),
        needs=_needs(able, working),
    )


def _needs(able: Sequence[EngineOffer], working: Sequence[EngineOffer]) -> str:
    if not able:
        return "No engine on this server can do this; an administrator can add a key for AssemblyAI or Gemini."
    if len(able) == len(working):
        return ""
    return f"Only with {_either([NAMES.get(offer.name, offer.label) for offer in able if offer.name != AUTO])}."


def _either(names: Sequence[str]) -> str:
    """Return names as a choice.

    >>> _either(["A"]), _either(["A", "B"]), _either(["A", "B", "C"])
    ('A', 'A or B', 'A, B or C')
    """
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _price(field: str) -> str:
    amount: Decimal = pricing.TABLE["llm_gateway" if field in _WRITTEN else field].amount
    return f"{amount:.2f} a minute" if field not in _WRITTEN else f"{amount:.0f} for the job"
