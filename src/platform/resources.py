"""The files that travel with the program: templates, static files, migrations, the sample."""

from __future__ import annotations

from pathlib import Path


def data_path(name: str) -> Path:
    """Return the folder ``name``: inside the installed wheel, else at the root of the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name
