"""What is printed."""

import json

from reelscribe.platform.domain import evaluation_table
from reelscribe.platform.domain.diarization_error import DiarizationError
from reelscribe.platform.domain.evaluation import Score
from reelscribe.platform.domain.word_errors import WordErrors

TALK = Score(
    engine="e",
    way="engine",
    recording="talk|1.wav",
    language="en",
    model="m",
    seconds=10.0,
    took=5.0,
    words=WordErrors(words=8, wrong=1, missing=1, extra=0),
    turns=DiarizationError(speech=10.0, missed=1.0, false_alarm=0.5, confusion=0.5),
    speakers=2,
    speakers_true=3,
)
RAIN = Score(
    engine="e",
    way="engine",
    recording="rain.wav",
    model="m",
    seconds=30.0,
    took=3.0,
    words=WordErrors(words=0, wrong=0, missing=0, extra=4),
)
BROKEN = Score(engine="e", way="engine", recording="broken.wav", failure="There is no sound.")
CHINESE = Score(
    engine="e",
    way="engine",
    recording="zh.wav",
    language="zh",
    seconds=1.0,
    took=1.0,
    words=WordErrors(words=4, wrong=1, missing=0, extra=0),
)


def test_markdown_has_a_row_for_each_recording_and_one_for_all() -> None:
    (table,) = evaluation_table.tables([TALK, RAIN, BROKEN])

    assert evaluation_table.markdown(table).splitlines() == [
        "e, model m, called directly",
        "",
        "| recording | WER | wrong / missing / extra of words | DER of turns | missed / false / confused, s"
        " | speakers found / true | work / sound |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| talk\\|1.wav | 0.250 | 1 / 1 / 0 of 8 | 0.200 | 1.0 / 0.5 / 0.5 | 2 / 3 | 0.50 |",
        "| rain.wav | – | 4 where nothing is said | – | – | – | 0.10 |",  # noqa: RUF001 - as it is printed
        "| broken.wav | failed: There is no sound. | – | – | – | – | – |",  # noqa: RUF001 - as it is printed
        "| all 3, 1 failed | 0.250 | 1 / 1 / 0 of 8; 4 where nothing is said | 0.200 | 1.0 / 0.5 / 0.5 | – | 0.20 |",  # noqa: RUF001 - as it is printed
    ]


def test_tables_say_where_characters_were_counted_and_leave_empty_columns_out() -> None:
    (table,) = evaluation_table.tables([CHINESE])

    assert table.head == ("recording", "WER", "wrong / missing / extra of words", "work / sound")
    assert table.rows[0][1] == "0.250 by character"


def test_json_has_rates_of_each_recording_and_of_all() -> None:
    told = json.loads(evaluation_table.json([TALK, RAIN, BROKEN], collar=0.25))

    assert told["collar_seconds"] == 0.25
    assert [(one["wer"], one["der_turns"]) for one in told["recordings"]] == [(0.25, 0.2), (None, None), (None, None)]
    assert told["recordings"][1]["words"]["extra"] == 4
    assert told["recordings"][2]["failure"] == "There is no sound."
    assert (told["together"][0]["wer"], told["together"][0]["invented"]) == (0.25, 4)
    assert told["platform"] == []
