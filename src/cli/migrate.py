"""``reelscribe migrate``: the schema up to date."""

from __future__ import annotations

import click

from . import connected


@click.command()
def command() -> None:
    """Bring the database up to date; safe to run at any time, and by several at once."""
    connected.with_database(_nothing_more)
    click.echo("The database is up to date.")


async def _nothing_more() -> None:
    """Do nothing: opening the database migrates it."""
