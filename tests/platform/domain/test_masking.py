"""What looks like a secret is not kept; what does not stays readable."""

from __future__ import annotations

import pytest
from reelscribe.platform.domain.masking import HIDDEN, masked, masked_values


@pytest.mark.parametrize(
    "text",
    [
        "connect postgresql://app:SECRET@db.example.test/app",
        "redis://:SECRET@cache.example.test/0 refused",
        "{'Authorization': 'Bearer SECRET', 'x': 1}",
        '{"api_key": "SECRET"}',
        "assemblyai_api_key=SECRET",
        "token = SECRET, next",
        "https://s3.example.test/a?X-Amz-Signature=SECRET&b=1",
        "https://llm.example.test/v1?key=SECRET",
        "sent Bearer SECRET.SECRET",
        "key rs_SECRETSECRET of ann",
        "hf_SECRETSECRET",
    ],
)
def test_secret_is_hidden(text: str) -> None:
    assert "SECRET" not in masked(text)
    assert HIDDEN in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid data found when processing input at 0:12.5 in /tmp/copy",
        "audio_key=jobs/1/audio-1.wav",
        "tokens: 12 of 448 were used",
        "http://127.0.0.1:8000/health answered 503",
        'File "/srv/app/work.py", line 12, in perform',
    ],
)
def test_other_text_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "value",
    [
        {"api_key": "SECRET"},
        {"apiKey": "SECRET"},
        {"Authorization": ["SECRET"]},
        {"a": [{"hf-token": {"value": "SECRET"}}]},
        {"webhook_secret": "SECRET"},
        {"password": "SECRET"},
        {"url": "https://me:SECRET@example.test/"},
        {"url": "https://s3.example.test/a?sig=SECRET&x=1"},
        {"urls": ["https://cdn.example.test/a?Expires=SECRET&Key-Pair-Id=SECRET"]},
        ["Bearer SECRETSECRET"],
    ],
)
def test_secret_is_hidden_in_values(value: object) -> None:
    assert "SECRET" not in str(masked_values(value))
    assert HIDDEN in str(masked_values(value))


@pytest.mark.parametrize(
    "value",
    [
        {"keywords": ["token economy"], "speaker_labels": True, "n": 3, "none": None},
        {"language": "en", "url": "https://example.test/a?page=2"},
        {"token": None, "key": ""},
    ],
)
def test_other_values_stay(value: object) -> None:
    assert masked_values(value) == value
