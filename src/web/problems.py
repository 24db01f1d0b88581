"""Errors as problem details (RFC 9457) for programs and as pages for people."""

from __future__ import annotations

import traceback
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.response import Redirect, Template

from ..platform import logs
from ..platform.errors import EVIDENCE, BadInput, ReelscribeError, Unauthenticated
from . import mistakes

log = logs.get("web")

CONTENT_TYPE = "application/problem+json"

_FOR_PROGRAMS = ("/api/", "/v1/", "/health", "/metrics", "/openapi.json")
_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "unavailable",
}
# For what Litestar itself refuses.
_HINTS = {
    "forbidden": "Reload the page and try again.",  # only a form without its CSRF token comes here
    "method_not_allowed": "The Allow header lists what this address takes; /docs describes all of it.",
    "not_found": "Check the address; /docs lists all of them.",
    "too_large": "Send less at once; the settings of this server name the limit.",
}
# For our own errors that bring no hint: nobody is left without a next step.
_NEXT_STEPS = {
    400: "Correct the request and send it again; /docs describes it.",
    403: "Use an account or a key that may, or ask your administrator.",
    404: "Check the id; it may have been deleted, or belong to another account.",
    409: "Fetch it again to see how it stands now.",
    413: "Send a smaller file, or ask your administrator to raise the limit.",
    422: "Correct what 'detail' and 'errors' name, then send the request again; /docs describes every field.",
    500: "Ask your administrator to look into the log of the server.",
}


class Problem(msgspec.Struct, kw_only=True):
    """What went wrong (RFC 9457), with further facts as fields of their own.

    ``code`` is stable, for programs; ``detail`` and ``hint`` are for people.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """Return what a route says about its own problems, for the reference."""
    return {
        status: ResponseSpec(
            Problem, generate_examples=False, media_type=CONTENT_TYPE, description=HTTPStatus(status).phrase
        )
        for status in statuses
    }


def on_our_error(request: Request[Any, Any, Any], exc: ReelscribeError) -> Response[Any]:
    """Answer with an error of our tree."""
    if exc.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", path=request.url.path, code=exc.code, error=exc.message)
    if isinstance(exc, Unauthenticated) and _wants_page(request):
        return _to_sign_in(request)
    problem = Problem(
        type=_type(exc.code),
        title=_title(exc.code),
        status=exc.status,
        detail=exc.message,
        code=exc.code,
        hint=exc.hint or _NEXT_STEPS.get(exc.status, ""),
    )
    facts = {name: value for name, value in exc.facts.items() if name not in EVIDENCE}
    return _answer(request, problem, facts, _headers(exc))


def on_http_error(request: Request[Any, Any, Any], exc: HTTPException) -> Response[Any]:
    """Answer with an error that Litestar raised."""
    if isinstance(exc, ValidationException):
        return on_our_error(request, _bad_values(request, exc))
    if exc.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_unexpected(request, exc)
    code = _CODES.get(exc.status_code, "bad_request")
    problem = Problem(
        type=_type(code),
        title=_title(code),
        status=exc.status_code,
        detail=_detail(exc),
        code=code,
        hint=_HINTS.get(code, ""),
    )
    return _answer(request, problem, {}, dict(exc.headers or {}))


def on_unexpected(request: Request[Any, Any, Any], exc: Exception) -> Response[Any]:
    """Answer with nothing but an id; the log has the rest under the same id."""
    error_id = uuid4().hex
    log.error(
        "unexpected_error", error_id=error_id, method=request.method, path=request.url.path, traceback=_traceback(exc)
    )
    problem = Problem(
        type=_type("internal_error"),
        title=_title("internal_error"),
        status=500,
        detail="Something went wrong on our side.",
        code="internal_error",
        hint=f"Try again; if it happens again, give your administrator this number: {error_id}",
    )
    return _answer(request, problem, {"error_id": error_id}, {})


HANDLERS: dict[int | type[Exception], Any] = {
    ReelscribeError: on_our_error,
    HTTPException: on_http_error,
    Exception: on_unexpected,
}


def _traceback(exc: Exception) -> str:
    # As text: a structured traceback would carry the values of variables, passwords among them.
    return "".join(traceback.format_exception(exc))


def _answer(
    request: Request[Any, Any, Any], problem: Problem, facts: dict[str, object], headers: dict[str, str]
) -> Response[Any]:
    if _wants_page(request):
        return _page(problem, headers)
    content = {**facts, **msgspec.to_builtins(problem)}
    return Response(content, status_code=problem.status, media_type=CONTENT_TYPE, headers=headers)


def _page(problem: Problem, headers: dict[str, str]) -> Response[Any]:
    return Template(
        "error.html",
        context={"problem": problem},
        status_code=problem.status,
        headers=headers,
        media_type=MediaType.HTML,
    )


def _to_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    # One slash: "//host/…" would be another site's address.
    back = "/" + request.url.path.lstrip("/") if request.method == "GET" else "/"
    target = f"/login?next={quote(back)}"
    if request.headers.get("hx-request"):
        return Response(b"", status_code=401, headers={"HX-Redirect": target})
    return Redirect(target, status_code=303)


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    if request.url.path.startswith(_FOR_PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "") or bool(request.headers.get("hx-request"))


def _headers(exc: ReelscribeError) -> dict[str, str]:
    if exc.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    wait = exc.facts.get("retry_after", 5 if exc.status == HTTPStatus.SERVICE_UNAVAILABLE else None)
    return {} if wait is None else {"Retry-After": str(wait)}


def _bad_values(request: Request[Any, Any, Any], exc: ValidationException) -> BadInput:
    found = exc.extra if isinstance(exc.extra, list) else []
    return BadInput("The request has values that cannot be used.", errors=[_bad_value(request, item) for item in found])


def _bad_value(request: Request[Any, Any, Any], item: dict[str, Any]) -> dict[str, str]:
    # Litestar speaks of the handler's argument; people know the name that stands in the request.
    key = str(item.get("key", ""))
    if key == "data":
        return {"field": "", "message": "The body is missing."}
    parameter = request.route_handler.parsed_fn_signature.parameters.get(key)
    if parameter is None:
        return {"field": key, "message": str(item.get("message", ""))}
    name = getattr(parameter.kwarg_definition, "name", None) or getattr(parameter.kwarg_definition, "query", None)
    return {"field": str(name or key), "message": mistakes.said(str(item.get("message", "")), parameter.annotation)}


def _detail(exc: HTTPException) -> str:
    if exc.status_code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address."
    if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return "This address does not take this method."
    if exc.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "The request is larger than this server accepts."
    return exc.detail


def _title(code: str) -> str:
    # RFC 9457, 3.1.4: one title for all occurrences of a type.
    return code.replace("_", " ").capitalize().replace("json", "JSON")


def _type(code: str) -> str:
    return f"urn:reelscribe:problem:{code}"
