from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import passwords
from reelscribe.platform.errors import BadInput

EMAIL = "ada.lovelace@example.org"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "tenletters",
        "пароль из слов",
        "密码密码一二三四五六",
        "🎓🔥🎓🔥🎓🔥🎓🔥🎓🔥",
        "x y" * 341,  # 1023 characters
        "ada.lovelace wrote the first program",
    ],
)
def test_password_is_accepted(password: str) -> None:
    assert passwords.check(password, email=EMAIL) is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too short"),
        ("nine char", "too short"),
        ("x y" * 342, "too long"),  # 1026 characters
        ("1234567890", "first that anybody would try"),
        ("Password123", "first that anybody would try"),
        ("QWERTYUIOP", "first that anybody would try"),
        ("aaaaaaaaaaaa", "first that anybody would try"),
        ("          ", "first that anybody would try"),
        ("reelscribe", "first that anybody would try"),
        ("ADA.lovelace@example.org", "e-mail"),
        ("my ada.lovelace@example.org!", "e-mail"),
        ("ada.lovelace2026!", "e-mail"),
    ],
)
def test_password_is_refused_when_it_is_weak(password: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as refusal:
        passwords.check(password, email=EMAIL)

    assert refusal.value.facts["field"] == "password"
    assert refusal.value.hint
    assert password.strip() == "" or password not in refusal.value.message


@given(st.text(max_size=2000), st.emails() | st.just(""))
def test_length_decides_for_all_but_the_obvious(password: str, email: str) -> None:
    message = ""

    try:
        passwords.check(password, email=email)
    except BadInput as refusal:
        message = refusal.message

    assert (passwords.SHORTEST <= len(password) <= passwords.LONGEST) == (": it " not in message)


def test_every_obvious_password_is_long_enough_to_need_refusal() -> None:
    assert min(map(len, passwords._OBVIOUS)) >= passwords.SHORTEST
