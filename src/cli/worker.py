"""``reelscribe worker``: one worker process."""

from __future__ import annotations

import sys

import click

from . import connected


@click.command()
@click.option("--queues", multiple=True, metavar="NAME", help="Work only on these; may be given several times.")
def command(queues: tuple[str, ...]) -> None:
    """Work on jobs until told to stop; running stages then go back to their queues."""
    connected.attach()
    from ..actors import worker

    names = [name for given in queues for name in given.split(",") if name]
    sys.exit(worker.run(names or None))
