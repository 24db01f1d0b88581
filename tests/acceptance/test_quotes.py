"""Prices, against the rules of the price table."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from tests.acceptance.conftest import API, Join, Json, problem, send
from tests.recordings import wav

ENGLISH_ONLY = ["sentiment_analysis", "auto_chapters", "auto_highlights"]


@pytest.fixture(scope="module")
def minute(owner: httpx.Client) -> str:
    """61 seconds: 1.01666… minutes."""
    return send(owner, "minute.wav", wav(61.0))["id"]


def _features(*names: str, llm: bool = False) -> Json:
    return {"speech_understanding": dict.fromkeys(names, True), "llm_gateway": {"enabled": llm}}


def _quote(client: httpx.Client, media_id: str, **wishes: object) -> Json:
    answer = client.post(f"{API}/quotes", json={"media_id": media_id, "engine": "stub", **wishes})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


@pytest.mark.parametrize(
    ("language", "features", "total"),
    [
        (None, _features(), "1.02"),  # 1.016667
        ("en", _features("sentiment_analysis"), "1.32"),  # 1.016667 * 1.3 = 1.321667
        ("en-US", _features(*ENGLISH_ONLY), "1.93"),  # 1.016667 * 1.9 = 1.931667
        (
            "en",
            _features(*ENGLISH_ONLY, "entity_detection", "speaker_labels", llm=True),
            "5.24",
        ),  # * 2.2 + 3 = 5.236667
        ("de", _features("entity_detection"), "1.32"),
        ("ja", _features("speaker_labels"), "1.02"),
        ("fr", _features(llm=True), "4.02"),
    ],
)
def test_quote_follows_the_price_table(
    owner: httpx.Client, minute: str, language: str | None, features: Json, total: str
) -> None:
    quote = _quote(owner, minute, language=language, features=features)

    assert quote["total"] == total
    assert sum(Decimal(item["amount"]) for item in quote["items"]) == Decimal(total)
    assert all(isinstance(item[name], str) for item in quote["items"] for name in ("quantity", "unit_price", "amount"))


@pytest.mark.parametrize(
    ("samples", "total"),
    [
        (2400, "0.01"),  # 0.3 s = 0.005 min: half goes up
        (2392, "0.00"),  # 0.299 s = 0.00498 min
        (7200, "0.02"),  # 0.9 s = 0.015 min
        (480_000, "1.00"),
    ],
)
def test_quote_is_rounded_half_up(owner: httpx.Client, samples: int, total: str) -> None:
    media = send(owner, "exact.wav", wav(samples / 8000))["id"]

    assert _quote(owner, media)["total"] == total


@pytest.mark.parametrize("feature", ENGLISH_ONLY)
@pytest.mark.parametrize("path", ["quotes", "jobs"])
def test_english_feature_is_refused_when_the_language_is_another(
    owner: httpx.Client, minute: str, path: str, feature: str
) -> None:
    wish = {"media_id": minute, "engine": "stub", "language": "de", "features": _features(feature)}

    found = problem(owner.post(f"{API}/{path}", json=wish), 422, "unsupported_option")

    assert found["features"] == [feature]


def test_quote_costs_nothing(join: Join) -> None:
    client = join()
    media = send(client, "free.wav", wav(1.0))["id"]

    _quote(client, media, features=_features(llm=True))

    assert client.get(f"{API}/credits").json()["available"] == "10.00"


def test_job_is_held_at_the_price_that_was_quoted(owner: httpx.Client, minute: str) -> None:
    wish = {"media_id": minute, "engine": "stub", "language": "en", "features": _features("entity_detection")}

    quote = owner.post(f"{API}/quotes", json=wish).json()
    job = owner.post(f"{API}/jobs", json=wish).json()

    assert job["credits"]["quoted"] == quote["total"] == "1.32"
