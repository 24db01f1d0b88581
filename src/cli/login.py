"""``reelscribe login``: a key for this machine's command line."""

from __future__ import annotations

import socket

import click

from . import account


@click.command()
@account.server_option
@click.option("--email", prompt=True, help="Asked for if not given.")
@click.option("--password", envvar="REELSCRIBE_PASSWORD", prompt=True, hide_input=True, help="Asked for if not given.")
def command(server: str | None, email: str, password: str) -> None:
    """Sign in and remember an API key for the client commands."""
    from .client import Client

    known = account.remembered()
    chosen = (server or (known.server if known else account.DEFAULT_SERVER)).rstrip("/")
    with Client(chosen) as client:
        key = client.make_key(email, password, name=f"command line on {socket.gethostname()}"[:100])
    path = account.remember(account.Login(server=chosen, api_key=key))
    click.echo(f"Signed in at {chosen}; the key is in {path}")
