"""``just chaos``: do jobs while everything breaks, then look whether all is as it must be.

Needs nothing that runs: it brings its own PostgreSQL and Redis, in a folder of its own, which stays only when
something is wrong. Exit code 1 then; the seed repeats the order of jobs and faults (their timing is the
machine's).
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

_SETTINGS = {
    "LEASE_SECONDS": "3",
    "CHUNK_SECONDS": "10",
    "BREAKER_SECONDS": "2",
    "ENGINE_SLOTS": "2",
    "USER_JOBS_AT_ONCE": "4",
    "SIGNUP_CREDITS": "1000000",
    "LOG_FORMAT": "json",
}


def main() -> int:
    """Read the options, run, and return the exit code."""
    options = _options()
    home = Path(tempfile.mkdtemp(prefix="rs-chaos-"))
    _set_environment(home)
    if sys.platform == "linux":
        # Grandchildren whose parent ended become ours, so that the run sees them (PR_SET_CHILD_SUBREAPER).
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    print(f"seed {options.seed}, in {home}", flush=True)
    is_right = _run(options, home)
    if is_right:
        shutil.rmtree(home)
        print(f"\nall is as it must be (seed {options.seed})")
    else:
        print(f"\nsomething is wrong (seed {options.seed}); logs and rows are in {home}")
    return 0 if is_right else 1


def _run(options: argparse.Namespace, home: Path) -> bool:
    # Our modules read the environment when they are imported.
    from . import story

    plan = story.Plan(
        seed=options.seed,
        jobs=options.jobs or (10_000 if options.long else 200),
        customers=50 if options.long else 5,
        workers=options.workers,
        seconds=60 * options.minutes,
        patience=600 if options.long else 180,
        gap=(2.0, 8.0) if options.long else (options.gap / 4, options.gap),
        tiny=options.long,
        only=options.only,
        kinds=options.kind,
    )
    return asyncio.run(story.tell(plan, home))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="just chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, help="how many (200; 10,000 with --long)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="repeats a run")
    parser.add_argument("--long", action="store_true", help="many tiny jobs of fifty users")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long customers bring jobs (3)")
    parser.add_argument("--gap", type=float, default=5.0, help="seconds between two faults at most (5)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (2)")
    parser.add_argument("--only", action="append", default=[], metavar="WORDS", help="only faults named like this")
    parser.add_argument("--kind", action="append", default=[], help="only jobs of this kind, for example clips")
    return parser.parse_args()


def _set_environment(home: Path) -> None:
    for name in [name for name in os.environ if name.startswith("REELSCRIBE_")]:
        del os.environ[name]
    os.environ |= {f"REELSCRIBE_{name}": value for name, value in _SETTINGS.items()}
    os.environ |= {"REELSCRIBE_HOME": str(home), "REELSCRIBE_SECRET_KEY": secrets.token_hex(32)}
    for folder in ("tmp", "logs"):
        (home / folder).mkdir()
    os.environ["TMPDIR"] = str(home / "tmp")

    from reelscribe.platform.embedded import postgres, redis

    os.environ |= {"REELSCRIBE_DATABASE_URL": postgres.url(home), "REELSCRIBE_REDIS_URL": redis.url(home)}


if __name__ == "__main__":
    sys.exit(main())
