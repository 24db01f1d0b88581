from __future__ import annotations

import subprocess
import sys

import pytest
from reelscribe.platform.engines import registry as engines
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.errors import UnsupportedOption
from reelscribe.platform.settings import Settings

HEAVY = (
    "faster_whisper",
    "ctranslate2",
    "onnxruntime",
    "pocketsphinx",
    "torch",
    "whisperx",
    "numpy",
    "huggingface_hub",
)


def test_import_loads_no_speech_library_in_fresh_interpreter() -> None:
    program = (
        "import sys; from reelscribe.platform.engines import registry; "
        "[registry.get(name).capabilities() for name in registry.names()]; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["local", "faster-whisper", "pocketsphinx", "stub"])
def test_get_finds_every_engine_by_its_name(name: str) -> None:
    assert name in engines.names()
    assert engines.get(name).name == name


def test_get_names_the_engines_for_unknown_name() -> None:
    with pytest.raises(UnsupportedOption) as refusal:
        engines.get("nonsense")

    assert all(name in refusal.value.hint for name in engines.names())


def test_default_is_the_setting() -> None:
    assert engines.default() == "local"
    assert Registry(Settings(transcription_backend="stub")).default() == "stub"


def test_default_is_refused_when_setting_names_no_engine() -> None:
    with pytest.raises(UnsupportedOption, match="whisperex"):
        Registry(Settings(transcription_backend="whisperex")).default()


async def test_close_all_is_harmless_without_children() -> None:
    await engines.close_all()

    assert engines.stats().misses == 0
