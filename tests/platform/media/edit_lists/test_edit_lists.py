"""Cut lists, read back by what editors read them with."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.errors import BadInput, UnsupportedOption
from reelscribe.platform.media import edit_lists
from reelscribe.platform.media.edit_lists import EditClip, Recording
from reelscribe.platform.media.edit_lists.frames import RATES, Rate, cuts, frames_in, rate_of

RECORDING = Recording(name="lecture.mp4", duration=600.0, fps=25.0, width=1920, height=1080)
NTSC = Recording(name="lecture.mp4", duration=600.0, fps=29.97, width=1280, height=720)
# 10.5 + 31.92 s and 31.7 s: 262 + 798 and 792 frames of 25 (each edge is rounded: 250-512, 752-1550, 2500-3292).
CLIPS = (
    EditClip(title="Why it hurts", spans=(Span(10, 20.5), Span(30.08, 62)), reason="The main point."),
    EditClip(title="What helps", spans=(Span(100, 131.7),)),
)
CUTS = [(250, 262), (752, 798), (2500, 792)]
ODD_NAMES = [
    'a & b <c> "d".mp4',
    "講義 第1回.mov",
    "../../etc/passwd",
    "-v.mp4",
    "100% #1?.mkv",
    "x" * 255,
    "line\nend.mp4",
]

otio = pytest.importorskip("opentimelineio", reason="has no release for this Python")


def text_of(format_name, clips=CLIPS, recording=RECORDING) -> str:
    return edit_lists.timeline(clips, recording, format_name).content.decode()


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own


def frames(found) -> list[tuple[float, float]]:
    return [(each.source_range.start_time.value, each.source_range.duration.value) for each in found]


def test_otio_loads_with_exact_ranges():
    timeline = otio.adapters.read_from_string(text_of("otio"), "otio_json")

    video, audio = timeline.tracks
    assert frames(video) == frames(audio) == CUTS
    assert timeline.duration() == otio.opentime.RationalTime(262 + 798 + 792, 25)
    assert {each.media_reference.target_url for each in video} == {"./lecture.mp4"}
    assert [marker.name for each in video for marker in each.markers] == ["1. Why it hurts", "2. What helps"]


def test_otio_keeps_the_exact_rate_when_it_is_ntsc():
    timeline = otio.adapters.read_from_string(text_of("otio", recording=NTSC), "otio_json")

    assert timeline.tracks[0][0].source_range.start_time.rate == 30000 / 1001
    assert frames(timeline.tracks[0]) == [(300, 314), (901, 957), (2997, 950)]


def test_fcpxml_loads_as_one_project_per_clip():
    library = otio.adapters.read_from_string(text_of("fcpxml"), "fcpx_xml")

    assert [each.name for each in library] == ["1. Why it hurts", "2. What helps"]
    assert [frames(each.tracks[0]) for each in library] == [CUTS[:2], CUTS[2:]]
    assert [each.duration().value for each in library] == [1060, 792]


def test_fcpxml_times_are_whole_frames_and_continuous_when_it_is_ntsc():
    root = parsed(text_of("fcpxml", recording=NTSC))
    frame = Fraction(1001, 30000)

    clips = root.findall(".//project[1]//asset-clip")
    times = [
        [Fraction(each.get(name).removesuffix("s")) / frame for name in ("offset", "start", "duration")]
        for each in clips
    ]
    assert times == [[0, 300, 314], [314, 901, 957]]
    assert root.find(".//format").get("frameDuration") == "1001/30000s"
    assert {each.get("tcFormat") for each in root.iter("sequence")} == {"DF"}


@pytest.mark.parametrize(("recording", "rate"), [(RECORDING, 25.0), (NTSC, 30000 / 1001)], ids=["pal", "ntsc"])
def test_edl_loads_with_exact_ranges_and_continuous_record_times(recording, rate):
    timeline = otio.adapters.read_from_string(text_of("edl", recording=recording), "cmx_3600", rate=rate)

    video = timeline.tracks[0]
    expected = CUTS if rate == 25.0 else [(300, 314), (901, 957), (2997, 950)]
    assert frames(video) == expected
    assert [each.range_in_parent().start_time.value for each in video] == [
        0,
        expected[0][1],
        expected[0][1] + expected[1][1],
    ]  # no gap: each begins where the one before ended
    assert {each.name for each in video} == {"lecture.mp4"}


def test_edl_counts_without_the_dropped_numbers_when_it_is_ntsc():
    late = (EditClip(title="Late", spans=(Span(60.06, 120.12),)),)  # frames 1800 to 3600

    lines = text_of("edl", late, NTSC).splitlines()

    assert lines[1] == "FCM: DROP FRAME"
    assert lines[3].split()[-4:] == ["00:01:00;02", "00:02:00;04", "01:00:00;00", "01:01:00;02"]


def test_edl_is_refused_when_it_cannot_number_all_cuts():
    many = (EditClip(title="Pauses", spans=tuple(Span(n * 0.5, n * 0.5 + 0.2) for n in range(1000))),)

    with pytest.raises(UnsupportedOption, match="999"):
        text_of("edl", many)
    assert text_of("fcpxml", many).count("<asset-clip") == 1000


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_kept_on_one_line_and_escaped(name):
    recording = Recording(name=name, duration=600.0, fps=25.0, width=1920, height=1080)
    odd = (EditClip(title="<b> & ]]> \x00 \u2028", spans=(Span(1, 5),), reason="a\r\n* FROM CLIP NAME: other.mp4"),)
    plain = name.replace("\n", " ")

    root = parsed(text_of("fcpxml", odd, recording))
    edl = text_of("edl", odd, recording).splitlines()
    timeline = otio.adapters.read_from_string(text_of("otio", odd, recording), "otio_json")

    assert root.find(".//asset").get("name") == plain
    assert root.find(".//asset-clip").get("name") == "<b> & ]]>"
    assert [line for line in edl if line.startswith("* FROM")] == [f"* FROM CLIP NAME: {plain}"]
    assert timeline.tracks[0][0].media_reference.name == plain


def test_recording_without_a_picture_has_sound_alone():
    sound = Recording(name="talk.mp3", duration=600.0)

    timeline = otio.adapters.read_from_string(text_of("otio", recording=sound), "otio_json")
    root = parsed(text_of("fcpxml", recording=sound))

    assert [track.kind for track in timeline.tracks] == ["Audio"]
    assert root.find(".//asset").get("hasVideo") is None
    assert text_of("edl", recording=sound).splitlines()[3].split()[2] == "A"


def test_nothing_to_cut_is_refused():
    with pytest.raises(BadInput):
        text_of("fcpxml", (EditClip(title="Gone", spans=(Span(700, 800),)),))


@given(
    fps=st.sampled_from([float(rate.exact) for rate in RATES]),
    edges=st.lists(st.floats(0, 600), min_size=2, max_size=40, unique=True),
)
def test_cuts_lie_in_order_in_the_recording_and_within_half_a_frame(fps, edges):
    rate, ordered = rate_of(fps), sorted(edges)
    spans = [Span(a, b) for a, b in zip(ordered[::2], ordered[1::2], strict=False)]
    total = frames_in(600.0, rate)

    found = cuts(spans, rate, total=total)

    flat = [frame for cut in found for frame in cut]
    assert flat == sorted(flat)
    assert all(0 <= first < last <= total for first, last in found)
    lengths = sum(last - first for first, last in found) - sum(span.length for span in spans) * float(rate.exact)
    assert abs(lengths) <= len(spans) + 1  # half a frame at each edge; the recording may end within one


@given(rate=st.sampled_from(RATES), frame=st.integers(0, 24 * 3600 * 30))
def test_timecode_counts_as_opentimelineio_does(rate: Rate, frame: int):
    fps = float(rate.exact) if rate.dropped else float(rate.nominal)  # 23.976 counts like 24
    time = otio.opentime.RationalTime(frame, fps)

    assert rate.timecode(frame) == otio.opentime.to_timecode(time, fps, bool(rate.dropped))
