"""What the model is asked to answer, as JSON: the same types make the schema that it gets and check what it sends.

Lines of a text are named by their numbers, 1, 2, 3, …; numbers that were not given are dropped by ``findings``.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ...domain.insights import Feeling

# The kinds that AssemblyAI users know, and a last one for what fits nowhere.
KINDS = [
    *("person_name", "location", "organization", "date", "time", "event", "product", "occupation", "nationality"),
    *("language", "money_amount", "phone_number", "email_address", "url", "medical_condition", "drug", "law"),
    *("work_of_art", "other"),
]

_Line = Annotated[int, Meta(ge=1, description="Number of a line")]


class Said(msgspec.Struct, frozen=True):
    """One or two sentences of one speaker."""

    start: Annotated[str, Meta(description="When it begins, MM:SS.s from the start of this file, such as 01:07.5")]
    end: Annotated[str, Meta(description="When it ends, likewise")]
    text: Annotated[str, Meta(description="What is said, word for word, in the language in which it is said")]


class Heard(msgspec.Struct, frozen=True):
    """The speech in a sound file."""

    has_speech: Annotated[bool, Meta(description="Whether anybody speaks")]
    language: Annotated[str, Meta(description="ISO 639-1 code of the language; empty where nobody speaks")]
    segments: tuple[Said, ...]


class Spoken(msgspec.Struct, frozen=True):
    """The language of a sound file."""

    language: Annotated[str, Meta(description="ISO 639-1 code of the language; empty where nobody speaks")]


class Summed(msgspec.Struct, frozen=True):
    """A summary."""

    summary: Annotated[str, Meta(description="Three to six sentences")]


class Begun(msgspec.Struct, frozen=True):
    """A chapter, which goes up to the next one."""

    first: Annotated[int, Meta(ge=1, description="Number of the line that it begins with")]
    headline: Annotated[str, Meta(description="One sentence")]
    gist: Annotated[str, Meta(description="Two to five words")]
    summary: Annotated[str, Meta(description="One to three sentences")]


class Chaptered(msgspec.Struct, frozen=True):
    """Chapters in their order."""

    chapters: tuple[Begun, ...]


class Phrase(msgspec.Struct, frozen=True):
    """A key phrase."""

    line: Annotated[int, Meta(ge=1, description="Number of a line that has it")]
    text: Annotated[str, Meta(description="The phrase exactly as it is written there")]
    importance: Annotated[int, Meta(description="1 to 10, 10 is the most important")]


class Marked(msgspec.Struct, frozen=True):
    """Key phrases."""

    highlights: tuple[Phrase, ...]


class Mention(msgspec.Struct, frozen=True):
    """Something named."""

    line: _Line
    kind: Annotated[str, Meta(extra_json_schema={"enum": KINDS})]
    text: Annotated[str, Meta(description="The name exactly as it is written in that line")]


class Named(msgspec.Struct, frozen=True):
    """Everything named, each mention."""

    entities: tuple[Mention, ...]


class Mood(msgspec.Struct, frozen=True):
    """How a line sounds."""

    line: _Line
    sentiment: Feeling


class Moods(msgspec.Struct, frozen=True):
    """Every line once."""

    sentiments: tuple[Mood, ...]


class Rewritten(msgspec.Struct, frozen=True):
    """A line with the same words."""

    line: _Line
    text: str
    new_paragraph: Annotated[bool, Meta(description="Whether a new paragraph begins with this line")]


class Improved(msgspec.Struct, frozen=True):
    """Every line once."""

    lines: tuple[Rewritten, ...]


class Rendered(msgspec.Struct, frozen=True):
    """A line in the other language."""

    line: _Line
    text: str


class Translated(msgspec.Struct, frozen=True):
    """Every line once."""

    lines: tuple[Rendered, ...]


class Clip(msgspec.Struct, frozen=True):
    """A passage that is worth a clip."""

    first: Annotated[int, Meta(ge=1, description="Number of the line that it begins with")]
    last: Annotated[int, Meta(ge=1, description="Number of the line that it ends with")]
    title: Annotated[str, Meta(description="Three to eight words")]
    topics: tuple[str, ...]
    importance: Annotated[float, Meta(description="0 to 1, 1 is the most important")]
    reason: Annotated[str, Meta(description="One sentence: why somebody would watch it")]
    quote: Annotated[str, Meta(description="Its best line, exactly as it is written")]


class Clips(msgspec.Struct, frozen=True):
    """The best passages."""

    clips: tuple[Clip, ...]


def schema(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the JSON schema of ``shape`` without references, in the words that Gemini documents.

    See https://ai.google.dev/gemini-api/docs/structured-output.
    """
    (root,), parts = msgspec.json.schema_components([shape], ref_template="{name}")
    inlined: dict[str, Any] = _inlined(root, parts)
    return inlined


def _inlined(value: Any, parts: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            return _inlined(parts[value["$ref"]], parts)
        return {name: _inlined(part, parts) for name, part in value.items()}
    return [_inlined(part, parts) for part in value] if isinstance(value, list) else value
