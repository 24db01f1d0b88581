"""Settings from environment variables, prefix ``REELSCRIBE_``; ``.env.example`` lists them all.

Each variable may instead be given as ``…_FILE``, a path whose content is the value (for secrets).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .errors import Misconfigured

PREFIX = "REELSCRIBE_"


def _setting(about: str, *, default: Any = None, minimum: float | None = None) -> Any:
    metadata = {"about": about, "minimum": minimum}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def _default_home() -> Path:
    return Path.home() / ".local" / "share" / "reelscribe"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings; the field's name in upper case after the prefix is the variable's name."""

    home: Path = _setting("Folder for the embedded servers, files and models", default=_default_home)
    public_url: str = _setting("Address under which people reach the server", default="http://127.0.0.1:8000")
    secret_key: str = _setting("Signs tokens and URLs; at least 32 characters; made in HOME if unset", default="")
    database_url: str = _setting("PostgreSQL, as postgresql://…; embedded if unset", default="")
    redis_url: str = _setting("Redis, as redis://… or unix://…; embedded if unset", default="")
    database_pool_size: int = _setting("Connections to PostgreSQL per process", default=10, minimum=2)
    redis_pool_size: int = _setting("Connections to Redis per process", default=32, minimum=4)
    storage_backend: Literal["local", "s3"] = _setting("Where files are kept", default="local")
    storage_dir: Path | None = _setting("Folder of the local storage; HOME/storage if unset")
    s3_endpoint: str = _setting("S3 endpoint, as https://host[:port]", default="")
    s3_region: str = _setting("S3 region", default="us-east-1")
    s3_bucket: str = _setting("S3 bucket; it must exist", default="")
    s3_access_key: str = _setting("S3 access key", default="")
    s3_secret_key: str = _setting("S3 secret key", default="")
    fetched_bytes: int = _setting(
        "Most that recordings fetched from S3 may take in HOME of a worker, in bytes; 0: none is kept",
        default=10 * 1024**3,
        minimum=0,
    )
    transcription_backend: str = _setting("Default engine: local, stub, …", default="local")
    model_dir: Path | None = _setting("Folder with models; HOME/models if unset")
    whisper_model: str = _setting("faster-whisper model, by name or folder", default="small")
    whisperx_model: str = _setting("WhisperX model, by name or folder", default="large-v3")
    whisperx_diarization: str = _setting(
        "WhisperX's diarization, by name or folder", default="pyannote/speaker-diarization-community-1"
    )
    hf_token: str = _setting("Token of the model hub, for gated models", default="")
    assemblyai_api_key: str = _setting("AssemblyAI key", default="")
    assemblyai_base_url: str = _setting("AssemblyAI address", default="https://api.assemblyai.com")
    assemblyai_delete: bool = _setting("Delete recordings and texts at AssemblyAI once we have them", default=False)
    gemini_api_key: str = _setting("Gemini key", default="")
    gemini_base_url: str = _setting("Gemini address", default="https://generativelanguage.googleapis.com")
    gemini_model: str = _setting("Gemini model", default="gemini-3.5-flash")
    flux_endpoint: str = _setting("Image endpoint, see docs/illustrations.md; no illustrations if unset", default="")
    flux_token: str = _setting("Token of the image endpoint", default="")
    max_upload_bytes: int = _setting("Largest upload, in bytes", default=5 * 1024**3, minimum=1)
    max_media_seconds: int = _setting("Longest recording, in seconds", default=12 * 3600, minimum=1)
    signup_credits: int = _setting("Credits given at registration", default=600, minimum=0)
    allow_signup: bool = _setting("Whether people may register themselves", default=True)
    smtp_url: str = _setting("Mail server, as smtp[s]://user:password@host:port", default="")
    oidc_issuer: str = _setting("OpenID Connect issuer", default="")
    oidc_audience: str = _setting("OpenID Connect audience", default="")
    media_slots: int = _setting("Media stages (ffmpeg) a worker runs at once", default=2, minimum=1)
    engine_slots: int = _setting("Speech stages a worker runs at once", default=1, minimum=1)
    engine_processes: int = _setting("Speech models kept loaded per worker", default=4, minimum=1)
    engine_order: str = _setting(
        "What the engine 'auto' tries, best first", default="whisperx,faster-whisper,assemblyai,gemini,pocketsphinx"
    )
    engine_device: Literal["auto", "cpu", "cuda"] = _setting("Where speech models run", default="auto")
    engine_threads: int = _setting("Processor cores a speech process uses; 0: all", default=0, minimum=0)
    engine_memory_bytes: int = _setting(
        "Memory that loaded speech models may take together; 0: three quarters of the machine's", default=0, minimum=0
    )
    engine_preload: str = _setting("What is loaded at the start: engine or engine:model, with commas", default="")
    engine_idle_seconds: int = _setting("An idle speech model is unloaded after this; 0: never", default=900, minimum=0)
    engine_jobs: int = _setting("A speech process is renewed after so many requests", default=200, minimum=1)
    engine_growth_bytes: int = _setting(
        "A speech process that has grown by this since its first request is renewed", default=2 * 1024**3, minimum=1
    )
    lease_seconds: int = _setting("A silent worker loses its stage after this", default=20, minimum=3)
    stage_attempts: int = _setting("Attempts per stage before it fails for good", default=4, minimum=1)
    user_jobs_at_once: int = _setting("Jobs of one user worked on at once; others wait", default=8, minimum=1)
    chunk_seconds: int = _setting("Length of the pieces of a long transcription, in seconds", default=300, minimum=10)
    breaker_failures: int = _setting("Failures in a row that make an engine rest", default=5, minimum=1)
    breaker_seconds: int = _setting("How long a failing engine rests, in seconds", default=30, minimum=1)
    dead_letter_days: int = _setting("Days in which a discarded dead letter can be restored", default=30, minimum=1)
    log_format: Literal["console", "json"] = _setting("How log lines look", default="console")
    log_level: Literal["debug", "info", "warning", "error"] = _setting("Least severe log line", default="info")

    @property
    def storage_path(self) -> Path:
        """Folder of the local storage."""
        return self.storage_dir or self.home / "storage"

    @property
    def model_path(self) -> Path:
        """Folder with the models."""
        return self.model_dir or self.home / "models"

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies are for HTTPS only."""
        return self.public_url.startswith("https://")


def load(environ: Mapping[str, str]) -> Settings:
    """Read settings from ``environ``.

    Raises:
        Misconfigured: a value is of the wrong kind or out of range; the message names the variable.
    """
    hints = get_type_hints(Settings)
    values = {}
    for spec in fields(Settings):
        name = PREFIX + spec.name.upper()
        text = _read(name, environ)
        if text is not None and text != "":
            values[spec.name] = _parse(name, text, hints[spec.name], spec.metadata["minimum"])
    settings = Settings(**values)
    _check(settings)
    return settings


@cache
def current() -> Settings:
    """Return the settings of this process, read once."""
    return load(os.environ)


def _read(name: str, environ: Mapping[str, str]) -> str | None:
    path = environ.get(name + "_FILE")
    if not path:
        return environ.get(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise Misconfigured(f"{name}_FILE: cannot read {path}: {exc.strerror}") from exc


def _parse(name: str, text: str, kind: Any, minimum: float | None) -> Any:
    if get_origin(kind) is Literal:
        return _choice(name, text, get_args(kind))
    if kind is bool:
        return _choice(name, text.lower(), ("true", "false", "1", "0", "yes", "no")) in ("true", "1", "yes")
    if kind is int:
        return _integer(name, text, minimum)
    if kind is str:
        return text
    return Path(text).expanduser()


def _choice(name: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise Misconfigured(f"{name} is {text!r}; it must be one of: {', '.join(allowed)}")
    return text


def _integer(name: str, text: str, minimum: float | None) -> int:
    try:
        value = int(text)
    except ValueError as exc:
        raise Misconfigured(f"{name} is {text!r}; it must be a whole number") from exc
    if minimum is not None and value < minimum:
        raise Misconfigured(f"{name} is {value}; it must be at least {minimum}")
    return value


def _check(settings: Settings) -> None:
    if settings.secret_key and len(settings.secret_key) < 32:
        raise Misconfigured(f"{PREFIX}SECRET_KEY is shorter than 32 characters; try: openssl rand -hex 32")
    if settings.storage_backend == "s3" and not (settings.s3_endpoint and settings.s3_bucket):
        raise Misconfigured(f"{PREFIX}STORAGE_BACKEND is s3; set {PREFIX}S3_ENDPOINT and {PREFIX}S3_BUCKET")
    if not settings.public_url.startswith(("http://", "https://")):
        raise Misconfigured(f"{PREFIX}PUBLIC_URL must start with http:// or https://")
