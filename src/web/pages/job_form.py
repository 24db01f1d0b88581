"""The form for a new job: what a browser sends, and the request that it means."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ...platform.domain import languages, pricing
from ...platform.domain.features import Features, LlmGateway, SpeechUnderstanding
from ...platform.errors import BadInput, ReelscribeError, UnsupportedOption
from ...platform.services import engines
from ...platform.services.jobs import NewJob
from ...platform.services.media import MediaView
from . import clip_form, engine_choice
from .clip_form import ClipsChoice

# What ``NewJob`` takes; said here in the words of the form.
MOST_HOTWORDS, LONGEST_HOTWORD, LONGEST_PROMPT, MOST_SPEAKERS = 100, 60, 1000, 50
# What the API calls the fields of the clips.
_CLIP_FIELDS = {"clips.min_seconds": "clip_min", "clips.analyst": "analyst"}
_UNDERSTANDING = ("sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Choice(ClipsChoice, kw_only=True):
    """The fields as a browser sends them, checked only when a request is made of them, so that what was typed stays.

    A box that is not ticked is not sent. ``key`` makes a form that is sent twice make one job.
    """

    media_id: UUID | None = None
    kind: Literal["transcription", "clips"] = "transcription"
    language: str = ""
    mode: Literal["mono", "dialogue"] = "mono"
    min_speakers: str = ""
    max_speakers: str = ""
    engine: str = ""
    sentiment_analysis: str = ""
    auto_chapters: str = ""
    auto_highlights: str = ""
    entity_detection: str = ""
    generate_summary: str = ""
    improve_text: str = ""
    translate_to: str = ""
    hotwords: str = ""
    prompt: str = ""
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""

    @property
    def has_more(self) -> bool:
        """Whether something is filled in that is folded away at first."""
        return bool(self.hotwords.strip() or self.prompt.strip())


def of_fields(fields: dict[str, str]) -> Choice:
    """Return the form out of a multipart request.

    Raises:
        BadInput: a value cannot be used.
    """
    known = {name: value for name, value in fields.items() if name in Choice.__struct_fields__ and name != "media_id"}
    try:
        return msgspec.convert(known, Choice, strict=False)
    except msgspec.ValidationError as exc:
        raise BadInput(f"This cannot be used: {exc}") from exc


def wanted(choice: Choice, recording: MediaView) -> NewJob:
    """Return the request that the form means.

    Raises:
        BadInput: a value cannot be used; the fact ``field`` names it.
    """
    _refuse_not_english(choice)
    is_text = recording.kind == "text"
    is_dialogue = choice.mode == "dialogue" and not is_text
    has_clips = choice.kind == "clips" and not is_text
    values = {
        "kind": "clips" if has_clips else "transcription",
        "clips": clip_form.wanted(choice) if has_clips else None,
        "media_id": recording.id,
        "language": choice.language or None,
        "mode": "dialogue" if is_dialogue else "mono",
        "min_speakers": _count("min_speakers", choice.min_speakers) if is_dialogue else None,
        "max_speakers": _count("max_speakers", choice.max_speakers) if is_dialogue else None,
        # A text is its own transcript; the speech engines need sound.
        "engine": "stub" if is_text else choice.engine or None,
        "features": features_of(choice),
        "hotwords": () if is_text else hotwords(choice.hotwords),
        "prompt": "" if is_text else _prompt(choice.prompt),
    }
    try:
        made = msgspec.convert(values, NewJob, from_attributes=True)
    except msgspec.ValidationError as exc:
        raise BadInput(f"This cannot be used: {exc}") from exc
    _refuse_unavailable(made)
    return made


def hotwords(typed: str) -> tuple[str, ...]:
    """Return the names and terms of a field that has them on lines of their own or with commas between them.

    Raises:
        BadInput: there are too many, or one is too long.
    """
    words = tuple(dict.fromkeys(word for part in re.split(r"[,;\n]", typed) if (word := _spoken(part))))
    if len(words) > MOST_HOTWORDS:
        raise BadInput(
            f"These are {len(words)} names and terms; {MOST_HOTWORDS} are possible.",
            hint="Keep those that matter most.",
            field="hotwords",
        )
    too_long = next((word for word in words if len(word) > LONGEST_HOTWORD), None)
    if too_long:
        raise BadInput(
            f"'{too_long[:30]}…' is longer than {LONGEST_HOTWORD} characters.",
            hint="Write one name or term on each line, or put commas between them.",
            field="hotwords",
        )
    return words


def field_of(problem: ReelscribeError | None) -> str:
    """Return the field of the form that a problem is about, empty where it is about none."""
    if problem is None:
        return ""
    named = problem.facts.get("field")
    if isinstance(named, str):
        named = _CLIP_FIELDS.get(named, named)
        return named if named in Choice.__struct_fields__ else ""
    if "min_speakers is larger" in problem.message:
        return "max_speakers"
    return "engine" if "engine" in problem.facts else ""


def _spoken(typed: str) -> str:
    return " ".join(_CONTROLS.sub(" ", typed).split())


def _prompt(typed: str) -> str:
    text = _spoken(typed)
    if len(text) > LONGEST_PROMPT:
        raise BadInput(f"This has {len(text)} characters; {LONGEST_PROMPT} are possible.", field="prompt")
    return text


def _count(field: str, typed: str) -> int | None:
    text = typed.strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_SPEAKERS:
        return int(text)
    raise BadInput(
        f"'{text[:20]}' is not a number of speakers.",
        hint=f"Write a number from 1 to {MOST_SPEAKERS}, or leave it empty to find out.",
        field=field,
    )


def features_of(choice: Choice) -> Features:
    """Return the extras that are ticked, as the API takes them; errors as in ``wanted``."""
    targets = _targets(choice.translate_to)
    wanted = {name: True for name in _UNDERSTANDING if getattr(choice, name)}
    written = {name: True for name in ("generate_summary", "improve_text") if getattr(choice, name)}
    asked: dict[str, object] = {}
    if wanted:
        asked["speech_understanding"] = SpeechUnderstanding(**wanted)
    if written or targets:
        more = {"translate_to": targets} if targets else {}
        asked["llm_gateway"] = LlmGateway(enabled=True, **written, **more)  # type: ignore[arg-type]  # names are ours
    return Features(**asked)  # type: ignore[arg-type]  # as above


def _targets(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_code(part.strip()) for part in re.split(r"[,;\n]", typed) if part.strip()))


def _code(name: str) -> str:
    codes = {known.casefold(): code for code, known in languages.NAMES.items()}
    try:
        return codes.get(name.casefold()) or languages.parse(name)
    except UnsupportedOption as exc:
        guess, found, _ = exc.hint.partition("?")
        hint = f"{guess}?" if found else "Write languages by their English names, such as German, with commas."
        raise UnsupportedOption(exc.message, hint=hint, field="translate_to") from exc


def _refuse_not_english(choice: Choice) -> None:
    """Say in the words of the form what ``pricing`` would say in those of the API."""
    refused = [name for name in _UNDERSTANDING if getattr(choice, name) and name in pricing.ENGLISH_ONLY]
    if not refused or languages.is_english(choice.language):
        return
    names = " and ".join(f"'{pricing.TABLE[name].description}'" for name in refused)
    raise UnsupportedOption(
        f"Only English recordings can have {names}.",
        hint="Choose English as the language if it is spoken; otherwise leave this out.",
        field=refused[0],
    )


def _refuse_unavailable(made: NewJob) -> None:
    offered = engines.offered()
    engine = made.engine or engines.default()
    if engine not in {offer.name for offer in offered}:
        raise UnsupportedOption(f"There is no engine named '{engine[:40]}'.", hint="Choose another.", field="engine")
    field = engine_choice.missing(offered, engine, made.features)
    if not field:
        return
    (extra,) = [
        one for both in engine_choice.extras(offered, is_text=engine == "stub") for one in both if one.field == field
    ]
    raise UnsupportedOption(
        f"The chosen engine does not offer '{extra.label}'.",
        hint=extra.needs or "Choose another engine, or leave it out.",
        field=field,
    )
