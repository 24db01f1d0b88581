"""What is offered is what there is, with what each engine can do here."""

from __future__ import annotations

import pytest
from reelscribe.platform.engines import registry
from reelscribe.platform.services import engines
from reelscribe.platform.settings import current


@pytest.fixture
def order(monkeypatch):
    monkeypatch.setenv("REELSCRIBE_ENGINE_ORDER", "assemblyai, siren, pocketsphinx,pocketsphinx")
    current.cache_clear()
    yield
    monkeypatch.undo()
    current.cache_clear()


def test_every_engine_is_offered_after_auto() -> None:
    offered = engines.offered()

    assert [each.name for each in offered] == ["auto", *registry.names()]
    assert [each.name for each in offered if each.is_default] == [current().transcription_backend]


def test_every_engine_has_a_label() -> None:
    assert set(engines.LABELS) == {"auto", *registry.names()}


def test_engine_without_a_key_says_why() -> None:
    (offer,) = [each for each in engines.offered() if each.name == "assemblyai"]

    assert offer.is_remote
    assert offer.refusal
    assert offer.hint


@pytest.mark.usefixtures("order")
def test_auto_has_the_order_of_the_settings() -> None:
    auto = engines.offered()[0]

    assert auto.order == ("assemblyai", "pocketsphinx")
    assert not auto.is_remote  # the one that is has no key


def test_default_is_auto_or_a_name_of_the_registry() -> None:
    assert engines.default() == "local"
