"""The command line; each command is one module."""

from .main import main

__all__ = ["main"]
