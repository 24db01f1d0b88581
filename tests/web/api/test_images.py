"""Illustrations over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from reelscribe.actors import illustrate
from reelscribe.platform import db

from tests.platform.services.images import drawing
from tests.stand_ins import flux
from tests.web.conftest import Job, Member


@pytest.fixture(autouse=True)
def service() -> Iterator[flux.Server]:
    with drawing.endpoint() as server:
        yield server


async def ordered(member: Member, job: Job, **headers: str) -> httpx.Response:
    return await member.http.post("/api/v1/images", json={"job_id": job["id"]}, headers=headers)


async def test_image_is_accepted_drawn_and_sent(member: Member, job: Job) -> None:
    answer = await ordered(member, job)
    made = answer.json()
    assert (answer.status_code, made["status"], made["credits"]["held"]) == (202, "pending", "2.00"), answer.text
    assert answer.headers["location"] == f"/api/v1/images/{made['id']}"

    await illustrate.perform(UUID(made["id"]))

    ready = (await member.http.get(answer.headers["location"])).json()
    assert (ready["status"], ready["credits"]) == ("ready", {"held": "0.00", "charged": "2.00"})
    picture = await member.http.get(httpx.URL(ready["url"]).path)
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["content-disposition"] == f'attachment; filename="illustration-{made["id"]}.png"'
    assert picture.content.startswith(b"\x89PNG")
    listed = (await member.http.get(f"/api/v1/jobs/{job['id']}/images")).json()
    assert listed == {"items": [ready], "next_cursor": None}


async def test_image_is_ordered_once_when_the_request_is_sent_twice(member: Member, job: Job) -> None:
    first = await ordered(member, job, **{"Idempotency-Key": "once"})
    second = await ordered(member, job, **{"Idempotency-Key": "once"})

    assert (first.status_code, first.content) == (second.status_code, second.content)
    held = await db.fetch("SELECT 1 FROM credit_entries WHERE image_id IS NOT NULL")
    assert len(held) == 1


async def test_prompt_and_shape_are_those_that_were_asked_for(member: Member, job: Job) -> None:
    wanted = {"job_id": job["id"], "prompt": "A lighthouse", "aspect": "4:5"}

    made = (await member.http.post("/api/v1/images", json=wanted)).json()

    assert (made["prompt"], made["aspect"]) == ("A lighthouse", "4:5")


@pytest.mark.parametrize(
    "wrong",
    [{"prompt": ""}, {"prompt": "x" * 1001}, {"prompt": "a\x00b"}, {"aspect": "2:1"}, {"seed": 1}, {"job_id": "x"}],
)
async def test_order_is_refused_when_a_value_cannot_be_used(member: Member, job: Job, wrong: dict[str, object]) -> None:
    answer = await member.http.post("/api/v1/images", json={"job_id": job["id"], **wrong})

    assert answer.status_code == 422


async def test_order_is_refused_when_it_names_nothing(member: Member) -> None:
    answer = await member.http.post("/api/v1/images", json={})

    assert (answer.status_code, answer.json()["hint"]) == (422, "Send 'job_id' or 'clip_id'.")


async def test_order_is_refused_when_the_credits_do_not_cover_it(member: Member, job: Job) -> None:
    await db.execute("UPDATE credit_accounts SET balance = held + 1.99 WHERE user_id = $1", member.id)

    answer = await ordered(member, job)

    assert (answer.status_code, answer.json()["required"], answer.json()["available"]) == (402, "2.00", "1.99")


async def test_order_is_refused_when_this_server_draws_none(
    member: Member, job: Job, service: flux.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reelscribe.platform.settings import current

    monkeypatch.delenv("REELSCRIBE_FLUX_ENDPOINT")
    current.cache_clear()

    answer = await ordered(member, job)

    assert (answer.status_code, answer.json()["code"]) == (422, "images_not_set_up")
    assert "best frame" in answer.json()["hint"]


async def test_content_conflicts_when_nothing_is_drawn_yet(member: Member, job: Job) -> None:
    made = (await ordered(member, job)).json()

    answer = await member.http.get(f"/api/v1/images/{made['id']}/content")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("path", ["", "/content"])
async def test_image_is_missing_when_it_is_somebody_elses(
    member: Member, outsider: Member, job: Job, path: str
) -> None:
    made = (await ordered(member, job)).json()

    answer = await outsider.http.get(f"/api/v1/images/{made['id']}{path}")

    assert answer.status_code == 404


async def test_job_is_missing_when_it_is_somebody_elses(outsider: Member, job: Job) -> None:
    assert (await ordered(outsider, job)).status_code == 404
    assert (await outsider.http.get(f"/api/v1/jobs/{job['id']}/images")).status_code == 404
