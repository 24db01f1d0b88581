"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest
import reelscribe

SOURCE = Path(reelscribe.__file__).parent
WITH_EXAMPLES = [
    ".".join(["reelscribe", *path.relative_to(SOURCE).with_suffix("").parts])
    for path in sorted(SOURCE.rglob("*.py"))
    if "\n    >>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_of_docstrings_hold(name: str) -> None:
    module = importlib.import_module(name)

    result = doctest.testmod(module)

    assert result.attempted
    assert not result.failed
