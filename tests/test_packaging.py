"""The package is found where it should be, and everything it stands on is pinned, hashed and without addresses."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import reelscribe

ROOT = Path(__file__).parents[1]
PINNED = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9._-]*)==\S+(?: ; .+?)? \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def _pins(path: Path) -> set[str]:
    return {match["name"] for match in PIN.finditer(path.read_text())}


def _normal(requirement: str) -> str:
    name = NAME.match(requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def _project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_platform_of_the_standard_library_stays_itself() -> None:
    assert platform.system() != ""
    assert Path(platform.__file__).parent != ROOT / "src"


def test_package_is_found_through_the_link() -> None:
    assert Path(reelscribe.__file__).resolve() == ROOT / "src" / "__init__.py"


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_every_requirement_is_pinned_with_hashes(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if re.match(r"[a-z0-9]", line)]

    assert lines
    assert len(lines) == len(PIN.findall(path.read_text()))


@pytest.mark.parametrize("path", [*PINNED, ROOT / "run", ROOT / "pyproject.toml"], ids=lambda path: path.name)
def test_no_address_of_an_index_is_written_down(path: Path) -> None:
    text = path.read_text()

    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", text) == []


@pytest.mark.parametrize(("group", "name"), [("dependencies", "base.txt"), ("dev", "dev.txt")])
def test_pins_hold_what_the_project_asks_for(group: str, name: str) -> None:
    project = _project()
    asked = project["project"]["dependencies"] if group == "dependencies" else project["dependency-groups"][group]

    missing = {_normal(each) for each in asked} - _pins(ROOT / "requirements" / name)

    assert missing == set()


def test_google_generativeai_is_required_nowhere() -> None:
    assert [path.name for path in PINNED if "google-generativeai" in _pins(path)] == []


def test_run_hands_every_recipe_that_is_not_a_command_to_just() -> None:
    text = (ROOT / "run").read_text()
    recipes = set(re.findall(r"^([a-z][a-z-]*)(?: \*args)?:", (ROOT / "Justfile").read_text(), re.MULTILINE))
    handed = re.search(r"^    (test \|.*)\)$", text, re.MULTILINE)
    assert handed is not None

    patterns = [part.strip() for part in handed[1].split("|")]

    # These are the program's own commands, or what `run` does itself.
    others = {"default", "setup", "whisperx", "up", "demo", "migrate"}
    assert {name for name in recipes - others if not any(Path(name).match(pattern) for pattern in patterns)} == set()


def test_run_says_what_it_can_do_when_called_without_a_command() -> None:
    shell = shutil.which("sh")
    assert shell is not None

    result = subprocess.run([shell, str(ROOT / "run")], capture_output=True, text=True, check=False, timeout=30)

    assert result.returncode == 2
    assert "./run demo" in result.stdout


def test_run_names_the_remedy_when_there_is_no_python(tmp_path: Path) -> None:
    for program in ("dirname", "sh"):
        found = shutil.which(program)
        assert found is not None
        (tmp_path / program).symlink_to(found)
    shutil.copy(ROOT / "run", tmp_path / "run")

    result = subprocess.run(
        [str(tmp_path / "sh"), str(tmp_path / "run"), "demo"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert result.returncode == 1
    assert "apt-get install python3" in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("s*/**/*.md")]

    broken = [
        f"{document.name}: {target}"
        for document in documents
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []
