"""What AssemblyAI is asked for; pure.

Sources, under https://www.assemblyai.com/docs/pre-recorded-audio/: select-the-speech-model (models),
supported-languages (languages, English-only features), prompting (terms, context), speaker-diarization (speakers).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from ...domain import features, pricing
from ...domain import languages as known
from .. import languages
from ..protocol import Request, Warned

# The best first; the second one takes all the languages that the first does not.
MODELS = ("universal-3-5-pro", "universal-2")
LANGUAGES = languages.WHISPER - {"yue"}
FEATURES = frozenset(
    {"sentiment_analysis", "auto_chapters", "entity_detection", "auto_highlights", "speaker_labels", features.SUMMARY}
)
# These are written into the transcript by their own parameter, which has the same name.
_PARAMETERS = ("sentiment_analysis", "auto_chapters", "entity_detection", "auto_highlights")

# Codes that are more than a language; others lose their region.
_REGIONS = {"en_au": "en_au", "en_gb": "en_uk", "en_uk": "en_uk", "en_us": "en_us", "de_ch": "de_ch"}

# "keyterms_prompt": so many terms, of at most six words; Universal-2 takes fewer and no prompt at all.
_TERMS, _TERMS_UNIVERSAL_2 = 1000, 200
_TERM_WORDS = 6
_PROMPT_CHARACTERS = 4000


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A transcript to ask for: ``parameters`` of ``POST /v2/transcript`` but ``audio_url``.

    ``wanted``: the features that the parameters ask for, and the summary, which comes after.
    """

    parameters: dict[str, object]
    wanted: frozenset[str]
    warnings: tuple[Warned, ...] = ()

    def without(self, refused: Iterable[str]) -> Order:
        """Return the order without some features, and with a warning that says so."""
        left_out = sorted(refused)
        gone = {*left_out, *(("speaker_options", "speakers_expected") if "speaker_labels" in left_out else ())}
        return Order(
            parameters={name: value for name, value in self.parameters.items() if name not in gone},
            wanted=self.wanted.difference(left_out),
            warnings=(*self.warnings, left_out_warning(left_out, "it does not offer this for the recording")),
        )


def order(request: Request) -> Order:
    """Return what to ask for; English-only features are never asked of a recording in another language."""
    wanted = request.features.parts() & FEATURES
    if request.is_dialogue:
        wanted |= {"speaker_labels"}
    foreign = pricing.ENGLISH_ONLY & wanted if _is_foreign(request.language) else frozenset[str]()
    wanted -= foreign
    models = [request.model] if request.model else list(MODELS)
    hints, unheard = _hints(request, models)
    parameters: dict[str, object] = {
        "speech_models": models,
        **_language(request.language),
        **hints,
        **{name: True for name in _PARAMETERS if name in wanted},
        **(_speakers(request) if "speaker_labels" in wanted else {}),
    }
    warnings = (*unheard, *((left_out_warning(foreign, "only English recordings can have this"),) if foreign else ()))
    return Order(parameters=parameters, wanted=wanted, warnings=warnings)


def gateway(base_url: str) -> str:
    """Return where the language models are: beside AssemblyAI's own hosts, at the same address anywhere else.

    Source: https://www.assemblyai.com/docs/llm-gateway/cloud-endpoints-and-data-residency

    >>> gateway("https://api.eu.assemblyai.com"), gateway("http://127.0.0.1:9000")
    ('https://llm-gateway.eu.assemblyai.com', 'http://127.0.0.1:9000')
    """
    host = (urlsplit(base_url).hostname or "").lower()
    if not host.endswith(".assemblyai.com"):
        return base_url
    return "https://llm-gateway.eu.assemblyai.com" if ".eu." in f".{host}" else "https://llm-gateway.assemblyai.com"


def left_out_warning(names: Iterable[str], why: str) -> Warned:
    """Return the warning for features that this engine does not deliver; a language model of ours still may."""
    about = tuple(sorted(names))
    message = f"AssemblyAI did not deliver {', '.join(about)}: {why.rstrip('.')}. What nobody delivers is not charged."
    return Warned(code="feature_left_out", message=message, about=about)


def _is_foreign(language: str | None) -> bool:
    return language is not None and not known.is_english(language)


def _language(language: str | None) -> dict[str, object]:
    if language is None:
        return {"language_detection": True}
    tag = language.lower().replace("-", "_")
    return {"language_code": _REGIONS.get(tag) or languages.base(language)}


def _speakers(request: Request) -> dict[str, object]:
    least, most = request.min_speakers, request.max_speakers
    if least is not None and least == most:
        return {"speaker_labels": True, "speakers_expected": least}
    bounds = {"min_speakers_expected": least, "max_speakers_expected": most}
    options = {name: value for name, value in bounds.items() if value is not None}
    return {"speaker_labels": True, **({"speaker_options": options} if options else {})}


def _hints(request: Request, models: list[str]) -> tuple[dict[str, object], tuple[Warned, ...]]:
    """Return terms or a prompt: the API takes one of them, so both become a prompt with the terms as its context.

    Source: https://www.assemblyai.com/docs/guides/combine-keyterms-and-prompt
    """
    is_plain = models == ["universal-2"]
    terms = _terms(request.hotwords, most=_TERMS_UNIVERSAL_2 if is_plain else _TERMS)
    prompt = " ".join(request.prompt.split())[:_PROMPT_CHARACTERS]
    if prompt and is_plain:
        note = Warned(code="prompt_ignored", message="universal-2 takes no prompt: it was left out.")
        return ({"keyterms_prompt": terms} if terms else {}), (note,)
    if prompt:
        context = f"\n\nContext: {', '.join(terms)}" if terms else ""
        return {"prompt": (prompt + context)[:_PROMPT_CHARACTERS]}, ()
    return ({"keyterms_prompt": terms} if terms else {}), ()


def _terms(hotwords: Iterable[str], *, most: int) -> list[str]:
    terms = dict.fromkeys(" ".join(word.split()) for word in hotwords)
    return [term for term in terms if term and len(term.split()) <= _TERM_WORDS][:most]
