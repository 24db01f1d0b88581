"""Answers held against the served OpenAPI document."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import httpx
from jsonschema import Draft202012Validator

METHODS = ("get", "put", "post", "delete", "patch", "head")
_PROBLEM = "application/problem+json"
# What must never be seen outside: paths of the server, our files, tracebacks, programs, SQL.
_INTERNAL = re.compile(
    r"/tmp/|/home/|/root/|site-packages|Traceback|\.py\b|ffprobe|ffmpeg|asyncpg|SELECT |INSERT ", re.I
)


class Described:
    """The description, ready to check answers with ``check`` (an httpx event hook)."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._templates = [(_pattern(path), path) for path in sorted(document["paths"], key=lambda path: "{" in path)]

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Every (METHOD, path template, operation)."""
        return [
            (method.upper(), path, item[method])
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def check(self, answer: httpx.Response) -> None:
        """Fail unless the answer is one that the description promises; streams are read by their tests."""
        assert answer.status_code != 500, answer.read().decode()
        kind = answer.headers.get("content-type", "")
        if answer.status_code >= 400:
            _check_problem(answer, kind)
        operation = self._find(answer.request)
        if operation is None or answer.status_code == 405:
            return
        promised = operation["responses"].get(str(answer.status_code))
        assert promised is not None, (
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} not listed"
        )
        if kind.startswith("application/json") and answer.request.method != "HEAD":
            self._check_body(answer, promised)

    def _find(self, request: httpx.Request) -> dict[str, Any] | None:
        path = urlsplit(str(request.url)).path
        for pattern, template in self._templates:
            if pattern.fullmatch(path):
                found: dict[str, Any] | None = self.document["paths"][template].get(request.method.lower())
                return found
        return None

    def _check_body(self, answer: httpx.Response, promised: dict[str, Any]) -> None:
        schema = promised["content"]["application/json"]["schema"]
        answer.read()
        whole = {**schema, "components": self.document["components"]}
        errors = [error.message for error in Draft202012Validator(whole).iter_errors(answer.json())]
        assert errors == [], f"{answer.request.method} {answer.request.url.path}: {errors}"


def _check_problem(answer: httpx.Response, kind: str) -> None:
    where = f"{answer.request.method} {answer.request.url} -> {answer.status_code}"
    assert kind == _PROBLEM, f"{where}: {kind}"
    if answer.request.method == "HEAD":
        return
    body = answer.read().decode()
    found = answer.json()
    assert found["status"] == answer.status_code, where
    for field in ("type", "title", "detail", "code", "hint"):
        assert found.get(field), f"{where} has no {field}: {body}"
    assert not _INTERNAL.search(body), f"{where} shows internals: {body}"


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[^/]+?\\}", "[^/]+", re.escape(template)))
