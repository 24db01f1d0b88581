"""The memory of recent answers."""

from __future__ import annotations

from reelscribe.platform.security.recent import Recent


def test_value_is_remembered_when_fresh() -> None:
    recent: Recent[str] = Recent(seconds=60, size=10)
    recent.put(b"a", "one")

    assert recent.get(b"a") == "one"
    assert recent.get(b"b") is None


def test_value_is_gone_when_its_own_time_is_over() -> None:
    recent: Recent[str] = Recent(seconds=60, size=10)
    recent.put(b"a", "one", at_most=-1)

    assert recent.get(b"a") is None


def test_memory_stays_small_when_many_values_come() -> None:
    recent: Recent[int] = Recent(seconds=60, size=10)
    for number in range(1000):
        recent.put(str(number).encode(), number)

    assert len([n for n in range(1000) if recent.get(str(n).encode()) is not None]) <= 10


def test_values_are_forgotten_when_they_are_said_to_be_gone() -> None:
    recent: Recent[str] = Recent(seconds=60, size=10)
    recent.put(b"a", "one")
    recent.put(b"b", "two")

    recent.drop(lambda value: value == "one")

    assert (recent.get(b"a"), recent.get(b"b")) == (None, "two")
