"""Which jobs customers bring in one run; all of it follows from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

PRIORITIES = ("critical", "high", "normal", "low")


@dataclass(frozen=True)
class Kind:
    """One kind of job: which engine, which piece of the lecture (None: a text), and its part of all jobs."""

    engine: str
    part: float
    piece: str | None = None
    mode: Literal["mono", "dialogue"] = "mono"
    is_damaged: bool = False


KINDS = {
    "text": Kind("stub", 0.38),
    "provider": Kind("flaky", 0.34),
    "sound": Kind("pocketsphinx", 0.13, "short"),
    "dialogue": Kind("pocketsphinx", 0.05, "talk", "dialogue"),
    "chunked": Kind("pocketsphinx", 0.05, "long"),
    "damaged": Kind("pocketsphinx", 0.05, "short", is_damaged=True),
}


@dataclass(frozen=True, kw_only=True)
class Order:
    """One job that a customer wants.

    ``text`` says which text it is, where it is one. ``cancel_after`` seconds it is cancelled, then run again if
    ``wants_it_after_all``; where it fails it is run again up to ``retries`` times, by its owner or by an admin.
    ``pays`` for a feature: credits are held for it.
    """

    number: int
    kind: str
    owner: int
    text: int
    priority: str
    pays: bool
    cancel_after: float | None
    wants_it_after_all: bool
    retries: int
    by_admin: bool

    @property
    def what(self) -> Kind:
        return KINDS[self.kind]


def plan(rng: Random, *, jobs: int, customers: int, tiny: bool = False) -> list[Order]:
    """Return the orders in the order they come; ``tiny``: only texts, ten different ones of each customer."""
    kinds = [] if tiny else [name for name, kind in KINDS.items() for _ in range(round(kind.part * jobs))]
    kinds = (kinds + ["text"] * jobs)[:jobs]
    rng.shuffle(kinds)
    return [_order(rng, number, kind, customers, tiny=tiny) for number, kind in enumerate(kinds)]


def _order(rng: Random, number: int, kind: str, customers: int, *, tiny: bool) -> Order:
    owner = rng.randrange(customers)
    return Order(
        number=number,
        kind=kind,
        owner=owner,
        text=owner * 10 + rng.randrange(10) if tiny else number,
        priority=rng.choice(PRIORITIES[rank(owner) :]),
        pays=rng.random() < 0.5,
        cancel_after=rng.uniform(0.0, 1.5) if rng.random() < 0.2 else None,
        wants_it_after_all=rng.random() < 0.33,
        retries=1 if KINDS[kind].is_damaged else 3,
        by_admin=rng.random() < 0.4,
    )


def rank(owner: int) -> int:
    """Return the place in ``PRIORITIES`` of the best one that this customer may ask for."""
    return owner % len(PRIORITIES)
