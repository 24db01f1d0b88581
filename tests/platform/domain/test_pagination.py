from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain import pagination
from reelscribe.platform.errors import BadInput

MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]))


@given(st.integers(-(2**63), 2**63 - 1))
def test_number_survives(number: int) -> None:
    assert pagination.decode_number(pagination.encode_number(number)) == number


@given(MOMENTS, st.uuids())
def test_position_survives_to_the_microsecond(created_at: datetime, id: UUID) -> None:
    position = pagination.decode_position(pagination.encode_position(created_at, id))

    assert (position.created_at, position.id) == (created_at, id)


@given(st.integers(-(2**63), 2**63 - 1))
def test_cursor_goes_into_an_address_as_it_is(number: int) -> None:
    assert pagination.encode_number(number).replace("-", "a").replace("_", "a").isalnum()


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for decode in (pagination.decode_number, pagination.decode_position):
        field: object = "cursor"
        try:
            decode(text)
        except BadInput as refusal:
            field = refusal.facts["field"]
        assert field == "cursor"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "bAAA",
        "AAAAAAAAAAAA",  # no kind
        pagination.encode_position(datetime(2026, 1, 1, tzinfo=UTC), UUID(int=1)),  # the other kind
        pagination.encode_number(5) + "A",
    ],
)
def test_number_is_refused_when_the_cursor_is_not_its_own(cursor: str) -> None:
    with pytest.raises(BadInput, match="cursor"):
        pagination.decode_number(cursor)


def test_position_is_refused_when_the_time_is_beyond_the_calendar() -> None:
    beyond = pagination._text(b"m" + (2**63 - 1).to_bytes(8, "big") + bytes(16))

    with pytest.raises(BadInput):
        pagination.decode_position(beyond)
