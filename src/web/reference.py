"""The API's reference: ``/openapi.json`` and, for people, ``/docs``; both work without the internet."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, OpenAPIType, Schema, SecurityScheme
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from ..platform.resources import data_path
from .guards import PUBLIC
from .problems import CONTENT_TYPE

_VERSION = "1.0"
_ABOUT = """Sign in with `POST /api/v1/auth/login`, or make an API key, and send it as
`Authorization: Bearer …`. Errors are problem details (RFC 9457): `code` is stable, `hint` says what to do."""

# The page's script sets styles on elements; no script but our own files runs.
_DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
_BODY_PROBLEMS = {
    400: "The body is not JSON",
    413: "The body is too large",
    415: "The body is of another type",
    422: "A value cannot be used",
}
_SIGNED_IN_PROBLEMS = {401: "Not signed in", 403: "The API key lacks the scope for this"}
_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457); further facts are fields of their own.",
    "required": ["code", "detail", "hint", "status", "title", "type"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people"},
        "code": {"type": "string", "description": "For programs; stable"},
        "hint": {"type": "string", "description": "What to do next; may be empty"},
        "errors": {
            "type": "array",
            "description": "With 422: each value that cannot be used",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

Json = dict[str, Any]


class ExactTypes(OpenAPISchemaPlugin):
    """Document what Litestar documents otherwise than msgspec writes it."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Answer for decimals, which are strings here, and for stored JSON."""
        return field_definition.annotation in {Decimal, msgspec.Raw}

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:  # noqa: ARG002 - Litestar's interface
        """Return the schema."""
        if field_definition.annotation is Decimal:
            return Schema(type=OpenAPIType.STRING, pattern=r"^-?\d+(\.\d+)?$", description="Exact decimal")
        return Schema(type=OpenAPIType.OBJECT)


class _Page(OpenAPIRenderPlugin):
    """``/docs``: a page that reads ``/openapi.json`` by itself."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:  # noqa: ARG002 - Litestar's interface
        """Return the page."""
        return (data_path("templates") / "docs.html").read_bytes()


class _Description(OpenAPIRenderPlugin):
    """``/docs/openapi.json``, where tools look for it too."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:  # noqa: ARG002 - see _Page
        """Return the same document as ``/openapi.json``."""
        return _document(request.app)


def config() -> OpenAPIConfig:
    """Return what Litestar needs to describe the routes."""
    return OpenAPIConfig(
        title="Reelscribe",
        version=_VERSION,
        description=_ABOUT,
        use_handler_docstrings=True,
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", description="Token or API key")}
        ),
        render_plugins=[_Page(path="/"), _Description(path="/openapi.json", media_type=MediaType.JSON)],
        openapi_router=Router(
            "/docs",
            route_handlers=[],
            include_in_schema=False,
            opt=PUBLIC,
            response_headers={"Content-Security-Policy": _DOCS_POLICY},
        ),
    )


@get("/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the description of the API."""
    return Response(_document(request.app), media_type="application/json")


@cache
def _document(app: Litestar) -> bytes:
    return msgspec.json.encode(described(app))


def described(app: Litestar) -> Json:
    """Return the OpenAPI document, with what every route may answer."""
    document: Json = app.openapi_schema.to_schema()
    public = _public_operations(app)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _describe(operation, is_public=(path, method) in public)
    schemas = document["components"].setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    schemas.pop("web_problems_Problem", None)  # Litestar's view of the same
    for name in _strict_names(msgspec.Struct):
        if name in schemas:
            schemas[name]["additionalProperties"] = False
    return document


def _describe(operation: Json, *, is_public: bool) -> None:
    if not is_public:
        operation["security"] = [{"bearer": []}]
    for status, about in _expected(operation, is_public=is_public).items():
        if _is_special(operation["responses"].get(str(status), {})):
            continue
        said = operation["responses"].get(str(status), {}).get("description") or about
        content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"][str(status)] = {"description": said, "content": content}


def _is_special(answer: Json) -> bool:
    # An answer of 4xx or 5xx with a shape of its own that we declared, such as that of /health.
    return any(
        "$ref" in media.get("schema", {}) and kind != CONTENT_TYPE for kind, media in answer.get("content", {}).items()
    )


def _expected(operation: Json, *, is_public: bool) -> dict[int, str]:
    # Litestar documents every 4xx with a shape of its own: replace those, then add what is missing.
    expected = {int(status): "" for status in operation["responses"] if int(status) >= 400}
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    if "requestBody" in operation:
        expected |= _BODY_PROBLEMS
    if places & {"query", "header", "path"}:
        expected |= {400: "The request cannot be understood", 422: "A value cannot be used"}
    if "path" in places:
        expected[404] = "There is no such thing, or it is not yours"
    if not is_public:
        expected |= _SIGNED_IN_PROBLEMS
    return expected | {429: "Too often; Retry-After says how many seconds to wait", 503: "A server is away"}


def _public_operations(app: Litestar) -> set[tuple[str, str]]:
    return {
        (route.path_format, method.lower())
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if handler.opt.get("public")
    }


def _strict_names(kind: type[msgspec.Struct]) -> set[str]:
    names = {kind.__name__} if kind.__struct_config__.forbid_unknown_fields else set()
    return names.union(*(_strict_names(inner) for inner in kind.__subclasses__()))
