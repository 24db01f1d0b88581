"""Settings: what is read, what is refused, and that .env.example lists them all."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from reelscribe.platform import settings
from reelscribe.platform.errors import Misconfigured
from reelscribe.platform.settings import PREFIX, Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
ENTRY = re.compile(rf"^# (?P<about>.+)\n#{PREFIX}(?P<name>[A-Z0-9_]+)=(?P<value>.*)$", re.MULTILINE)


def _documented() -> dict[str, tuple[str, str]]:
    return {match["name"].lower(): (match["about"], match["value"]) for match in ENTRY.finditer(EXAMPLE.read_text())}


def _limits(name: str) -> str:
    kind = get_type_hints(Settings)[name]
    minimum = {spec.name: spec.metadata["minimum"] for spec in fields(Settings)}[name]
    if get_origin(kind) is Literal:
        return f" ({' or '.join(get_args(kind))})"
    if kind is bool:
        return " (true or false)"
    return f" (at least {minimum})" if minimum is not None else ""


def test_example_lists_every_setting_and_no_other() -> None:
    assert list(_documented()) == [spec.name for spec in fields(Settings)]


@pytest.mark.parametrize("spec", fields(Settings), ids=lambda spec: spec.name)
def test_example_says_what_the_code_says(spec) -> None:
    about, value = _documented()[spec.name]

    loaded = settings.load({PREFIX + spec.name.upper(): value})

    assert about == spec.metadata["about"] + _limits(spec.name)
    assert getattr(loaded, spec.name) == getattr(Settings(), spec.name)


def test_load_takes_defaults_when_environment_is_empty() -> None:
    loaded = settings.load({})

    assert loaded == Settings()


def test_load_treats_an_empty_value_as_unset() -> None:
    loaded = settings.load({"REELSCRIBE_SIGNUP_CREDITS": ""})

    assert loaded.signup_credits == Settings().signup_credits


def test_load_converts_each_kind() -> None:
    loaded = settings.load(
        {
            "REELSCRIBE_ALLOW_SIGNUP": "No",
            "REELSCRIBE_MAX_UPLOAD_BYTES": "1048576",
            "REELSCRIBE_MODEL_DIR": "~/models",
            "REELSCRIBE_LOG_FORMAT": "json",
        }
    )

    assert (loaded.allow_signup, loaded.max_upload_bytes) == (False, 1_048_576)
    assert (loaded.model_dir, loaded.log_format) == (Path.home() / "models", "json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEASE_SECONDS", "2"),  # below its minimum of 3
        ("LEASE_SECONDS", "20s"),
        ("MAX_UPLOAD_BYTES", "0"),
        ("ALLOW_SIGNUP", "perhaps"),
        ("STORAGE_BACKEND", "ftp"),
        ("LOG_LEVEL", "loud"),
        ("PUBLIC_URL", "reelscribe.example"),
        ("SECRET_KEY", "x" * 31),
        ("STORAGE_BACKEND", "s3"),  # without its endpoint and bucket
    ],
)
def test_load_refuses_in_one_line_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        settings.load({PREFIX + name: value})

    message = str(refused.value)
    assert PREFIX + name in message
    assert "\n" not in message


def test_load_reads_a_secret_from_the_file_it_is_given(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("k" * 40 + "\n")

    loaded = settings.load({"REELSCRIBE_SECRET_KEY_FILE": str(secret)})

    assert loaded.secret_key == "k" * 40


def test_load_prefers_the_file_when_both_are_given(tmp_path: Path) -> None:
    secret = tmp_path / "bucket"
    secret.write_text("from-the-file")

    loaded = settings.load({"REELSCRIBE_S3_BUCKET": "from-the-variable", "REELSCRIBE_S3_BUCKET_FILE": str(secret)})

    assert loaded.s3_bucket == "from-the-file"


def test_load_names_the_variable_when_its_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"REELSCRIBE_HF_TOKEN_FILE: cannot read .*No such file"):
        settings.load({"REELSCRIBE_HF_TOKEN_FILE": str(tmp_path / "missing")})


def test_load_never_repeats_a_secret_in_its_message() -> None:
    with pytest.raises(Misconfigured) as refused:
        settings.load({"REELSCRIBE_SECRET_KEY": "hunter2"})

    assert "hunter2" not in str(refused.value)
