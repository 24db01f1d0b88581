"""``reelscribe users``: accounts from the shell."""

from __future__ import annotations

import json
import secrets
from decimal import Decimal, InvalidOperation

import click

from . import connected


@click.group()
def command() -> None:
    """Create accounts and give credits."""


@command.command()
@click.argument("email")
@click.option("--admin", is_flag=True, help="With the rights of an administrator.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--password", envvar="REELSCRIBE_NEW_PASSWORD", help="At least 8 characters; made up if not given.")
def create(email: str, *, admin: bool, as_json: bool, password: str | None) -> None:
    """Create an account."""
    chosen = password or new_password()

    async def work() -> str:
        from ..platform.services import accounts

        account = await accounts.create(email, chosen, role="admin" if admin else "user")
        return account.email

    address = connected.with_database(work)
    if as_json:
        click.echo(json.dumps({"email": address, "password": chosen}))
        return
    click.echo(f"Created {address}." if password else f"Created {address} with the password {chosen}")


@command.command()
@click.argument("email")
@click.argument("credits")
@click.option("--note", default="from the command line", show_default=True, help="What the ledger says about it.")
def grant(email: str, credits: str, note: str) -> None:
    """Give CREDITS to the account of EMAIL."""
    amount = _amount(credits)

    async def work() -> Decimal:
        from ..platform.services import accounts
        from ..platform.services import credits as ledger

        account = await accounts.find(email)
        await ledger.grant(account.id, amount, note=note)
        return (await ledger.balance(account.id)).balance

    click.echo(f"{email} now has {connected.with_database(work)} credits.")


def new_password() -> str:
    """Return a random password of 100 bits, without letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as exc:
        raise click.BadParameter(f"{text!r} is not a number", param_hint="CREDITS") from exc
