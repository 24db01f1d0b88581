"""What runs all the time starts without the speech libraries: only the children of the engines import those."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "torchaudio", "whisperx", "pyannote", "transformers", "faster_whisper", "ctranslate2", "onnxruntime")

# What the process does before it serves: the app is made, the actors are registered, the engines are looked over.
PROGRAM = """
import sys
{program}
print(*sorted({{name.split(".")[0] for name in sys.modules}} & set({heavy!r})))
"""


@pytest.mark.parametrize(
    "program",
    [
        "from reelscribe.web.app import create_app; create_app()",
        "import reelscribe.actors.registry, reelscribe.actors.worker",
        "import reelscribe.cli.main, reelscribe.cli.worker, reelscribe.cli.web, reelscribe.cli.scheduler",
        "import reelscribe.platform.services.scheduler",
        "from reelscribe.platform.engines import registry\n"
        "for name in registry.names(): registry.get(name).capabilities(), registry.get(name).refusal()",
    ],
    ids=["web", "worker", "commands", "scheduler", "engines"],
)
def test_heavy_libraries_are_not_imported(program: str) -> None:
    text = PROGRAM.format(program=program, heavy=HEAVY)

    result = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=120)

    assert (result.returncode, result.stdout.strip()) == (0, ""), result.stderr
