"""What happens when a model does not fit into memory: with real children, and with an engine that only says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from reelscribe.platform.domain.transcript import Segment
from reelscribe.platform.engines.protocol import Reporter, Request, Transcription
from reelscribe.platform.engines.roomy import Roomy
from reelscribe.platform.engines.stats import PoolStats
from reelscribe.platform.engines.stub import Stub
from reelscribe.platform.errors import EngineFailed, EngineUnavailable

from tests.platform.engines.conftest import MODEL, MakeRegistry, Notes, Wav
from tests.platform.engines.padding import copied

SELFISH = "A_speech/en_ps_librivox_0890.wav"
MB = 1024**2
LARGE, MEDIUM, SMALL, BASE, TINY = "large-v3", "medium", "small", "base", "tiny"


class Fake(Stub):
    """Says one segment of ten seconds, then fails where the model is one of ``too_large``, else a second one."""

    name = "fake"

    def __init__(self, *, too_large: Sequence[str] = (), missing: Sequence[str] = ()) -> None:
        self.too_large = list(too_large)
        self.missing = missing
        self.asked: list[str | None] = []

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        self.asked.append(request.model)
        if request.model in self.missing:
            raise EngineUnavailable("There is no way to the hub.", cause="hub")
        await report.progress(0.5)
        await report.partial([_segment("s1", 0.0, 10.0, request.model)])
        if request.model in self.too_large:
            raise EngineFailed("It ran out of memory.", cause="out_of_memory")
        await report.partial([_segment("s2", 9.0, 10.5, request.model), _segment("s3", 10.5, 12.0, request.model)])
        model = request.model or ""
        heard = tuple(_segment(f"s{n}", 0.0, 1.0, model) for n in (1, 2, 3))
        return Transcription(engine=self.name, model=model, language="en", segments=heard)

    async def detect(self, request: Request) -> str | None:
        self.asked.append(request.model)
        if request.model in self.too_large:
            raise EngineFailed("It ran out of memory.", cause="out_of_memory")
        return "de"


def _segment(name: str, start: float, end: float, text: str | None) -> Segment:
    return Segment(id=name, start=start, end=end, text=text or "")


def request(model: str | None = None, *, begun_with: str | None = None) -> Request:
    return Request(audio=Path("none.wav"), duration=12.0, model=model, begun_with=begun_with)


def roomy(engine: Fake, now: Sequence[float] = (0.0,)) -> Roomy:
    return Roomy(engine, default=SMALL, stats=PoolStats(), clock=lambda: now[0])


async def test_best_smaller_model_that_can_be_had_and_fits_is_taken(notes: Notes) -> None:
    fake = Fake(too_large=[LARGE, SMALL], missing=["large-v3-turbo", MEDIUM])

    result = await roomy(fake).transcribe(request(LARGE), notes)

    assert fake.asked == [LARGE, "large-v3-turbo", MEDIUM, SMALL, BASE]
    assert result.model == BASE
    (warning,) = result.warnings
    assert warning.code == "smaller_model"
    assert all(words in warning.message for words in ("'base'", "'large-v3'", "more memory"))


async def test_text_is_passed_on_once_and_the_result_is_by_one_model(notes: Notes) -> None:
    result = await roomy(Fake(too_large=[SMALL])).transcribe(request(SMALL), notes)

    # The first ten seconds were told by the first model; what the second says of them is only in its result.
    assert [(each.start, each.text) for each in notes.segments] == [(0.0, SMALL), (10.5, BASE)]
    assert {each.text for each in result.segments} == {BASE}
    assert notes.fractions == [0.5]


async def test_without_a_failure_everything_is_passed_on(notes: Notes) -> None:
    result = await roomy(Fake()).transcribe(request(SMALL), notes)

    assert [each.id for each in notes.segments] == ["s1", "s2", "s3"]
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("engine", "model"),
    [
        pytest.param(Fake(too_large=[SMALL, BASE, TINY]), SMALL, id="none fits"),
        pytest.param(Fake(too_large=[SMALL], missing=[BASE, TINY]), SMALL, id="none can be had"),
        pytest.param(Fake(too_large=["my-own"]), "my-own", id="none is known"),
    ],
)
async def test_without_a_smaller_model_it_is_the_failure_that_it_was(notes: Notes, engine: Fake, model: str) -> None:
    with pytest.raises(EngineFailed) as failure:
        await roomy(engine).transcribe(request(model), notes)

    assert failure.value.facts["cause"] == "out_of_memory"


async def test_wanted_model_that_is_missing_is_not_replaced(notes: Notes) -> None:
    with pytest.raises(EngineUnavailable, match="hub"):
        await roomy(Fake(missing=[LARGE])).transcribe(request(LARGE), notes)


async def test_model_that_does_not_fit_is_tried_again_only_after_a_while(notes: Notes) -> None:
    fake, now = Fake(too_large=[SMALL]), [0.0]
    engine = roomy(fake, now)
    for at in (0.0, 1700.0, 3400.0):  # each use counts anew: 3400 is less than 1800 after 1700
        now[0] = at
        await engine.transcribe(request(SMALL), notes)
    assert fake.asked == [SMALL, BASE, BASE, BASE]

    now[0] = 3400.0 + 1800.0
    await engine.transcribe(request(SMALL), notes)

    assert fake.asked[4:] == [SMALL, BASE]


async def test_wanted_model_is_tried_again_where_the_smaller_one_is_gone(notes: Notes) -> None:
    fake = Fake(too_large=[SMALL])
    engine = roomy(fake)
    await engine.transcribe(request(SMALL), notes)
    fake.too_large, fake.missing = [], [BASE, TINY]

    result = await engine.transcribe(request(SMALL), Notes())

    assert (result.model, result.warnings) == (SMALL, ())


async def test_pieces_end_up_with_one_model_after_one_new_beginning(notes: Notes) -> None:
    fake = Fake()
    engine, made_by = roomy(fake), []
    made_by.append((await engine.transcribe(request(LARGE), notes)).model)
    fake.too_large = [LARGE]  # memory got scarce between two pieces
    made_by.append((await engine.transcribe(request(LARGE, begun_with=LARGE), notes)).model)
    assert made_by == [LARGE, "large-v3-turbo"]  # the step begins anew

    first = (await engine.transcribe(request(LARGE), notes)).model
    others = [(await engine.transcribe(request(LARGE, begun_with=first), notes)).model for _ in range(3)]

    assert {first, *others} == {"large-v3-turbo"}


async def test_worker_with_more_memory_goes_on_with_the_model_of_the_beginning(notes: Notes) -> None:
    result = await roomy(Fake()).transcribe(request(SMALL, begun_with=BASE), notes)

    assert (result.model, [each.code for each in result.warnings]) == (BASE, ["smaller_model"])


@pytest.mark.parametrize("begun_with", [SMALL, LARGE, "my-own", None])
async def test_beginning_by_no_smaller_model_changes_nothing(notes: Notes, begun_with: str | None) -> None:
    assert (await roomy(Fake()).transcribe(request(SMALL, begun_with=begun_with), notes)).model == SMALL


async def test_language_is_found_out_with_a_smaller_model_too() -> None:
    fake = Fake(too_large=[SMALL])

    assert await roomy(fake).detect(request(SMALL)) == "de"
    assert fake.asked == [SMALL, BASE]


@pytest.mark.model
@pytest.mark.chaos
async def test_real_child_under_a_real_limit_goes_on_with_the_smaller_model(
    make_registry: MakeRegistry, models: Path, tmp_path: Path, wav: Wav, notes: Notes
) -> None:
    copied(models / MODEL, tmp_path / BASE)
    copied(models / MODEL, tmp_path / SMALL, ballast_bytes=600 * MB)
    limit = await _address_space(make_registry(model_dir=tmp_path, whisper_model=BASE), wav) + 300 * MB
    registry = make_registry(model_dir=tmp_path, whisper_model=SMALL, memory_bytes=limit)

    results = [
        await registry.get("faster-whisper").transcribe(wav(SELFISH, language="en"), each) for each in (notes, Notes())
    ]

    assert [(each.model, each.warnings[-1].code) for each in results] == [(BASE, "smaller_model")] * 2
    assert "unless to be rather cold-hearted" in " ".join(each.text for each in results[0].segments).lower()
    assert tuple(notes.segments) == results[0].segments
    stats = registry.pool.stats  # the second request does not try what will not fit
    assert (stats.oom_fallbacks, stats.failures, stats.hits, len(registry.pool.pids)) == (2, 1, 1, 1)


async def _address_space(registry, wav: Wav) -> int:
    """Return what a child with the small model maps on this machine: it depends on the number of its cores."""
    await registry.get("faster-whisper").transcribe(wav(SELFISH, language="en"), Notes())
    return int(psutil.Process(registry.pool.pids[0]).memory_info().vms)
