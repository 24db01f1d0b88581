"""What the wanted parts of a reading came to, and what people are told about it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...domain import languages
from ...domain.features import Features
from ...domain.insights import Insights
from ...domain.transcript import Segment
from ...errors import EngineFailed, UnsupportedOption
from ..protocol import Warned


class Outcome(NamedTuple):
    """What one wanted part came to; ``dropped``: answers that do not fit the text."""

    insights: Insights = Insights()
    dropped: int = 0
    warnings: tuple[Warned, ...] = ()
    segments: tuple[Segment, ...] | None = None


def targets(wanted: Features, language: str | None) -> tuple[list[str], tuple[Warned, ...]]:
    """Return the languages to translate into, each once; unknown ones and the text's own get a warning."""
    found: list[str] = []
    told = []
    for tag in wanted.translations:
        try:
            code = languages.parse(tag)
        except UnsupportedOption as exc:
            told.append(Warned(code="language_unknown", message=exc.message))
            continue
        if code == language:
            message = f"The text is in {languages.name(code)} already; it was not translated into that."
            told.append(Warned(code="language_same", message=message))
        elif code not in found:
            found.append(code)
    return found, tuple(told)


def kept_as_it_was(count: int) -> tuple[Warned, ...]:
    """Return the warning for ``count`` segments whose better text had other words."""
    message = f"{count} segments keep their text: Gemini would have changed their words."
    return (Warned(code="words_kept", message=message),) if count else ()


def warnings(outcomes: Mapping[str, Outcome], failures: Mapping[str, EngineFailed]) -> tuple[Warned, ...]:
    """Return what the user should know of all parts: those that came, and those that did not."""
    told = [warned for outcome in outcomes.values() for warned in outcome.warnings]
    dropped = sum(outcome.dropped for outcome in outcomes.values())
    if dropped:
        message = f"{dropped} answers of Gemini named lines or texts that are not there; they were left out."
        told.append(Warned(code="answers_dropped", message=message))
    told += [_failed(name, failure) for name, failure in failures.items()]
    return tuple(told)


def _failed(name: str, failure: EngineFailed) -> Warned:
    message = f"Gemini did not do {name}: {failure.message.rstrip('.')}. It is not charged."
    return Warned(code="part_failed", message=message, about=(name,))
