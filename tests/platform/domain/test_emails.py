from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import emails
from reelscribe.platform.errors import BadInput


@pytest.mark.parametrize(
    ("given_address", "stored"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("  ada@example.org\n", "ada@example.org"),
        ("a.b+c_d-e'f@mail.example.co.uk", "a.b+c_d-e'f@mail.example.co.uk"),
        ("admin@localhost", "admin@localhost"),
        ("jose\u0301@example.org", "jos\u00e9@example.org"),
        ("用户@例子.公司", "用户@例子.公司"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_address_is_normalised(given_address: str, stored: str) -> None:
    assert emails.normalise(given_address) == stored


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@@example.org",
        "ada@b@example.org",
        "a da@example.org",
        "ada@exam ple.org",
        "ada@example..org",
        "ada@.example.org",
        "ada@example.org.",
        "ada@-example.org",
        ".ada@example.org",
        "a..da@example.org",
        "ada@example.org\nBcc: eve@example.org",
        "ada\x00@example.org",
        "ada\u202e@example.org",
        '"ada"@example.org',
        "Ada <ada@example.org>",
        "ada,eve@example.org",
        "x" * 65 + "@example.org",
        "é" * 33 + "@example.org",  # 66 bytes
        "ada@" + ".".join(["x" * 63] * 4),  # 4 + 255 bytes
    ],
)
def test_address_is_refused_when_no_mail_can_go_there(address: str) -> None:
    with pytest.raises(BadInput) as refusal:
        emails.normalise(address)

    assert refusal.value.facts["field"] == "email"


@given(st.emails() | st.text() | st.builds("{}@{}.org".format, st.text(max_size=9), st.text(max_size=9)))
def test_normal_form_is_stable_and_safe(address: str) -> None:
    try:
        stored = emails.normalise(address)
    except BadInput:
        return

    assert emails.normalise(stored) == stored
    assert stored.count("@") == 1
    assert len(stored.encode()) <= emails.LONGEST_BYTES
    assert stored.isprintable()
    assert not set(stored) & set(' ,;<>"')
