"""The short version of ``just chaos``: forty jobs, and everything breaks at least once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .faults import FAULTS

_FOLDER = Path(__file__).resolve().parents[2]


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_everything_is_as_it_must_be_after_everything_broke():
    command = [sys.executable, "-m", "tests.chaos", "--jobs", "40", "--seed", "1", "--minutes", "0.7", "--gap", "3"]

    done = subprocess.run(
        command, cwd=_FOLDER, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )

    assert done.returncode == 0, done.stdout
    missing = [fault.name for fault in FAULTS if f"  {fault.name}\n" not in done.stdout]
    assert not missing, done.stdout
    unproved = [line for line in done.stdout.splitlines() if line.startswith("  none  ")]
    assert not unproved, done.stdout
