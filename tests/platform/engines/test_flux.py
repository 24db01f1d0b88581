"""Pictures from an endpoint: every form and way of the protocol, and every way it can go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from reelscribe.platform.engines import flux
from reelscribe.platform.errors import (
    BadInput,
    EngineCredentials,
    EngineFailed,
    EngineQuota,
    EngineUnavailable,
    Unavailable,
)
from reelscribe.platform.settings import Settings

from tests.stand_ins import flux as stand_in
from tests.stand_ins.flux import Fault

PACE = flux.Pace(total=20.0, answer=20.0, poll=0.01)
ORDER = flux.Order(prompt="A lighthouse", width=64, height=48, seed=7, key="0f1e")
PICTURE = stand_in.png(8, 6)


@pytest.fixture
def service() -> Iterator[stand_in.Server]:
    with stand_in.serving() as server:
        yield server


def settings(service: stand_in.Server, **changes: str) -> Settings:
    return replace(Settings(flux_endpoint=f"{service.url}/draw", flux_token=service.token), **changes)


@pytest.mark.parametrize("form", ["bytes", "b64_json", "data", "uri", "url"])
@pytest.mark.parametrize("way", ["at once", "303", "202"])
async def test_picture_comes_in_every_form_and_way(service, form, way):
    service.form, service.way = form, way

    drawn = await flux.draw(ORDER, settings(service), pace=PACE)

    assert (drawn.about.content_type, drawn.about.width, drawn.about.height) == ("image/png", 64, 48)
    assert len(service.asked("POST")) == 1


async def test_order_is_what_the_protocol_says(service):
    await flux.draw(ORDER, settings(service), pace=PACE)

    (request,) = service.requests
    assert request.json == {"prompt": "A lighthouse", "width": 64, "height": 48, "seed": 7}
    assert request.headers["authorization"] == f"Bearer {service.token}"
    assert request.headers["idempotency-key"] == "0f1e"


async def test_no_token_is_sent_when_none_is_set(service):
    service.token = ""

    await flux.draw(ORDER, settings(service, flux_token=""), pace=PACE)

    assert "authorization" not in service.requests[0].headers


def _json(text: str, **headers: str) -> Fault:
    return Fault(200, text.encode(), {"Content-Type": "application/json", **headers})


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault(401, b'{"detail": "flux-stand-in-7d1c5f0a9b3e4c26 is wrong"}'), EngineCredentials, "refuses the token"),
        (Fault(403), EngineCredentials, "403"),
        (Fault(402, b'{"detail": "Out of credits"}'), EngineQuota, "Out of credits"),
        (Fault(429, b'{"error": {"message": "Monthly spend limit reached"}}'), EngineQuota, "spend limit"),
        (Fault(429, b"slow down"), EngineFailed, "too many requests"),
        (Fault(422, b'{"detail": "NSFW prompt"}'), BadInput, "NSFW prompt"),
        (Fault(404, b"<html>modal: no such app</html>"), EngineUnavailable, "no image service"),
        (Fault(405), EngineUnavailable, "no image service"),
        (Fault(307, b"", {"Location": "/elsewhere"}), EngineUnavailable, "307"),
        (Fault(500, b"<html>Traceback: /srv/secret.py</html>"), Unavailable, "(500)"),
        (Fault(503), Unavailable, "(503)"),
        (Fault(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}), EngineFailed, "no PNG, JPEG or WebP"),
        (Fault(200, b"<html>Sign in</html>", {"Content-Type": "image/png"}), EngineFailed, "no PNG, JPEG or WebP"),
        (Fault(200, b"", {"Content-Type": "image/png"}), EngineFailed, "no PNG, JPEG or WebP"),
        (Fault(200, PICTURE[:-20], {"Content-Type": "image/png"}), EngineFailed, "cut off"),
        (Fault(200, PICTURE, {"Content-Type": "image/png"}, cut=True), Unavailable, "does not answer"),
        (Fault(200, b"\x89" * (flux.LARGEST_BYTES + 1), {"Content-Type": "image/png"}), EngineFailed, "20 MiB"),
        (Fault(200, PICTURE, {"Content-Encoding": "gzip"}), None, ""),  # the bytes count, not what is said of them
        (_json('{"images": []}'), EngineFailed, "no picture in its JSON"),
        (_json('{"images": 7}'), EngineFailed, "another shape"),
        (_json('{"images": [{"b64_json": "@@@"}]}'), EngineFailed, "Base64"),
        (_json('{"images": [{"url": "http://169.254.169.254/latest/meta.png"}]}'), EngineFailed, "another host"),
        (Fault(303, b"", {"Location": "http://127.0.0.1:1/result"}), EngineFailed, "another host"),
        (Fault(303, b"", {"Location": "//example.test/result"}), EngineFailed, "another host"),
        (Fault(202), EngineFailed, "where to ask"),
    ],
)
async def test_fault_is_an_error_of_ours(service, fault, kind, says):
    service.fail(fault)

    if kind is None:
        assert (await flux.draw(ORDER, settings(service), pace=PACE)).content == PICTURE
        return
    with pytest.raises(kind) as caught:
        await flux.draw(ORDER, settings(service), pace=PACE)

    told = caught.value.message + caught.value.hint
    assert says in told
    assert service.token not in told
    assert "secret.py" not in told
    assert caught.value.hint


@pytest.mark.parametrize("status", [429, 503])
async def test_wait_that_is_asked_for_is_kept(service, status):
    service.fail(Fault(status, b"", {"Retry-After": "17"}))

    with pytest.raises((EngineFailed, Unavailable)) as caught:
        await flux.draw(ORDER, settings(service), pace=PACE)

    assert caught.value.facts["retry_after"] == 17
    assert not caught.value.permanent


async def test_circle_of_redirects_ends(service):
    service.way, service.moves = "303", 1000

    with pytest.raises(EngineFailed, match="circles"):
        await flux.draw(ORDER, settings(service), pace=PACE)


async def test_silence_ends_when_the_time_is_over(service):
    service.fail(Fault(silent=True))

    with pytest.raises(Unavailable, match="was not there after"):
        await flux.draw(ORDER, settings(service), pace=flux.Pace(total=0.2, answer=20.0, poll=0.01))


@pytest.mark.parametrize("address", ["ftp://host/x", "nonsense", "http://[::1"])
async def test_address_that_is_none_is_told(service, address):
    with pytest.raises(EngineUnavailable, match="is no address"):
        await flux.draw(ORDER, settings(service, flux_endpoint=address), pace=PACE)


async def test_nothing_is_drawn_when_no_endpoint_is_set(service):
    with pytest.raises(EngineUnavailable, match="draws no pictures"):
        await flux.draw(ORDER, settings(service, flux_endpoint=""), pace=PACE)


async def test_server_that_is_away_is_tried_again(service):
    with pytest.raises(Unavailable, match="does not answer"):
        await flux.draw(ORDER, settings(service, flux_endpoint="http://127.0.0.1:1/draw"), pace=PACE)
