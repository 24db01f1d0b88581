"""The scripts of others are the ones their README names, and pages load nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENDOR = ROOT / "static" / "vendor"
LISTED = dict(
    re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE)
)
ELSEWHERE = re.compile(
    r"""(?:src|action)=["'](?:https?:)?//|<link[^>]+href=["'](?:https?:)?//|@import|url\(["']?(?:https?:)?//|import\s*\("""
)


def test_readme_lists_every_script_and_style_sheet() -> None:
    found = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.suffix in {".js", ".css"}}

    assert found == set(LISTED)


@pytest.mark.parametrize("name", sorted(LISTED))
def test_file_has_the_sum_that_is_written_down(name: str) -> None:
    content = (VENDOR / name).read_bytes()

    assert hashlib.sha256(content).hexdigest() == LISTED[name]
    assert b"sourceMappingURL" not in content


def test_every_script_has_its_licence_beside_it() -> None:
    without = [name for name in LISTED if not list((VENDOR / name).parent.glob("LICENSE*"))]

    assert without == []


@pytest.mark.parametrize("page", sorted((ROOT / "templates").rglob("*.html")), ids=lambda page: page.name)
def test_page_loads_nothing_from_elsewhere(page: Path) -> None:
    assert ELSEWHERE.findall(page.read_text()) == []
