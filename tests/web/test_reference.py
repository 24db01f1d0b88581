"""The served description agrees with what the server does."""

from __future__ import annotations

import re

import httpx
from reelscribe.platform.resources import data_path


async def test_description_refuses_unknown_fields_when_the_server_does(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()

    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
        for operations in document["paths"].values()
        for operation in operations.values()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    loose = [
        name for name in bodies if document["components"]["schemas"][name].get("additionalProperties") is not False
    ]
    assert bodies
    assert loose == []


async def test_description_documents_problems_when_a_route_can_fail(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            failures = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            if path.startswith("/health"):
                continue  # its 503 says which server does not answer
            wrong = [
                status for status, answer in failures.items() if "application/problem+json" not in answer["content"]
            ]
            assert failures, (method, path)
            assert wrong == [], (method, path)


async def test_docs_load_nothing_from_elsewhere_when_opened(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")

    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert page.headers["content-type"].startswith("text/html")
    assert linked
    assert [address for address in linked if not address.startswith("/")] == []
    assert [a for a in linked if a.startswith("/static/") and not (data_path("static") / a[8:]).is_file()] == []
