"""Which facts are worth an alert, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from reelscribe.platform.domain.alerts import Facts, Growth, Paused, Resting, Waiting, current

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)


def ago(**amount: float) -> datetime:
    return NOW - timedelta(**amount)


def growth(count: int) -> Growth:
    return Growth(stage="transcribe", sample="The engine fell over.", count=count, since=ago(minutes=9))


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (Facts(), []),
        (Facts(growths=[growth(10)]), []),
        (Facts(growths=[growth(11)]), ["dead_letters_growing"]),
        (Facts(oldest_open=ago(days=7)), []),
        (Facts(oldest_open=ago(days=7, seconds=1)), ["dead_letters_old"]),
        (Facts(deserted=[Waiting(queue="engine.low", depth=1, since=ago(seconds=60))]), []),
        (Facts(deserted=[Waiting(queue="engine.low", depth=1, since=ago(seconds=61))]), ["queue_without_worker"]),
        (Facts(resting=[Resting(engine="stub", error="x", until=NOW, since=NOW)]), ["engine_rests"]),
        (Facts(stopped=[Paused(name="engine", state="paused", reason="move", since=ago(hours=24))]), []),
        (Facts(stopped=[Paused(name="engine", state="paused", reason="move", since=ago(hours=25))]), ["paused_long"]),
    ],
)
def test_facts_become_alerts(facts: Facts, codes: list[str]) -> None:
    assert [alert.code for alert in current(facts, NOW)] == codes


def test_alert_says_what_is_wrong_and_since_when() -> None:
    (alert,) = current(Facts(deserted=[Waiting(queue="engine.low", depth=3, since=ago(minutes=5))]), NOW)

    assert alert.message == "Nobody works on the queue engine.low, where 3 steps are waiting. Start a worker."
    assert alert.since == ago(minutes=5)


def test_alert_names_the_end_of_the_rest() -> None:
    resting = Resting(engine="stub", error="it fell over", until=NOW + timedelta(minutes=2), since=NOW)

    (alert,) = current(Facts(resting=[resting]), NOW)

    assert "rests until 12:02:00 UTC" in alert.message
    assert "it fell over" in alert.message


@pytest.mark.parametrize("reason", ["the disk is moved", "the disk is moved."])
def test_alert_ends_the_reason_as_a_sentence(reason: str) -> None:
    (alert,) = current(Facts(stopped=[Paused(name="io", state="paused", reason=reason, since=ago(days=2))]), NOW)

    assert alert.message == "'io' has been paused for 2 days: the disk is moved. Resume it?"
