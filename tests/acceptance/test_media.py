"""Recordings: sent in one request, listed, read in ranges, deleted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import API, MAX_UPLOAD_BYTES, NIL, Join, Json, ended, problem, send, submit
from tests.recordings import wav

_SOUND = wav(2.0)


@pytest.fixture(scope="module")
def sound(owner: httpx.Client) -> Json:
    return send(owner, "sound.wav", _SOUND)


def test_upload_tells_what_the_file_is_when_its_name_does_not(owner: httpx.Client) -> None:
    answer = owner.post(f"{API}/media", files={"file": ("notes.txt", _SOUND, "text/plain")})

    found = answer.json()
    assert (found["kind"], found["content_type"], found["duration"]) == ("audio", "audio/wav", 2.0)
    assert (found["size"], found["sha256"]) == (len(_SOUND), hashlib.sha256(_SOUND).hexdigest())
    assert answer.headers["location"] == f"{API}/media/{found['id']}"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\ngarbage", "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"file=words", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nb\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_upload_is_refused_when_the_form_is_none(owner: httpx.Client, content: bytes, kind: str) -> None:
    answer = owner.post(f"{API}/media", content=content, headers={"content-type": kind})

    assert answer.status_code in (400, 415, 422)


def test_upload_is_refused_when_it_is_larger_than_allowed(join: Join) -> None:
    client = join()

    answer = client.post(f"{API}/media", files={"file": ("big.wav", _SOUND + bytes(MAX_UPLOAD_BYTES))})

    assert str(MAX_UPLOAD_BYTES) in problem(answer, 413, "too_large")["detail"]
    assert client.get(f"{API}/media").json()["items"] == []


@pytest.mark.parametrize(
    ("wanted", "expected", "content_range"),
    [
        ("bytes=0-0", _SOUND[:1], "bytes 0-0/32044"),
        ("bytes=-1", _SOUND[-1:], "bytes 32043-32043/32044"),
        ("bytes=32043-", _SOUND[-1:], "bytes 32043-32043/32044"),
        ("bytes=44-99", _SOUND[44:100], "bytes 44-99/32044"),
        ("bytes=32000-999999999999", _SOUND[32000:], "bytes 32000-32043/32044"),
        ("bytes=-99999999", _SOUND, "bytes 0-32043/32044"),
    ],
)
def test_content_gives_the_range_when_asked(
    owner: httpx.Client, sound: Json, wanted: str, expected: bytes, content_range: str
) -> None:
    answer = owner.get(f"{API}/media/{sound['id']}/content", headers={"Range": wanted}, follow_redirects=True)

    assert (answer.status_code, answer.headers["content-range"]) == (206, content_range)
    assert answer.content == expected


@pytest.mark.parametrize("wanted", ["bytes=32044-", "bytes=99999999-", "bytes=-0"])
def test_content_answers_416_when_the_range_lies_outside(owner: httpx.Client, sound: Json, wanted: str) -> None:
    answer = owner.get(f"{API}/media/{sound['id']}/content", headers={"Range": wanted})

    problem(answer, 416)
    assert answer.headers["content-range"] == "bytes */32044"


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "bytes=5-4", "chunks=0-1", "bytes=a-b", "bytes="])
def test_content_is_whole_when_the_range_is_none_that_it_knows(owner: httpx.Client, sound: Json, wanted: str) -> None:
    answer = owner.get(f"{API}/media/{sound['id']}/content", headers={"Range": wanted})

    assert (answer.status_code, answer.content) == (200, _SOUND)


def test_content_is_not_sent_again_when_the_etag_matches(owner: httpx.Client, sound: Json) -> None:
    path = f"{API}/media/{sound['id']}/content"
    tag = owner.get(path).headers["etag"]

    known = owner.get(path, headers={"If-None-Match": tag})
    resumed = owner.get(path, headers={"Range": "bytes=0-0", "If-Range": tag})
    changed = owner.get(path, headers={"Range": "bytes=0-0", "If-Range": '"another"'})

    assert (known.status_code, known.content) == (304, b"")
    assert (resumed.status_code, changed.status_code) == (206, 200)


def test_head_tells_the_size_without_the_content(owner: httpx.Client, sound: Json) -> None:
    answer = owner.head(f"{API}/media/{sound['id']}/content")

    assert (answer.headers["content-length"], answer.content) == (str(len(_SOUND)), b"")


def test_content_cannot_run_in_the_browser(owner: httpx.Client) -> None:
    page = send(owner, "page.txt", b"A page may have <html><script>alert(1)</script></html> in it.")

    answer = owner.get(f"{API}/media/{page['id']}/content")

    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "html" not in answer.headers["content-type"]


def test_list_pages_hold_each_recording_once_while_more_arrive(join: Join) -> None:
    client = join()
    sent = [send(client, f"{number}.txt", f"Words number {number}.".encode())["id"] for number in range(5)]

    seen, cursor = [], None
    while cursor is not None or not seen:
        page = client.get(f"{API}/media", params={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        send(client, "late.txt", b"This came while the list was read.")

    assert seen == sent[::-1]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=101", "limit=many", "limit=1e3", "cursor=nonsense", "cursor=%00", "cursor=%ff"],
)
def test_list_is_refused_when_the_page_is_none(owner: httpx.Client, query: str) -> None:
    problem(owner.get(f"{API}/media?{query}"), 422)


def test_deleted_recording_is_gone(owner: httpx.Client) -> None:
    gone = send(owner, "gone.txt", b"Forget this.")["id"]

    assert owner.delete(f"{API}/media/{gone}").status_code == 204

    for answer in (owner.get(f"{API}/media/{gone}"), owner.get(f"{API}/media/{gone}/content")):
        problem(answer, 404)
    problem(owner.delete(f"{API}/media/{gone}"), 404)
    problem(owner.post(f"{API}/jobs", json={"media_id": gone}), 404)


def test_transcript_stays_when_the_recording_is_deleted(owner: httpx.Client) -> None:
    media = send(owner, "source.txt", b"The words outlive the file.")["id"]
    job = ended(owner, submit(owner, media_id=media)["id"])

    assert owner.delete(f"{API}/media/{media}").status_code == 204

    assert owner.get(f"{API}/jobs/{job['id']}").json()["status"] == "completed"
    assert "outlive" in owner.get(f"{API}/jobs/{job['id']}/transcript?format=txt").text


def test_upload_happens_once_when_the_idempotency_key_is_repeated(owner: httpx.Client, unique: str) -> None:
    headers = {"Idempotency-Key": unique}

    first, second = (
        owner.post(f"{API}/media", files={"file": ("once.txt", b"Once only.")}, headers=headers) for _ in range(2)
    )
    other = owner.post(f"{API}/media", files={"file": ("other.txt", b"Something else.")}, headers=headers)

    assert first.json()["id"] == second.json()["id"]
    problem(other, 422, "idempotency_key_reused")


HOSTILE = [
    "text_named.mp3", "empty.mp4", "one_byte.mp3", "trunc_moov_missing.mp4", "only_ftyp.mp4", "random_64k.mp4",
    "zip_named.mp4", "exe_named.mp4", "html_named.mp4", "svg_external.mp4", "lfs_pointer.mp3", "srt_named.mp4",
    "hls_lfi_passwd.mp4", "hls_lfi_media.mp4", "hls_lfi_relative.mp4", "hls_ssrf.m3u8", "hls_concat_exfil.mp4",
    "hls_subfile_lfi.mp4", "ffconcat_lfi.mp4", "ffconcat_ssrf.txt", "dash_ssrf.mp4", "avi_gab2_hls.avi",
    "sdp_listen.mp4", "bomb_silence_24h.flac", "bomb_black_12h.mp4", "bomb_png_named.mp4", "huge_frame.mp4",
    "y4m_100000x100000.mp4", "wav_rate_1hz.wav", "wav_65535_channels.wav", "flac_absurd_streaminfo.flac",
    "mp4_deep_nesting.mp4", "mp4_box_size_2_63.mp4", "encrypted_cenc.mp4",
]  # fmt: skip


@pytest.fixture(scope="module")
def victim(join: Join) -> httpx.Client:
    return join()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_and_not_kept(victim: httpx.Client, shared: Path, name: str) -> None:
    content = (shared / "media" / "D_hostile" / name).read_bytes()

    answer = victim.post(f"{API}/media", files={"file": (name, content)})

    assert answer.status_code in (413, 422), answer.text
    assert answer.json()["code"] in ("bad_media", "too_large")
    assert victim.get(f"{API}/media").json()["items"] == []


def test_video_without_sound_is_refused(victim: httpx.Client, shared: Path) -> None:
    path = shared / "media" / "C_video" / "v_no_audio.mp4"

    answer = victim.post(f"{API}/media", files={"file": (path.name, path.read_bytes())})

    assert "no sound" in problem(answer, 422, "bad_media")["detail"]


def test_odd_file_names_are_kept_safely(owner: httpx.Client, shared: Path) -> None:
    sound = wav(0.2)
    names = json.loads((shared / "media" / "D_hostile" / "filenames.json").read_bytes())["names"]

    for name in names:
        kept = send(owner, name, sound)
        answer = owner.get(f"{API}/media/{kept['id']}/content")

        assert 0 < len(kept["filename"].encode()) <= 255
        assert not set(kept["filename"]) & set("/\\\r\n\0\x07\x1b\u202e"), name
        assert answer.headers["content-disposition"].isascii()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../../etc/cron.d/x.mp4", "x.mp4"),
        ("C:\\x.mp4", "x.mp4"),
        ("C:x.mp4", "x.mp4"),
        ("concat:a.mp4|b.mp4", "concat:a.mp4|b.mp4"),
        ("Lecture 1: rivers.mp4", "Lecture 1: rivers.mp4"),
        ("講義 第一回.mp4", "講義 第一回.mp4"),
        ("e\u0301 NFD.mp4", "\u00e9 NFD.mp4"),
    ],
)
def test_file_name_is_kept_as_far_as_it_is_harmless(owner: httpx.Client, sent: str, kept: str) -> None:
    assert send(owner, sent, wav(0.2))["filename"] == kept


@pytest.mark.parametrize("identifier", [NIL, "none", "..", "%2e%2e", "%00", "1 OR 1=1"])
def test_recording_is_not_found_when_the_id_is_none(owner: httpx.Client, identifier: str) -> None:
    problem(owner.get(f"{API}/media/{identifier}"), 404)
