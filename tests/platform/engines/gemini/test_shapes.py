from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest
from reelscribe.platform.engines.gemini import shapes

SHAPES = (
    shapes.Heard,
    shapes.Spoken,
    shapes.Summed,
    shapes.Chaptered,
    shapes.Marked,
    shapes.Named,
    shapes.Moods,
    shapes.Improved,
    shapes.Translated,
    shapes.Clips,
)
# https://ai.google.dev/gemini-api/docs/structured-output: anything else is refused or not looked at
DOCUMENTED = {"type", "title", "description", "properties", "required", "items", "enum", "minimum"}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_schema_keeps_to_what_gemini_documents(shape: type[msgspec.Struct]) -> None:
    schema = shapes.schema(shape)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(_keywords(schema)) <= DOCUMENTED
    assert all(set(part["required"]) == set(part["properties"]) for part in _objects(schema))


def _objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if schema["type"] == "array":
        yield from _objects(schema["items"])
    if schema["type"] == "object":
        yield schema
        for part in schema["properties"].values():
            if "type" in part:
                yield from _objects(part)


def _keywords(schema: dict[str, Any]) -> Iterator[str]:
    yield from schema
    for part in (*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])):
        yield from _keywords(part)
