"""The command ``reelscribe``: finds the subcommand's module when it is called, so that help is instant."""

from __future__ import annotations

from importlib import import_module
from typing import IO, Any

import click

from ..platform.errors import ReelscribeError

# Command: the module that has it, as ``command``.
_COMMANDS = {
    "demo": "demo",
    "up": "up",
    "web": "web",
    "worker": "worker",
    "scheduler": "scheduler",
    "migrate": "migrate",
    "doctor": "doctor",
    "users": "users",
    "login": "login",
    "transcribe": "transcribe",
    "clips": "clips",
    "jobs": "jobs",
    "evaluate": "evaluate",
}


class _Failure(click.ClickException):
    """One of our errors, as one line on stderr; exit code 1."""

    def __init__(self, error: ReelscribeError) -> None:
        self.hint = error.hint
        super().__init__(error.message)

    def show(self, file: IO[Any] | None = None) -> None:
        line = f"error: {self.message} — {self.hint}" if self.hint else f"error: {self.message}"
        click.echo(" ".join(line.split()), file=file, err=file is None)


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f".{_COMMANDS[cmd_name]}", __package__).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ReelscribeError as exc:
            raise _Failure(exc) from exc


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="reelscribe", message="%(prog)s %(version)s")
def main() -> None:
    """Turn recordings into diarized transcripts and highlight clips, on a server of your own.

    'reelscribe up' starts everything on this machine; 'reelscribe doctor' says what is missing.
    """
