"""Real audio, real children: what the tests of the engines stand on."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
import pytest
from reelscribe.platform.domain.transcript import Segment
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.settings import Settings

MODEL = "micro-whisper-en"
# What ``local`` takes with a model of Whisper: it depends on what is installed.
BEST = "whisperx" if importlib.util.find_spec("whisperx") else "faster-whisper"
CONVERSATION = "B_multispeaker/pyannote_sample_30s_2spk.wav"

Wav = Callable[..., Request]
MakeRegistry = Callable[..., Registry]


@dataclass
class Notes:
    """A reporter that remembers; ``on_report`` is called with every fraction or list of segments."""

    fractions: list[float] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    on_report: Callable[[], None] = lambda: None

    async def progress(self, fraction: float) -> None:
        self.fractions.append(fraction)
        self.on_report()

    async def partial(self, segments: Sequence[Segment]) -> None:
        self.segments.extend(segments)
        self.on_report()


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture(scope="session")
def wav(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Wav:
    """``wav("A_speech/…", times=1, language=None, …)``: a request for it as the ingest stage would make it."""
    folder = tmp_path_factory.mktemp("wav")

    def make(name: str, *, times: int = 1, **options: object) -> Request:
        path = folder / f"{Path(name).stem}_{times}.wav"
        if not path.exists():
            _convert(shared / "media" / name, path, times=times)
        duration = (path.stat().st_size - 78) / 32_000
        return Request(audio=path, duration=duration, **options)

    return make


@pytest.fixture(scope="session")
def models(shared: Path) -> Path:
    return shared / "models"


@pytest.fixture
async def make_registry(tmp_path: Path) -> AsyncIterator[MakeRegistry]:
    """Make registries whose children end with the test; without a model and a way to the hub, unless told.

    WhisperX gets the model of faster-whisper.
    """
    made: list[Registry] = []

    def make(*, memory_bytes: int | None = None, environ: dict[str, str] | None = None, **settings: object) -> Registry:
        same = {"whisperx_model": settings["whisper_model"]} if "whisper_model" in settings else {}
        values = {"home": tmp_path / "home", **same, **settings}
        surroundings = {**os.environ, "HF_HUB_OFFLINE": "1", **(environ or {})}
        made.append(Registry(Settings(**values), environ=surroundings, memory_bytes=memory_bytes))
        return made[-1]

    yield make
    for registry in made:
        await registry.close_all()


@pytest.fixture
def registry(make_registry: MakeRegistry, models: Path) -> Registry:
    """One with the small model."""
    return make_registry(model_dir=models, whisper_model=MODEL)


@pytest.fixture
def own_model(models: Path, tmp_path: Path) -> Path:
    """A copy of the small model that a test may damage."""
    folder = tmp_path / "models" / MODEL
    shutil.copytree(models / MODEL, folder)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    return folder


def _convert(source: Path, target: Path, *, times: int) -> None:
    loops = ["-stream_loop", str(times - 1)] if times > 1 else []
    options = ["-vn", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", "-y", str(target)]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *loops, "-i", str(source), *options], check=True, timeout=60
    )
