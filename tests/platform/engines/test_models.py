from __future__ import annotations

from pathlib import Path

import pytest
from faster_whisper import available_models
from faster_whisper.tokenizer import _LANGUAGE_CODES
from faster_whisper.utils import _MODELS
from reelscribe.platform.engines import languages, models
from reelscribe.platform.errors import EngineUnavailable
from reelscribe.platform.settings import Settings


def settings(root: Path, whisper_model: str = "small") -> Settings:
    return Settings(model_dir=root, whisper_model=whisper_model)


def test_names_are_those_of_faster_whisper() -> None:
    assert set(available_models()) == set(models.REPOSITORIES)
    assert _MODELS == models.REPOSITORIES


def test_languages_are_those_of_whisper() -> None:
    assert frozenset(_LANGUAGE_CODES) == languages.WHISPER
    assert languages.UNSPACED < languages.WHISPER


def test_default_is_the_model_of_the_settings(tmp_path: Path) -> None:
    model = models.chosen(None, settings(tmp_path))

    assert model == models.Model(name="small", folder=tmp_path / "small", repository="Systran/faster-whisper-small")
    assert not model.present


def test_settings_may_name_a_folder(tmp_path: Path) -> None:
    model = models.chosen(None, settings(tmp_path, str(tmp_path / "mine")))

    assert (model.name, model.folder, model.repository) == ("mine", tmp_path / "mine", "")


def test_settings_may_name_a_repository(tmp_path: Path) -> None:
    model = models.chosen(None, settings(tmp_path, "someone/their-model"))

    assert (model.folder, model.repository) == (tmp_path / "someone--their-model", "someone/their-model")


def test_request_may_name_any_model_that_is_here(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "model.bin").touch()

    assert models.chosen("ours", settings(tmp_path)).present


@pytest.mark.parametrize(
    "name", ["../ours", "/etc", "~/models", "ours/..", "someone/their-model", "", ".", "unknown", "small\n"]
)
def test_request_may_not_reach_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(EngineUnavailable) as refusal:
        models.chosen(name, settings(tmp_path))

    assert "large-v3" in refusal.value.hint


def test_fingerprint_changes_with_the_files(tmp_path: Path) -> None:
    model = models.chosen(None, settings(tmp_path))
    before = model.fingerprint

    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "config.json").touch()

    assert model.fingerprint != before
