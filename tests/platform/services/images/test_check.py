"""What the doctor says about the image endpoint."""

from __future__ import annotations

import pytest
from reelscribe.platform.services import doctor
from reelscribe.platform.services.findings import Level
from reelscribe.platform.services.images.check import check_endpoint
from reelscribe.platform.settings import Settings

SECRET = "do-not-tell"


@pytest.mark.parametrize(
    ("endpoint", "token", "level", "says"),
    [
        ("", "", Level.OK, "best frame"),
        ("https://me--flux.modal.run", SECRET, Level.OK, "me--flux.modal.run, with a token"),
        ("http://localhost:9000/draw", SECRET, Level.OK, "localhost"),
        ("http://10.0.0.7/draw", "", Level.OK, "without a token"),
        ("http://10.0.0.7/draw", SECRET, Level.WARN, "without encryption"),
        ("me--flux.modal.run", SECRET, Level.WARN, "is none"),
        ("https://[::1", SECRET, Level.WARN, "is none"),
    ],
)
async def test_endpoint_is_looked_at_but_not_asked(endpoint, token, level, says):
    found = await check_endpoint(Settings(flux_endpoint=endpoint, flux_token=token))

    assert found.level is level
    assert says in found.detail
    assert SECRET not in found.detail + found.fix
    assert bool(found.fix) is (level is Level.WARN)


def test_doctor_makes_the_check():
    assert check_endpoint in doctor.CHECKS
