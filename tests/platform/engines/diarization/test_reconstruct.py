"""Windows back to one time line, and that to turns."""

import numpy as np
import pytest
from reelscribe.platform.engines.diarization import reconstruct
from reelscribe.platform.engines.diarization.segmentation import FRAME, FRAMES, STEP

SECOND = round(16_000 / FRAME)  # frames


def test_timeline_follows_the_majority_of_windows() -> None:
    active = np.zeros((3, FRAMES, 1), bool)
    active[:2] = True  # the third window, over the same time, hears nobody

    line = reconstruct.timeline([0, 0, 0], active, np.zeros((3, 1), int), 1)

    assert line.all()


def test_timeline_lets_two_speak_at_once() -> None:
    line = reconstruct.timeline([0], np.ones((1, FRAMES, 2), bool), np.array([[1, 0]]), 2)

    assert line.all()


def test_timeline_ends_where_the_last_window_ends() -> None:
    line = reconstruct.timeline([0, STEP], np.ones((2, FRAMES, 1), bool), np.zeros((2, 1), int), 1)

    assert len(line) == STEP // FRAME + FRAMES


def test_timeline_is_silent_where_the_speaker_is_unknown() -> None:
    assert not reconstruct.timeline([0], np.ones((1, FRAMES, 1), bool), np.array([[-1]]), 1).any()


def test_turns_name_people_by_their_first_turn() -> None:
    line = np.zeros((4 * SECOND, 2), bool)
    line[:SECOND, 1] = line[2 * SECOND :, 0] = True

    turns = reconstruct.turns(line, 4.0)

    assert [(turn.speaker, round(turn.start)) for turn in turns] == [("SPEAKER_00", 0), ("SPEAKER_01", 2)]
    assert turns[-1].end == 4.0


@pytest.mark.parametrize(("pause_frames", "count"), [(20, 1), (60, 2)])  # 0.34 s and 1.01 s
def test_turns_close_short_pauses_of_one_speaker(pause_frames: int, count: int) -> None:
    line = np.ones((300, 1), bool)
    line[100 : 100 + pause_frames] = False

    assert len(reconstruct.turns(line, 5.0)) == count


def test_turns_leave_out_a_click() -> None:
    line = np.zeros((300, 1), bool)
    line[100:108] = True  # 0.14 s

    assert reconstruct.turns(line, 5.0) == []
