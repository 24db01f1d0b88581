"""The stage that reads the text: what the engine did not deliver, and never more than that is charged."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from reelscribe.actors import analyse, deliver, transcribe, work
from reelscribe.platform import db
from reelscribe.platform.domain.features import Features
from reelscribe.platform.domain.insights import Chapter, Insights, Sentiment
from reelscribe.platform.domain.transcript import Segment
from reelscribe.platform.engines.protocol import Analysis, Usage, Warned
from reelscribe.platform.errors import EngineFailed, EngineQuota
from reelscribe.platform.services import jobs, runs, transcripts
from reelscribe.platform.services.job_views import JobView

from tests.platform.services.factories import identity, waiting_message

from .engine_room import Engine, sentence, stage, statuses, waiting

pytestmark = pytest.mark.usefixtures("database", "redis")

SUMMARY = msgspec.convert({"llm_gateway": {"enabled": True}}, Features)
CHAPTERS = msgspec.convert({"speech_understanding": {"auto_chapters": True}}, Features)
BOTH = msgspec.convert(
    {"speech_understanding": {"auto_chapters": True}, "llm_gateway": {"enabled": True, "improve_text": True}}, Features
)
BOTH_READ = msgspec.convert(
    {"speech_understanding": {"auto_chapters": True}, "llm_gateway": {"enabled": True}}, Features
)
FOUND = Insights(
    summary="It is by an engine.", chapters=(Chapter(start=0.0, end=3.0, headline="All"),), paragraphs=("s1",)
)


class Reader:
    """A language model that delivers what it ``offers``, unless it ``raises``."""

    name = "reader"

    def __init__(
        self,
        *offers: str,
        raises: Exception | None = None,
        delivers: Sequence[str] | None = None,
        warns: tuple[Warned, ...] = (),
    ) -> None:
        self.asked: list[tuple[Features, tuple[Segment, ...], str | None]] = []
        self._offers = frozenset(offers)
        self._raises = raises
        self._delivers = delivers
        self._warns = warns

    def features(self) -> frozenset[str]:
        return self._offers

    async def analyse(self, segments, language, wanted, _report) -> Analysis:
        self.asked.append((wanted, tuple(segments), language))
        if self._raises is not None:
            raise self._raises
        better = tuple(msgspec.structs.replace(each, text=each.text.title() + ".") for each in segments)
        return Analysis(
            analyst=self.name,
            model="m",
            insights=FOUND,
            features_done=tuple(sorted(wanted.parts()) if self._delivers is None else self._delivers),
            segments=better if "improve_text" in wanted.parts() else None,
            warnings=self._warns,
            usage=Usage(input_tokens=10),
        )


async def transcribed(user_id: UUID, reader: Reader, features: Features, *, engine: Engine | None = None) -> JobView:
    """A job of three seconds in English whose text is there."""
    made = await waiting(user_id, engine="stub", features=features, language="en")
    heard = engine or Engine("stub")
    await work.perform(
        *await waiting_message(made.id),
        lambda stage, report: transcribe.work(stage, report, lambda _: heard, analyst=lambda: reader),
    )
    return made


async def read(job_id: UUID, reader: Reader) -> None:
    await db.execute("UPDATE stages SET due_at = now() WHERE job_id = $1 AND status = 'queued'", job_id)
    message = await waiting_message(job_id)
    await work.perform(*message, lambda stage, report: analyse.work(stage, report, analyst=lambda: reader))


async def delivered(job_id: UUID, user_id: UUID) -> JobView:
    await work.perform(*await waiting_message(job_id), deliver.work)
    return await jobs.get(identity(user_id), job_id)


async def test_summary_is_in_the_transcript_and_charged(user):
    reader = Reader("summary")
    made = await transcribed(user.id, reader, SUMMARY)
    await read(made.id, reader)

    job = await delivered(made.id, user.id)

    found = (await transcripts.get(user.id, made.id)).insights
    assert isinstance(found, Insights)
    assert found.summary == FOUND.summary
    assert job.credits.charged == job.credits.quoted == Decimal("3.05")  # 3 s are 0.05
    assert job.warnings == []


async def test_better_text_takes_the_place_of_the_engines(user):
    reader = Reader("improve_text", "auto_chapters")
    made = await transcribed(user.id, reader, BOTH)
    await read(made.id, reader)

    await delivered(made.id, user.id)

    made_of = await transcripts.get(user.id, made.id)
    assert made_of.text == "By Stub."
    assert [word.text for word in made_of.segments[0].words] == ["By", "Stub."]


async def test_only_what_the_engine_left_is_asked_for(user):
    engine = Engine("stub", answer=lambda text: msgspec.structs.replace(text, features_done=("auto_chapters",)))
    reader = Reader("improve_text", "auto_chapters")
    made = await transcribed(user.id, reader, BOTH, engine=engine)

    await read(made.id, reader)

    wanted, segments, language = reader.asked[0]
    assert wanted.parts() == {"improve_text"}
    assert ([each.id for each in segments], language) == (["s1"], "en")


@pytest.mark.parametrize(
    ("engine_did", "offers"), [(("auto_chapters",), ("auto_chapters",)), ((), ())], ids=["all done", "nobody offers it"]
)
async def test_step_is_left_out_when_there_is_nothing_to_read(user, engine_did, offers):
    engine = Engine("stub", answer=lambda text: msgspec.structs.replace(text, features_done=engine_did))

    made = await transcribed(user.id, Reader(*offers), CHAPTERS, engine=engine)

    assert (await statuses(made.id))["analyse"] == "skipped"


async def test_extra_that_nobody_offers_is_warned_of_and_free(user):
    made = await transcribed(user.id, Reader(), BOTH)

    job = await delivered(made.id, user.id)

    assert [warned.code for warned in job.warnings] == ["feature_unavailable"] * 2
    assert job.credits.charged == Decimal("0.05")


async def test_failed_reading_costs_the_extra_not_the_text(user):
    reader = Reader("summary", raises=EngineQuota("The quota at the provider is used up"))
    made = await transcribed(user.id, reader, SUMMARY)
    await read(made.id, reader)

    job = await delivered(made.id, user.id)

    assert (job.status, job.credits.charged) == ("completed", Decimal("0.05"))
    assert [(warned.code, warned.stage) for warned in job.warnings] == [("engine_quota", "analyse")]
    assert "not charged" in job.warnings[0].message


async def test_reading_is_tried_again_when_a_retry_may_help(user):
    reader = Reader("summary", raises=EngineFailed("busy"))
    made = await transcribed(user.id, reader, SUMMARY)

    await read(made.id, reader)

    assert (await statuses(made.id))["analyse"] == "queued"
    assert await db.fetch("SELECT 1 FROM breakers") == []


async def test_part_that_was_not_delivered_is_free_and_said(user):
    reader = Reader("improve_text", "auto_chapters", delivers=["auto_chapters"])
    made = await transcribed(user.id, reader, BOTH)
    await read(made.id, reader)

    job = await delivered(made.id, user.id)

    assert job.credits.charged == Decimal("0.07")  # 3 s: 0.05 x 1.3 = 0.065
    assert [warned.code for warned in job.warnings] == ["feature_unavailable"]


async def test_english_extra_is_free_when_the_recording_is_in_another_language(user):
    engine = Engine(
        "stub",
        answer=lambda text: msgspec.structs.replace(text, language="de", features_done=("auto_chapters",)),
    )
    made = await transcribed(user.id, Reader(), CHAPTERS, engine=engine)

    job = await delivered(made.id, user.id)

    assert job.credits.charged == Decimal("0.05")


async def test_cancelled_reading_stays_cancelled(user):
    made = await transcribed(user.id, Reader("summary"), SUMMARY)
    old = await waiting_message(made.id)
    await runs.cancel(identity(user.id), made.id)
    reader = Reader("summary")

    await work.perform(*old, lambda stage, report: analyse.work(stage, report, analyst=lambda: reader))

    assert reader.asked == []
    assert (await jobs.get(identity(user.id), made.id)).status == "cancelled"


async def test_retry_reads_again_what_failed(user):
    broken = Reader("summary", raises=EngineQuota())
    made = await transcribed(user.id, broken, SUMMARY)
    await read(made.id, broken)
    await delivered(made.id, user.id)

    await runs.retry(identity(user.id), made.id)
    await read(made.id, Reader("summary"))
    job = await delivered(made.id, user.id)

    found = (await transcripts.get(user.id, made.id)).insights
    assert isinstance(found, Insights)
    assert (job.status, job.credits.charged) == ("completed", Decimal("0.05"))  # a later run costs nothing more


async def test_silence_has_one_warning_whatever_was_wanted(user):
    silent = Engine("stub", answer=lambda text: msgspec.structs.replace(text, segments=()))
    made = await transcribed(user.id, Reader("summary"), BOTH_READ, engine=silent)

    job = await delivered(made.id, user.id)

    assert [warned.code for warned in job.warnings] == ["no_speech"]
    assert job.credits.charged == Decimal("0.05")


async def test_part_that_the_reader_explains_is_not_told_twice(user):
    explained = Warned(code="part_failed", message="No summary: too long.", about=("summary",))
    reader = Reader("summary", "auto_chapters", delivers=(), warns=(explained,))
    made = await transcribed(user.id, reader, BOTH_READ)
    await read(made.id, reader)

    job = await delivered(made.id, user.id)

    assert [warned.code for warned in job.warnings] == ["part_failed", "feature_unavailable"]
    assert "auto_chapters" in job.warnings[1].message


async def test_job_of_an_older_version_finishes_without_the_step(user):
    made = await waiting(user.id, engine="stub", features=SUMMARY, language="en")
    await db.execute("DELETE FROM stages WHERE job_id = $1 AND name = 'analyse'", made.id)
    reader = Reader("summary")
    await work.perform(
        *await waiting_message(made.id),
        lambda stage, report: transcribe.work(stage, report, lambda _: Engine("stub"), analyst=lambda: reader),
    )

    job = await delivered(made.id, user.id)

    assert (job.status, job.credits.charged) == ("completed", Decimal("0.05"))
    assert [warned.code for warned in job.warnings] == ["feature_unavailable"]


async def test_speakers_of_feelings_are_those_of_the_transcript(user):
    labelled = (sentence("good", speaker="A"),)
    feeling = Sentiment(start=0.0, end=2.0, text="good", sentiment="positive", speaker="A")
    engine = Engine(
        "stub",
        answer=lambda text: msgspec.structs.replace(
            text, segments=labelled, insights=Insights(sentiments=(feeling,)), features_done=("sentiment_analysis",)
        ),
    )
    wanted = msgspec.convert({"speech_understanding": {"sentiment_analysis": True}}, Features)
    made = await transcribed(user.id, Reader(), wanted, engine=engine)

    await delivered(made.id, user.id)

    transcript = await transcripts.get(user.id, made.id)
    assert isinstance(transcript.insights, Insights)
    assert (transcript.segments[0].speaker, transcript.insights.sentiments[0].speaker) == ("S1", "S1")


async def test_what_a_provider_counts_is_kept(user):
    reader = Reader("summary")
    made = await transcribed(user.id, reader, SUMMARY)

    await read(made.id, reader)

    kept = msgspec.json.decode((await stage(made.id, "analyse"))["result"], type=Analysis)
    assert kept.usage.input_tokens == 10
