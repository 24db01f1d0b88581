from __future__ import annotations

import pytest
from reelscribe.platform.engines.gemini import refusals
from reelscribe.platform.errors import EngineCredentials, EngineFailed, EngineQuota, EngineUnavailable, StageFailed


def quota(message: str = "", **violation: object) -> dict[str, object]:
    return {"error": {"code": 429, "message": message, "details": [{"violations": [violation]}]}}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (quota(quotaId="GenerateRequestsPerDayPerProjectPerModel"), EngineQuota),
        (quota(quotaId="GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), EngineFailed),
        (quota("Quota exceeded for metric: x, limit: 0, model: gemini-2.5-pro"), EngineQuota),
        (quota("Quota exceeded for metric: x, limit: 0\nPlease retry in 20s."), EngineQuota),
        (quota("Quota exceeded for metric: x, limit: 05, model: y"), EngineFailed),
        (quota("Your prepayment credits are depleted."), EngineQuota),
        (quota("Resource has been exhausted (e.g. check quota)."), EngineFailed),
    ],
)
def test_quota_is_one_that_waiting_does_not_mend(body: object, kind: type[StageFailed]) -> None:
    assert type(refusals.error(429, body, model="m")) is kind


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        "text",
        [{"error": {"message": 7}}],
        {"error": "no"},
        {"error": {"details": 5}},
        quota() | {"x": 1},
        {"error": {"details": [1, {"violations": 3, "retryDelay": 4}, {"retryDelay": "soon"}]}},
    ],
    ids=[str(number) for number in range(9)],
)
@pytest.mark.parametrize(("code", "kind"), [(429, EngineFailed), (503, EngineFailed), (400, EngineUnavailable)])
def test_bodies_of_any_kind_are_errors_of_ours(body: object, code: int, kind: type[StageFailed]) -> None:
    failure = refusals.error(code, body, model="m")

    assert type(failure) is kind
    assert failure.message
    assert "retry_after" not in failure.facts


@pytest.mark.parametrize(("text", "seconds"), [("34.07s", 34.07), ("60s", 60.0), ("120", 120.0)])
def test_wait_is_read_from_details_or_header(text: str, seconds: float) -> None:
    told = refusals.error(503, {"error": {"details": [{"retryDelay": text}]}}, model="m", retry_after="7")
    header = refusals.error(503, {}, model="m", retry_after=text)

    assert told.facts["retry_after"] == header.facts["retry_after"] == seconds


def test_missing_page_is_no_missing_model() -> None:
    model = refusals.error(404, {"error": {"message": "models/x is not found for API version v1beta."}}, model="x")
    page = refusals.error(404, {"message": "Not Found"}, model="x")

    assert model.facts["setting"] == "REELSCRIBE_GEMINI_MODEL"
    assert page.facts["setting"] == "REELSCRIBE_GEMINI_BASE_URL"


def test_lost_file_is_no_matter_of_the_key() -> None:
    message = "You do not have permission to access the File abc or it may not exist."

    assert type(refusals.error(403, {"error": {"message": message}}, model="x")) is EngineFailed
    assert type(refusals.error(403, {"error": {"message": "Permission denied."}}, model="x")) is EngineCredentials
