"""A job that takes its time, one that fails, and what they cost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx
import pytest

from tests.acceptance.conftest import API, DAMAGED_MODEL, Join, Json, ended, problem, send, submit
from tests.acceptance.test_events import LECTURE, read
from tests.recordings import wav


@pytest.fixture
def member(join: Join) -> httpx.Client:
    return join()


def _money(client: httpx.Client) -> tuple[str, str, str]:
    found = client.get(f"{API}/credits").json()
    return found["balance"], found["held"], found["available"]


def _ledger(client: httpx.Client) -> list[tuple[str, str, str]]:
    """Kind, change of the balance, change of what is held; oldest first."""
    items = client.get(f"{API}/credits/transactions").json()["items"]
    return [(item["kind"], item["balance_delta"], item["held_delta"]) for item in reversed(items)]


def test_ledger_explains_the_balance_when_a_job_is_completed(member: httpx.Client) -> None:
    media = send(member, "minute.wav", wav(90.0))["id"]

    job = ended(member, submit(member, media_id=media)["id"])

    assert job["credits"] == {"quoted": "1.50", "held": "0.00", "charged": "1.50"}
    assert _money(member) == ("8.50", "0.00", "8.50")
    assert sum(Decimal(balance) for _, balance, _ in _ledger(member)) == Decimal("8.50")
    assert [kind for kind, _, _ in _ledger(member)] == ["grant", "hold", "capture"]


def test_features_that_were_not_done_are_not_charged(member: httpx.Client) -> None:
    media = send(member, "words.txt", b"Some words.")["id"]
    features = {"speech_understanding": {"sentiment_analysis": True}, "llm_gateway": {"enabled": True}}

    job = ended(member, submit(member, media_id=media, language="en", features=features)["id"])

    assert job["features"] == features
    assert (job["credits"]["quoted"], job["credits"]["charged"]) == ("3.00", "0.00")
    assert {warning["code"] for warning in job["warnings"]} == {"feature_unavailable"}
    assert _money(member) == ("10.00", "0.00", "10.00")


def test_job_is_refused_when_the_credits_do_not_cover_it(member: httpx.Client) -> None:
    media = send(member, "long.wav", wav(601.0))["id"]

    found = problem(member.post(f"{API}/jobs", json={"media_id": media, "engine": "stub"}), 402, "insufficient_credits")

    assert (found["required"], found["available"]) == ("10.02", "10.00")
    assert member.get(f"{API}/jobs").json()["items"] == []
    assert _money(member) == ("10.00", "0.00", "10.00")


def test_parallel_jobs_never_overspend(member: httpx.Client) -> None:
    media = send(member, "half.wav", wav(270.0))["id"]  # 4.50 credits: two of ten fit

    with ThreadPoolExecutor(10) as pool:
        post = lambda _: member.post(f"{API}/jobs", json={"media_id": media, "engine": "stub"})  # noqa: E731
        answers = list(pool.map(post, range(10)))

    assert sorted(answer.status_code for answer in answers) == [202] * 2 + [402] * 8
    for answer in answers:
        if answer.status_code == 202:
            ended(member, answer.json()["id"])
    assert _money(member) == ("1.00", "0.00", "1.00")


@pytest.fixture
def failed(member: httpx.Client) -> Json:
    media = send(member, "minute.wav", wav(60.0))["id"]
    return ended(member, submit(member, media_id=media, engine="faster-whisper", model=DAMAGED_MODEL)["id"])


def test_unknown_model_is_refused_before_anything_is_held(member: httpx.Client) -> None:
    media = send(member, "minute.wav", wav(60.0))["id"]
    wanted = {"media_id": media, "engine": "faster-whisper", "model": "there-is-no-such-model"}

    found = problem(member.post(f"{API}/jobs", json=wanted), 422, "unsupported_option")

    assert "there-is-no-such-model" in found["detail"]
    assert _money(member) == ("10.00", "0.00", "10.00")


def test_failed_job_says_why_and_what_to_do_and_costs_nothing(member: httpx.Client, failed: Json) -> None:
    assert failed["status"] == "failed"
    assert set(failed["error"]) == {"code", "stage", "message", "hint"}
    assert all(failed["error"].values())
    assert DAMAGED_MODEL in failed["error"]["message"]
    assert failed["credits"]["held"] == failed["credits"]["charged"] == "0.00"
    assert _money(member) == ("10.00", "0.00", "10.00")


def test_failed_job_is_retried_once_when_asked_many_times(member: httpx.Client, failed: Json) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: member.post(f"{API}/jobs/{failed['id']}/retry"), range(8)))
    again = ended(member, failed["id"])

    accepted = [answer for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert again["id"] == failed["id"]
    kinds = [kind for kind, _, _ in _ledger(member)]
    assert kinds == ["grant", *["hold", "release"] * (1 + len(accepted))]  # each run is paid for, and each hold let go


def test_failed_job_has_no_transcript_and_says_what_to_do(member: httpx.Client, failed: Json) -> None:
    for path in ("transcript", "download"):
        found = problem(member.get(f"{API}/jobs/{failed['id']}/{path}"), 409)

        assert "Wait" not in found["hint"]


def test_retry_is_refused_when_the_recording_is_gone(member: httpx.Client, failed: Json) -> None:
    assert member.delete(f"{API}/media/{failed['media_id']}").status_code == 204

    answer = member.post(f"{API}/jobs/{failed['id']}/retry")

    assert answer.status_code in (404, 409), answer.text
    assert _money(member) == ("10.00", "0.00", "10.00")


def test_running_job_is_cancelled_for_good(member: httpx.Client) -> None:
    pytest.importorskip("pocketsphinx", reason="no wheel of pocketsphinx for this Python")
    media = send(member, LECTURE.name, LECTURE.read_bytes())["id"]
    job = submit(member, media_id=media, engine="pocketsphinx", language="en")
    path = f"{API}/jobs/{job['id']}"

    with member.stream("GET", f"{path}/events") as answer:
        events = read(answer.iter_lines())
        next(event for event in events if event.data.get("stage") == "transcribe")
        problem(member.get(f"{path}/transcript"), 409)
        problem(member.delete(f"{API}/media/{media}"), 409)
        problem(member.post(f"{path}/retry"), 409)
        assert _money(member)[1] == job["credits"]["held"]
        cancelled = [member.delete(path).json()["status"] for _ in range(3)]
        last = list(events)[-1]

    assert cancelled == ["cancelled"] * 3
    assert (last.name, last.data["job_id"]) == ("job.cancelled", job["id"])
    assert member.get(path).json()["status"] == "cancelled"
    assert _money(member) == ("10.00", "0.00", "10.00")
    assert [kind for kind, _, _ in _ledger(member)] == ["grant", "hold", "release"]


def test_cancelled_job_runs_again_when_retried(member: httpx.Client) -> None:
    media = send(member, LECTURE.name, LECTURE.read_bytes())["id"]
    job = submit(member, media_id=media, engine="stub", priority="low")
    answer = member.delete(f"{API}/jobs/{job['id']}")
    if answer.status_code == 409:
        pytest.skip("the job was quicker than its cancellation")

    retried = member.post(f"{API}/jobs/{job['id']}/retry")

    assert (retried.status_code, retried.headers["location"]) == (202, f"{API}/jobs/{job['id']}")
    assert ended(member, job["id"])["status"] == "completed"
