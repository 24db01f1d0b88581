"""``reelscribe jobs``: look after jobs on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import click

from . import account

if TYPE_CHECKING:
    from .client import Job

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group()
def command() -> None:
    """List, show, cancel and retry jobs on a server."""


@command.command("list")
@account.server_option
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100))
@click.option(
    "--status", type=click.Choice(["pending", "processing", "completed", "failed", "cancelled"]), help="Only these."
)
@_JSON
def list_jobs(server: str | None, limit: int, status: str | None, *, as_json: bool) -> None:
    """List the newest jobs."""
    with account.client(server) as client:
        found = client.jobs(limit=limit, status=status)
    if as_json:
        _print_json(found)
        return
    for job in found:
        click.echo(
            f"{job.id}  {job.created_at[:19]}  {job.status:10}  {job.progress:3} %  {job.stage:10}  {job.engine}"
        )


@command.command()
@account.server_option
@click.argument("job_id", type=click.UUID)
@_JSON
def show(server: str | None, job_id: UUID, *, as_json: bool) -> None:
    """Show one job."""
    with account.client(server) as client:
        _show(client.job(job_id), as_json=as_json)


@command.command()
@account.server_option
@click.argument("job_id", type=click.UUID)
def cancel(server: str | None, job_id: UUID) -> None:
    """Cancel a job; its credits come back."""
    with account.client(server) as client:
        _show(client.cancel(job_id), as_json=False)


@command.command()
@account.server_option
@click.argument("job_id", type=click.UUID)
def retry(server: str | None, job_id: UUID) -> None:
    """Run a failed or cancelled job again; what succeeded before is kept."""
    with account.client(server) as client:
        _show(client.retry(job_id), as_json=False)


def _show(job: Job, *, as_json: bool) -> None:
    if as_json:
        _print_json(job)
        return
    click.echo(
        f"{job.id}: {job.status}, {job.stage}, {job.progress} % ({job.engine} {job.model or ''})".replace(" )", ")")
    )
    for warned in job.warnings:
        click.echo(f"warning: {warned.message}")
    if job.error is not None:
        click.echo(f"error: {job.error.message} {job.error.hint}".rstrip())


def _print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value)))
