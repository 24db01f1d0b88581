"""What pages may load."""

from __future__ import annotations

import re

from reelscribe.platform import settings
from reelscribe.web import headers


def _sources(directive: str, **environ: str) -> list[str]:
    policy = headers.policy(settings.load({f"REELSCRIBE_{name.upper()}": value for name, value in environ.items()}))
    found = re.search(rf"{directive} ([^;]+)", policy)
    assert found is not None
    return found.group(1).split()


def test_page_loads_from_us_only_when_files_are_here() -> None:
    assert _sources("default-src") == ["'self'"]
    assert _sources("connect-src") == ["'self'"]
    assert _sources("media-src") == ["'self'", "blob:"]


def test_page_may_send_and_play_files_when_they_are_on_s3() -> None:
    there = {"storage_backend": "s3", "s3_endpoint": "https://minio.example:9000", "s3_bucket": "talks"}

    for directive in ("connect-src", "media-src", "img-src"):
        assert "https://minio.example:9000" in _sources(directive, **there)
        assert "https://talks.minio.example:9000" in _sources(directive, **there)


def test_page_knows_the_name_of_the_bucket_when_it_is_at_amazon() -> None:
    there = {"s3_endpoint": "https://s3.amazonaws.com", "s3_bucket": "talks", "s3_region": "eu-west-1"}

    assert "https://talks.s3.eu-west-1.amazonaws.com" in _sources("media-src", storage_backend="s3", **there)
