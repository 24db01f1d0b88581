"""How templates write numbers, times and states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from ...platform.domain import languages

STATUSES = {
    "pending": "Waiting",
    "processing": "Running",
    "completed": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}

STAGES = {
    "ingest": "Read the file",
    "silence": "Find pauses",
    "transcribe": "Write down what is said",
    "align": "Time each word",
    "diarize": "Tell speakers apart",
    "analyse": "Find out what it is about",
    "select": "Choose the clips",
    "render": "Make the clips",
    "deliver": "Put the transcript together",
}

FORMATS = {
    "srt": "SubRip subtitles",
    "vtt": "Web subtitles",
    "txt": "Plain text",
    "docx": "Word document",
    "md": "Markdown",
    "json": "Everything, for programs",
    "csv": "Table, commas",
    "tsv": "Table, tabs",
    "rttm": "Who speaks when",
}

LEDGER = {
    "grant": "Credits given",
    "hold": "Set aside",
    "capture": "Charged",
    "release": "Set free again",
    "refund": "Refunded",
}

GROUPS = {
    "io": "Putting results together",
    "media": "Reading recordings",
    "engine": "Speech engines",
}

FEELINGS = {"positive": "Sounds positive", "neutral": "Sounds neutral", "negative": "Sounds negative"}

# What providers call the kinds of names; others are shown under their own name.
KINDS = {
    "person": "People",
    "person_name": "People",
    "location": "Places",
    "organization": "Organisations",
    "nationality": "Nationalities",
    "language": "Languages",
    "date": "Dates",
    "event": "Events",
    "occupation": "Occupations",
    "money_amount": "Sums of money",
    "political_affiliation": "Political groups",
    "religion": "Religions",
    "url": "Web addresses",
    "email_address": "E-mail addresses",
    "phone_number": "Phone numbers",
}

BREAKERS = {"closed": "works", "open": "resting", "half_open": "being tried"}

_UNITS = ("kB", "MB", "GB", "TB")


def clock(seconds: float | None) -> str:
    """Return a length of time as players write it.

    >>> clock(65.9), clock(3725), clock(None)
    ('1:05', '1:02:05', '')
    """
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def age(seconds: float | None) -> str:
    """Return how long something takes or waits, in its two largest units.

    >>> age(45.2), age(200), age(7500), age(200_000), age(None)
    ('45 s', '3 min', '2 h 5 min', '2 d 7 h', '')
    """
    if seconds is None:
        return ""
    minutes = int(seconds) // 60
    if minutes < 1:
        return f"{int(seconds)} s"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes // 60 % 24} h"


def size(count: int) -> str:
    """Return a number of bytes as people write it.

    >>> size(999), size(1_250_000), size(5 * 1024**3)
    ('999 bytes', '1.2 MB', '5.4 GB')
    """
    if count < 1000:
        return f"{count} bytes"
    power = min(len(str(count)) - 1, 12) // 3
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


def credits(amount: Decimal) -> str:
    """Return credits without needless zeros.

    >>> credits(Decimal("600.00")), credits(Decimal("1.50")), credits(Decimal("-0.30"))
    ('600', '1.50', '-0.30')
    """
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"


def moment(at: datetime) -> str:
    """Return a moment in UTC; a script turns it into the reader's own time.

    >>> moment(datetime(2026, 11, 21, 7, 5, tzinfo=UTC))
    '21 Nov 2026, 07:05 UTC'
    """
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def json(raw: bytes | memoryview) -> str:
    """Return stored JSON with a line for each of its values.

    >>> print(json(b'{"a":1}'))
    {
      "a": 1
    }
    """
    return msgspec.json.format(bytes(raw), indent=2).decode()


def language(code: str | None) -> str:
    """Return the English name of a language, with a capital letter."""
    return languages.name(code) if code else ""


def kind(name: str) -> str:
    """Return what people call a kind of names.

    >>> kind("person_name"), kind("medical_condition"), kind("")
    ('People', 'Medical condition', 'Others')
    """
    return KINDS.get(name) or name.replace("_", " ").strip().capitalize() or "Others"


def browser(user_agent: str) -> str:
    """Return a rough name of the program that a sign-in comes from.

    >>> browser("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36")
    'Chrome on Linux'
    """
    program = next((name for sign, name in _PROGRAMS if sign in user_agent), user_agent.split("/")[0][:40])
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return f"{program or 'Unknown program'} on {system}" if system else program or "Unknown program"


# Order matters: Edge and Chrome also say Safari.
_PROGRAMS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)

FILTERS: dict[str, Callable[..., str]] = {
    "clock": clock,
    "age": age,
    "size": size,
    "credits": credits,
    "moment": moment,
    "json": json,
    "language": language,
    "kind": kind,
    "browser": browser,
}
WORDS: dict[str, dict[str, str]] = {
    "STATUSES": STATUSES,
    "STAGES": STAGES,
    "FORMATS": FORMATS,
    "LEDGER": LEDGER,
    "GROUPS": GROUPS,
    "BREAKERS": BREAKERS,
    "FEELINGS": FEELINGS,
}
