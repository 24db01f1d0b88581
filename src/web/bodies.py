"""JSON bodies: decoded strictly, straight from the bytes, with every mistake named."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, get_type_hints

import msgspec
from litestar import Request
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.plugins import SerializationPlugin
from litestar.typing import FieldDefinition

from ..platform.errors import BadInput
from . import mistakes

_AT_PATH = re.compile(r" - at `\$?\.?(.*)`$")


class MalformedJSON(BadInput):
    """The body is not valid JSON."""

    code, status = "malformed_json", 400
    hint = "Send a JSON object in UTF-8, with 'Content-Type: application/json'."


class NotJSON(BadInput):
    """The body is of a type that this address does not take."""

    code, status = "unsupported_media_type", 415
    hint = "Send a JSON object, with 'Content-Type: application/json'."


async def refuse_other_types(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that says it is no JSON: a form of another site can send those, JSON it cannot.

    Raises:
        NotJSON: the address takes a JSON body and the ``Content-Type`` names another.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and "data" in request.route_handler.parsed_fn_signature.parameters:
        raise NotJSON


def decode(body: bytes, kind: Any) -> Any:
    """Return ``body`` as a value of ``kind``, a msgspec Struct.

    Raises:
        MalformedJSON: it is not JSON.
        BadInput: it is, but does not fit; the fact ``errors`` lists what is wrong with which field.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as exc:
        errors = _mistakes(_read(body), kind) or [_mistake("", str(exc))]
        raise BadInput("The body has fields that cannot be used.", errors=errors) from exc
    except RecursionError as exc:
        raise MalformedJSON("The body is nested too deeply.") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise _malformed(exc) from exc


def _read(body: bytes) -> object:
    # A mistake may stand before the place where the JSON breaks off.
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _malformed(exc) from exc


def _malformed(exc: Exception) -> MalformedJSON:
    return MalformedJSON(f"The body is not valid JSON: {exc}")


def _mistakes(raw: object, kind: Any) -> list[dict[str, str]]:
    # msgspec stops at the first mistake: ask it about each field by itself.
    if not isinstance(raw, dict):
        return []
    hints = get_type_hints(kind, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    found = [_mistake(name, "This field is not known.") for name in raw if name not in fields]
    for name, field in fields.items():
        if name in raw:
            found += _mistake_in(name, raw[name], hints[field.name])
        elif field.required:
            found.append(_mistake(name, "This field is missing."))
    return found


def _mistake_in(name: str, value: object, kind: Any) -> list[dict[str, str]]:
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=kind)
    except msgspec.ValidationError as exc:
        return [_mistake(name, str(exc), kind)]
    return []


def _mistake(field: str, message: str, kind: Any = None) -> dict[str, str]:
    inner = _AT_PATH.search(message)
    if inner is None:
        return {"field": field, "message": mistakes.said(message, kind)}
    at = mistakes.inside(kind, inner.group(1))
    joined = inner.group(1) if inner.group(1).startswith("[") else f".{inner.group(1)}"
    return {"field": (field + joined).strip("."), "message": mistakes.said(message[: inner.start()], at)}


class StrictBody(AbstractDTO[Any]):
    """Litestar's hook for decoding a body by ourselves; its own way turns "3" into 3."""

    def decode_bytes(self, value: bytes) -> Any:
        """Return the body as the type that the handler declares."""
        return decode(value, self.model_type)

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:  # noqa: ARG003 - Litestar's interface
        """Yield nothing: no transfer model is built."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003 - Litestar's interface
        """Answer no, see above."""
        return False

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003 - as above
        """Answer no for what handlers return: that is encoded as it is."""
        return False

    @classmethod
    def create_for_field_definition(cls, *_args: Any, **_kwargs: Any) -> None:
        """Build no transfer model."""

    @classmethod
    def create_openapi_schema(cls, field_definition: Any, handler_id: str, schema_creator: Any) -> Any:  # noqa: ARG003 - as above
        """Return the schema of the declared type itself."""
        return schema_creator.for_field_definition(FieldDefinition.from_annotation(cls.model_type))


class StrictBodies(SerializationPlugin):
    """Decode every ``data: JSONBody[SomeStruct]`` with ``StrictBody``."""

    def supports_type(self, field_definition: FieldDefinition) -> bool:
        """Answer for the body only, not for what a handler returns."""
        media_type = getattr(field_definition.kwarg_definition, "media_type", "application/json")
        return (
            field_definition.name == "data"
            and media_type == "application/json"
            and field_definition.is_subclass_of(msgspec.Struct)
        )

    def create_dto_for_type(self, field_definition: FieldDefinition) -> type[AbstractDTO[Any]]:
        """Return the decoder for one type."""
        decoder: type[AbstractDTO[Any]] = StrictBody[field_definition.annotation]  # type: ignore[misc]  # made at run time
        return decoder
