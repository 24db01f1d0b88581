"""Which model aligns a language."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from reelscribe.platform.engines import aligners
from reelscribe.platform.errors import EngineUnavailable

_TABLES = """
import json, torchaudio
from whisperx.alignment import DEFAULT_ALIGN_MODELS_HF, DEFAULT_ALIGN_MODELS_TORCH
bundles = DEFAULT_ALIGN_MODELS_TORCH.items()
files = {name: (bundle, getattr(torchaudio.pipelines, bundle)._path) for name, bundle in bundles}
print("tables:" + json.dumps([DEFAULT_ALIGN_MODELS_HF, files]))
"""


def test_own_folder_goes_first(tmp_path: Path) -> None:
    (tmp_path / "align" / "en").mkdir(parents=True)

    assert aligners.chosen("en", tmp_path) == aligners.Aligner(language="en", folder=tmp_path / "align" / "en")


def test_language_of_the_hub_is_cached_in_the_model_folder(tmp_path: Path) -> None:
    aligner = aligners.chosen("nl", tmp_path)

    assert (aligner.folder, aligner.repository) == (tmp_path / "align", "jonatasgrosman/wav2vec2-large-xlsr-53-dutch")


def test_language_without_an_aligner_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no alignment model for the language 'yo'") as refused:
        aligners.chosen("yo", tmp_path)

    assert "align/yo" in refused.value.hint
    assert str(tmp_path) not in refused.value.hint


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_aligner_that_must_be_downloaded_is_refused_offline(tmp_path: Path, language: str) -> None:
    aligner = aligners.chosen(language, tmp_path)

    refused = await aligners.refusal(aligner, environ={"HF_HUB_OFFLINE": "1"})

    assert refused is not None
    assert aligner.repository in refused.message
    assert f"align/{language}" in refused.hint


@pytest.mark.parametrize(
    ("language", "file"),
    [
        ("en", "wav2vec2_fairseq_base_ls960_asr_ls960.pth"),
        ("nl", "models--jonatasgrosman--wav2vec2-large-xlsr-53-dutch/snapshots/0/config.json"),
    ],
)
async def test_downloaded_aligner_is_not_refused_offline(tmp_path: Path, language: str, file: str) -> None:
    (tmp_path / "align" / file).parent.mkdir(parents=True)
    (tmp_path / "align" / file).touch()

    assert await aligners.refusal(aligners.chosen(language, tmp_path), environ={"HF_HUB_OFFLINE": "1"}) is None


@pytest.mark.whisperx
@pytest.mark.slow
def test_tables_are_those_of_whisperx() -> None:
    done = subprocess.run([sys.executable, "-c", _TABLES], check=True, timeout=250, capture_output=True, text=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("tables:"))
    hub, files = json.loads(line.removeprefix("tables:"))

    assert hub == aligners.HUB
    assert {name: list(entry) for name, entry in aligners.TORCHAUDIO.items()} == files
