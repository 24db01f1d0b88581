"""``reelscribe evaluate``: usage, output, and real engines on recordings whose words are known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..recordings import wav

KNOWN = (
    "A_speech/en_jfk_11s.flac",
    "A_speech/en_ps_librivox_0870.wav",
    "A_speech/en_ps_librivox_0890.wav",
    "B_multispeaker/pyannote_sample_30s_2spk.wav",
)
WORDLESS = (
    "A_speech/music_only_vibe_ace_61s.ogg",
    "A_speech/silence_digital_30s.wav",
    "A_speech/silence_roomtone_30s.ogg",
)

Evaluate = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Run the command in a home of its own, without a way to the model hub."""
    environ = {**os.environ, "REELSCRIBE_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}

    def run(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "reelscribe", "evaluate", *map(str, arguments)]
        return subprocess.run(argv, env=environ | more, capture_output=True, text=True, check=False, timeout=280)

    return run


@pytest.fixture
def measured(evaluate: Evaluate, shared: Path) -> Callable[..., dict[str, object]]:
    """Run an engine on recordings of the shared material, with the small model; returns the JSON."""

    def run(engine: str, names: tuple[str, ...], *options: str) -> dict[str, object]:
        only = [part for name in names for part in ("--only", name)]
        models = {"REELSCRIBE_MODEL_DIR": str(shared / "models"), "REELSCRIBE_WHISPER_MODEL": "micro-whisper-en"}
        done = evaluate(shared / "media" / "manifest.json", "--engine", engine, "--json", *only, *options, **models)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def listed(folder: Path, *entries: dict[str, object]) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps(entries))
    return path


def tone(folder: Path, name: str = "tone.wav") -> dict[str, object]:
    (folder / name).write_bytes(wav(1.0))
    return {"file": name, "language": "en", "reference": {"text": ""}}


def test_evaluate_prints_a_table_of_one_row_each_and_one_for_all(evaluate: Evaluate, tmp_path: Path) -> None:
    done = evaluate(listed(tmp_path, tone(tmp_path)), "--engine", "pocketsphinx")

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "pocketsphinx, model en-us, called directly"
    assert lines[2].startswith("| recording |")
    assert lines[4].startswith("| tone.wav | 0 where nothing is said | ")
    assert lines[5].startswith("| all 1 | 0 where nothing is said | ")


def test_evaluate_shows_what_failed_and_goes_on(evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no recording")
    broken = [{"file": name, "reference": {"text": "a"}} for name in ("none.wav", "text.wav")]
    lost = tone(tmp_path, "lost.wav") | {"reference": {"text": "", "rttm": "none.rttm"}}
    manifest = listed(tmp_path, *broken, lost, tone(tmp_path))

    done = evaluate(manifest, "--engine", "pocketsphinx", "--json", "--score", "words")

    told = json.loads(done.stdout)
    failures = {one["recording"]: one["failure"] for one in told["recordings"]}
    assert done.returncode == 1
    assert "none.wav is not there" in failures["none.wav"]
    assert failures["text.wav"] != ""
    assert "none.rttm cannot be read" in failures["lost.wav"]
    assert failures["tone.wav"] == ""
    assert told["together"][0]["failed"] == 3


def test_evaluate_shows_that_an_engine_does_not_know_the_language(evaluate: Evaluate, tmp_path: Path) -> None:
    german = tone(tmp_path) | {"language": "de"}

    done = evaluate(listed(tmp_path, german), "--engine", "pocketsphinx")

    assert done.returncode == 1
    assert "failed: The engine pocketsphinx understands English only" in done.stdout


def test_evaluate_writes_to_a_file(evaluate: Evaluate, tmp_path: Path) -> None:
    done = evaluate(
        listed(tmp_path, tone(tmp_path)), "--engine", "pocketsphinx", "--json", "--out", tmp_path / "result.json"
    )

    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((tmp_path / "result.json").read_text())["collar_seconds"] == 0.25


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (None, [], "manifest.json cannot be read: no such file or directory."),
        ("{", [], "manifest.json is not JSON"),
        ('[{"file": "../a", "reference": {"text": ""}}]', [], "../a lies outside"),
        ("[]", [], "No recording with a reference is left to measure. Loosen --only and --language."),
        ('[{"file": "a", "reference": {"text": ""}}]', ["--engine", "oracle"], "There is no engine named 'oracle'."),
        ('[{"file": "a", "reference": {"text": ""}}]', ["--limit", "0"], "Invalid value for '--limit'"),
    ],
    ids=["missing", "no-json", "outside", "empty", "engine", "limit"],
)
def test_evaluate_refuses_wrong_usage_with_exit_code_2(
    evaluate: Evaluate, tmp_path: Path, content: str | None, options: list[str], says: str
) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)

    done = evaluate(tmp_path / "manifest.json", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("library", ["jiwer", "whisper_normalizer", "pyannote.metrics", "pyannote"])
def test_evaluate_says_how_to_install_a_missing_library(library: str) -> None:
    # None in sys.modules is how Python itself marks what cannot be imported.
    code = f"import sys; sys.modules[{library!r}] = None; from reelscribe.cli import main; main(['evaluate'])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: Not installed: ")
    assert done.stderr.endswith("— Install them with: pip install 'reelscribe[evaluate]'\n")


def test_libraries_are_imported_only_when_something_is_scored() -> None:
    code = (
        "import sys; from reelscribe.platform.domain import evaluation, evaluation_table;"
        " from reelscribe.cli import evaluate, evaluate_platform; from reelscribe.platform.services.evaluation import"
        " libraries, measure; libraries.expect(); print(*sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    heavy = {"jiwer", "whisper_normalizer", "pyannote.core", "pyannote.metrics", "pandas", "scipy"}
    assert heavy & set(done.stdout.split()) == set()


@pytest.mark.slow
def test_evaluate_measures_the_sample_when_nothing_is_named(evaluate: Evaluate) -> None:
    done = evaluate("--engine", "pocketsphinx", "--score", "speakers", "--json")

    (score,) = json.loads(done.stdout)["recordings"]
    assert (score["recording"], score["words"]) == ("lecture.mp4", None)
    assert (score["speakers"], score["speakers_true"]) == (2, 2)
    assert score["der_turns"] <= 0.1


@pytest.mark.model
@pytest.mark.slow
def test_small_model_knows_its_four_clips(measured: Callable[..., dict[str, object]]) -> None:
    told = measured("faster-whisper", KNOWN)

    together = told["together"][0]
    assert (together["recordings"], together["failed"]) == (4, 0)
    assert together["wer"] <= 0.02
    assert together["der_turns"] <= 0.05
    assert together["der_transcript"] <= 0.08


@pytest.mark.slow
def test_pocketsphinx_is_rough_but_understands(measured: Callable[..., dict[str, object]]) -> None:
    told = measured("pocketsphinx", ("A_speech/en_ps_librivox_0870.wav",))

    assert told["recordings"][0]["words"]["words"] == 22
    assert 0.0 < told["recordings"][0]["wer"] <= 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine", [pytest.param("faster-whisper", marks=pytest.mark.model), "pocketsphinx"], ids=lambda engine: engine
)
@pytest.mark.parametrize("name", WORDLESS, ids=lambda name: Path(name).stem)
def test_no_words_are_heard_where_nothing_is_said(
    measured: Callable[..., dict[str, object]], engine: str, name: str
) -> None:
    told = measured(engine, (name,))

    assert told["recordings"][0]["words"]["words"] == 0
    assert told["recordings"][0]["words"]["extra"] == 0


@pytest.mark.model
@pytest.mark.slow
def test_platform_is_as_good_as_the_engine_it_runs(measured: Callable[..., dict[str, object]]) -> None:
    told = measured("faster-whisper", KNOWN, "--platform")

    (difference,) = told["platform"]
    assert difference["recordings"] == 4
    assert abs(difference["wer_points"]) <= 0.5
    assert abs(difference["der_points"]) <= 1.0
