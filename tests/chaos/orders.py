"""Which jobs customers bring in one run; all of it follows from the seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Literal

PRIORITIES = ("critical", "high", "normal", "low")


@dataclass(frozen=True)
class Kind:
    """One kind of job: which engine, which piece of the lecture (None: a text), and its part of all jobs.

    ``clips``: what is asked of the clips, where it makes some.
    """

    engine: str
    part: float
    piece: str | None = None
    mode: Literal["mono", "dialogue"] = "mono"
    is_damaged: bool = False
    clips: Mapping[str, object] | None = None


KINDS = {
    "text": Kind("stub", 0.34),
    "provider": Kind("flaky", 0.3),
    "sound": Kind("pocketsphinx", 0.13, "short"),
    "dialogue": Kind("pocketsphinx", 0.05, "talk", "dialogue"),
    "chunked": Kind("pocketsphinx", 0.05, "long"),
    "damaged": Kind("pocketsphinx", 0.05, "short", is_damaged=True),
    "clips": Kind("pocketsphinx", 0.08, "film", clips={"count": 2, "min_seconds": 1, "max_seconds": 5}),
}
# What owners of clips do with them.
DEEDS = ("retitle", "restyle", "shorten", "reshape", "delete", "reel", "cancel", "retry")
_DEEDS_OF_ONE = 3


@dataclass(frozen=True, kw_only=True)
class Order:
    """One job that a customer wants.

    ``text`` says which text it is, where it is one. ``cancel_after`` seconds it is cancelled, then run again if
    ``wants_it_after_all``; where it fails it is run again up to ``retries`` times, by its owner or by an admin.
    ``pays`` for a feature: credits are held for it. ``deeds`` are done to the clips one after the other, as soon as
    there are some, or once the job has ended if the owner ``waits``.
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
    deeds: tuple[str, ...] = ()
    waits: bool = False

    @property
    def what(self) -> Kind:
        return KINDS[self.kind]


def plan(rng: Random, *, jobs: int, customers: int, kinds: Sequence[str] = (), tiny: bool = False) -> list[Order]:
    """Return the orders in the order they come: of all ``kinds`` where none is named.

    ``tiny``: only texts, ten different ones of each customer.
    """
    wanted = {name: kind.part for name, kind in KINDS.items() if not tiny and (not kinds or name in kinds)}
    dealt = [name for name, part in wanted.items() for _ in range(round(part / sum(wanted.values()) * jobs))]
    kinds = (dealt + [next(iter(wanted), "text")] * jobs)[:jobs]
    hands = _hands(rng)
    shuffled = rng.sample(kinds, jobs)
    return [_order(rng, number, kind, customers, hands, tiny=tiny) for number, kind in enumerate(shuffled)]


def _hands(rng: Random) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield what the owner of clips does with them and whether that waits for the end; all deeds before one again."""
    deck = cycle(rng.sample(DEEDS, len(DEEDS)))
    for waits in cycle((True, False)):
        yield tuple(islice(deck, _DEEDS_OF_ONE)), waits


def _order(
    rng: Random, number: int, kind: str, customers: int, hands: Iterator[tuple[tuple[str, ...], bool]], *, tiny: bool
) -> Order:
    owner = rng.randrange(customers)
    deeds, waits = next(hands) if KINDS[kind].clips is not None else ((), False)
    return Order(
        number=number,
        kind=kind,
        owner=owner,
        text=owner * 10 + rng.randrange(10) if tiny else number,
        priority=rng.choice(PRIORITIES[rank(owner) :]),
        pays=rng.random() < 0.5,
        cancel_after=rng.uniform(0.0, 1.5) if rng.random() < 0.2 else None,
        wants_it_after_all=rng.random() < 0.33 or KINDS[kind].clips is not None,
        retries=1 if KINDS[kind].is_damaged else 3,
        by_admin=rng.random() < 0.4,
        deeds=deeds,
        waits=waits,
    )


def rank(owner: int) -> int:
    """Return the place in ``PRIORITIES`` of the best one that this customer may ask for."""
    return owner % len(PRIORITIES)
