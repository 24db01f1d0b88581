"""What one run did, as text for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from .checks import Found
from .world import World

_ENDS = ("completed", "failed", "cancelled")
_SHOWN = 10
# What the logs of our processes say that is worth a line.
_TOLD = {
    "stage_started": "steps begun",
    "stage_failed": "steps failed",
    "stage_lost": "results of workers that had lost their lease, refused",
    "outcome_not_stored": "outcomes that had to wait for PostgreSQL",
    "scheduler_leads": "times a scheduler took the lead",
    "left_in_outbox": "times messages stayed in the outbox",
}
_NOT_BUILT_YET = ("no webhook event twice",)


def of_jobs(world: World, status: Mapping[UUID, str]) -> str:
    """Return the table of the jobs: a line for each kind, a column for each end."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for made in world.made.values():
        counts[made.order.kind].update([status.get(made.job_id, "gone"), "all"])
        counts[made.order.kind]["run again"] += made.retried > 0
    columns = ("all", *_ENDS, "run again")
    lines = [_row("jobs", columns), *(_row(kind, _picked(counts[kind], columns)) for kind in sorted(counts))]
    whole = sum(counts.values(), Counter())
    return "\n".join([*lines, _row("together", _picked(whole, columns))])


def of_faults(world: World) -> str:
    """Return the table of the faults."""
    lines = [f"  {count:6,}  {name}" for name, count in sorted(world.done.items())]
    return "\n".join(["faults", *lines, f"  {world.done.total():6,}  together"])


def of_deeds(world: World) -> str:
    """Return what the owners of clips did with them."""
    lines = [f"  {count:6,}  {deed}" for deed, count in sorted(world.deeds.items())]
    return "\n".join(["clips", *lines])


def of_logs(world: World) -> str:
    """Return what the platform said of it."""
    said = world.fleet.said()
    lines = [f"  {said[event]:6,}  {about}" for event, about in _TOLD.items()]
    lines += [f"  {count:6,}  {event}" for event, count in sorted(said.items()) if event.startswith("ended: ")]
    lines.append(f"  {world.requeued:6,}  dead letters requeued by an admin")
    lines += [f"  {count:6,}  answers {status}" for status, count in sorted(world.statuses.items())]
    return "\n".join(["what was seen", *lines])


def of_checks(found: Sequence[Found]) -> str:
    """Return the table of the checks, and of each that failed the first things that are wrong."""
    lines = ["checks"]
    for each in found:
        lines.append(f"  {_verdict(each):6}  {each.looked_at:6,}  {each.name}")
        lines += [f"                  {told[:300]}" for told in each.wrong[:_SHOWN]]
        if len(each.wrong) > _SHOWN:
            lines.append(f"                  and {len(each.wrong) - _SHOWN} more")
    return "\n".join([*lines, *(f"  {'-':6}  {'':6}  {name}: not built yet" for name in _NOT_BUILT_YET)])


def _verdict(found: Found) -> str:
    return "WRONG" if found.wrong else "ok" if found.looked_at else "none"


def _row(name: str, values: Sequence[object]) -> str:
    return f"{name:12}" + "".join(f"{value:>12}" for value in values)


def _picked(counts: Counter[str], columns: Sequence[str]) -> list[str]:
    return [f"{counts[column]:,}" for column in columns]
