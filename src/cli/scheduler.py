"""``reelscribe scheduler``: the process that rescues, re-enqueues and tidies up."""

from __future__ import annotations

import sys

import click

from . import connected


@click.command()
def command() -> None:
    """Rescue what is stuck, enqueue what is due, tidy up. Several may run; one works at a time."""
    connected.attach()
    from ..platform.services import scheduler

    sys.exit(scheduler.run())
