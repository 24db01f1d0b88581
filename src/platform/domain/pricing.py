"""What things cost, in credits, exactly.

A text file is its own transcript: it has no minutes, so every line by the minute comes to 0.00.

English-only features need the language to be *known* as English. Where it is left to be detected they are
refused, not charged on suspicion: the customer would otherwise pay for what another language cannot have.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import msgspec

from ..errors import BadInput, UnsupportedOption
from . import languages
from .features import Features
from .lifecycle import JobKind


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the price table; ``amount`` credits for one ``unit`` (``minute`` of media, ``job``, ``image``)."""

    code: str
    description: str
    unit: str
    amount: Decimal


TABLE: dict[str, Price] = {
    price.code: price
    for price in (
        Price(code="transcription", description="Transcription", unit="minute", amount=Decimal("1.00")),
        Price(code="sentiment_analysis", description="Sentiment analysis", unit="minute", amount=Decimal("0.30")),
        Price(code="auto_chapters", description="Chapters", unit="minute", amount=Decimal("0.30")),
        Price(code="auto_highlights", description="Highlights", unit="minute", amount=Decimal("0.30")),
        Price(code="entity_detection", description="Names and entities", unit="minute", amount=Decimal("0.30")),
        Price(code="speaker_labels", description="Speaker labels", unit="minute", amount=Decimal("0.00")),
        Price(code="llm_gateway", description="Language model", unit="job", amount=Decimal("3.00")),
        # The contract leaves these two open; a clips job transcribes first and pays for that line as well.
        Price(code="clips", description="Clips", unit="minute", amount=Decimal("0.50")),
        Price(code="image", description="Illustration", unit="image", amount=Decimal("2.00")),
    )
}

ENGLISH_ONLY = frozenset({"sentiment_analysis", "auto_chapters", "auto_highlights"})


class QuoteItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a quote; ``quantity`` in the price's unit, shown to four decimals, charged exactly."""

    code: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A price before the start; the items' amounts add up to ``total``."""

    items: tuple[QuoteItem, ...]
    total: Decimal


def quote(*, kind: JobKind, duration_seconds: float | None, language: str | None, features: Features) -> Quote:
    """Return what a job costs; ``duration_seconds`` is None for a text, ``language`` None to detect it.

    The exact sum is rounded half-up to 0.01, once. Two worked values:

    90 s in English with chapters, 1.5 x (1 + 0.3):

    >>> wanted = msgspec.convert({"speech_understanding": {"auto_chapters": True}}, Features)
    >>> quote(kind=JobKind.TRANSCRIPTION, duration_seconds=90, language="en", features=wanted).total
    Decimal('1.95')

    100 s with the language model, 100 / 60 + 3 = 4.666…:

    >>> wanted = msgspec.convert({"llm_gateway": {"enabled": True}}, Features)
    >>> quote(kind=JobKind.TRANSCRIPTION, duration_seconds=100, language=None, features=wanted).total
    Decimal('4.67')

    Raises:
        UnsupportedOption: English-only features for a language that is not known to be English.
        BadInput: the duration is not a length of time.
    """
    _check_languages(features, language)
    minutes = _minutes(duration_seconds)
    return _sum_up([(price, minutes if price.unit == "minute" else Fraction(1)) for price in _lines(kind, features)])


def quote_images(count: int) -> Quote:
    """Return what ``count`` illustrations cost."""
    return _sum_up([(TABLE["image"], Fraction(count))])


def _lines(kind: JobKind, features: Features) -> Iterator[Price]:
    yield TABLE["transcription"]
    if kind is JobKind.CLIPS:
        yield TABLE["clips"]
    for code in features.understanding():
        yield TABLE[code]
    if features.language_model:
        yield TABLE["llm_gateway"]


def _check_languages(features: Features, language: str | None) -> None:
    refused = [code for code in features.understanding() if code in ENGLISH_ONLY]
    if not refused or languages.is_english(language):
        return
    names = ", ".join(refused)
    if language is None:
        message = f"Only English recordings can have {names}, and the language is not given."
        hint = "Set language to 'en' if the recording is in English; otherwise leave these features out."
    else:
        message = f"Only English recordings can have {names}; this one is in {languages.name(language)}."
        hint = "Leave these features out; entity_detection and speaker_labels work in every language."
    raise UnsupportedOption(message, hint=hint, features=refused, language=language)


def _minutes(seconds: float | None) -> Fraction:
    if seconds is None:
        return Fraction(0)
    # The decimal digits that people see, not the binary neighbour: 0.3 s is three tenths.
    exact = Decimal(str(seconds))
    if not exact.is_finite() or exact < 0:
        raise BadInput("The length of the recording is not known.", field="media_id")
    return Fraction(exact) / 60


def _sum_up(lines: list[tuple[Price, Fraction]]) -> Quote:
    # Each line is the step between two rounded running sums, so the lines add up to the rounded total.
    items: list[QuoteItem] = []
    exact = Fraction(0)
    for price, quantity in lines:
        before, exact = exact, exact + Fraction(price.amount) * quantity
        items.append(
            QuoteItem(
                code=price.code,
                description=price.description,
                quantity=_half_up(quantity, places=4),
                unit_price=price.amount,
                amount=_half_up(exact, places=2) - _half_up(before, places=2),
            )
        )
    return Quote(items=tuple(items), total=_half_up(exact, places=2))


def _half_up(value: Fraction, *, places: int) -> Decimal:
    """Round a number that is not negative; 0.005 becomes 0.01."""
    return Decimal((value * 10**places + Fraction(1, 2)).__floor__()).scaleb(-places)
