"""``reelscribe doctor``: what is missing, and how to mend it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..platform.settings import current
from . import connected

if TYPE_CHECKING:
    from ..platform.services.findings import Finding

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(*, as_json: bool) -> None:
    """Check everything that Reelscribe needs here; exit code 1 if jobs cannot run."""
    connected.attach()
    import msgspec

    from ..platform.services import doctor

    findings = asyncio.run(doctor.examine(current()))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(findings)))
    else:
        _show(findings)
    sys.exit(0 if doctor.healthy(findings) else 1)


def _show(findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("check", "", "found"):
        table.add_column(title, overflow="fold")
    for finding in findings:
        table.add_row(finding.name, Text(finding.level, style=_COLOURS[finding.level]), Text(finding.detail))
        if finding.fix:
            table.add_row("", "", Text(f"→ {finding.fix}", style="bold"))
    Console().print(table)
