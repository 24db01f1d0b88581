"""Run the benchmarks named on the command line, or all: ``just bench [submit] [latency] [noop] …``.

Prints one line per figure; exit code 1 where a target is missed. Absolute figures depend on the machine and
on what else it does; ratios are measured side by side in one run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from . import clips, dead_letters, latency, memory, noop, pieces, pool, priorities, soundings, submit, wall
from .figures import Figure

ALL: dict[str, Callable[[], list[Figure]]] = {
    "submit": submit.measure,
    "latency": latency.measure,
    "noop": noop.measure,
    "priorities": priorities.measure,
    "dead_letters": dead_letters.measure,
    "memory": memory.measure,
    "wall": wall.measure,
    "pool": pool.measure,
    "pieces": pieces.measure,
    "soundings": soundings.measure,
    "clips": clips.measure,
}


def main() -> int:
    """Measure and print; returns the exit code."""
    names = sys.argv[1:] or list(ALL)
    if unknown := set(names) - set(ALL):
        print(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    missed = False
    for name in names:
        print(f"{name}: {sys.modules[ALL[name].__module__].__doc__.splitlines()[0]}", flush=True)
        for figure in ALL[name]():
            print(figure.line(), flush=True)
            missed |= figure.reached is False
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
