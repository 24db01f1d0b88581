"""Recordings with references, as a JSON file lists them.

The file is a list of entries, or an object with such a list in ``entries``. An entry, with unknown fields left aside:

``file``       the recording
``language``   ISO 639-1, told to the engine; detected, and told by the engine, if not given
``kind``       where it is silence, music or noise, nothing is said
``reference``  ``text``, or ``text_path`` of a text file; ``rttm``, the path of who speaks when; ``segments``, a list
               of ``{"start": 0.0, "end": 2.5, "speaker": "anna", "text": "…"}`` in seconds, in place of either

Paths count from the folder of the list and may not leave it. An empty text means that nothing is said. An entry
without a text and without speakers cannot be scored and is left out.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import msgspec

from ...domain.evaluation import Reference
from ...domain.exports import rttm
from ...domain.transcript import Turn
from ...errors import BadInput, NotFound

_WORDLESS = frozenset({"silence", "music", "noise"})
_CODE = re.compile(r"[a-z]{2,3}")
_HINT = (
    'It is a list such as [{"file": "a.wav", "language": "en", "reference": {"text": "Hello.", "rttm": "a.rttm"}}];'
    " 'reelscribe evaluate --help' says more."
)


class _Segment(msgspec.Struct, frozen=True):
    start: Annotated[float, msgspec.Meta(ge=0)]
    end: Annotated[float, msgspec.Meta(ge=0)]
    speaker: str | None = None
    text: str | None = None


class _Reference(msgspec.Struct, frozen=True):
    text: str | None = None
    text_path: str | None = None
    rttm: str | None = None
    segments: tuple[_Segment, ...] = ()


class _Entry(msgspec.Struct, frozen=True):
    file: Annotated[str, msgspec.Meta(min_length=1)]
    kind: str = ""
    language: str | None = None
    reference: _Reference | None = None


class _Manifest(msgspec.Struct, frozen=True):
    entries: tuple[_Entry, ...]


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One to measure; ``name`` is its path as the list has it, ``language`` None where it has no single one."""

    name: str
    path: Path
    language: str | None
    has_turns: bool
    reference: _Reference
    folder: Path


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured, and how many entries have nothing to compare with."""

    recordings: tuple[Recording, ...]
    unscorable: int


def read(path: Path) -> Selection:
    """Read the list.

    Raises:
        NotFound: it is not there, or cannot be read.
        BadInput: it is not such a list, or a path in it leads out of its folder.
    """
    entries = _entries(path)
    recordings = [_recording(entry, path.absolute().parent) for entry in entries]
    known = tuple(one for one in recordings if one is not None)
    return Selection(recordings=known, unscorable=len(recordings) - len(known))


def matching(selection: Selection, *, globs: tuple[str, ...], language: str | None, limit: int | None) -> Selection:
    """Keep what one of the ``globs`` matches (all without any) and is in ``language``, at most ``limit``.

    Raises:
        BadInput: nothing is left.
    """
    kept = tuple(
        one
        for one in selection.recordings
        if (not globs or any(fnmatch(one.name, glob) for glob in globs)) and language in (None, one.language)
    )
    if not kept:
        raise BadInput("No recording with a reference is left to measure", hint="Loosen --only and --language.")
    return msgspec.structs.replace(selection, recordings=kept[:limit])


def reference(recording: Recording) -> Reference:
    """Read what the recording is compared with.

    Raises:
        NotFound: a file with it is not there.
        BadInput: such a file is not text, or not RTTM.
    """
    return Reference(text=_text(recording), turns=_turns(recording))


def _entries(path: Path) -> tuple[_Entry, ...]:
    content = _content(path)
    try:
        raw = msgspec.json.decode(content)
        if isinstance(raw, list):
            return msgspec.convert(raw, tuple[_Entry, ...])
        return msgspec.convert(raw, _Manifest).entries
    except msgspec.ValidationError as exc:
        raise BadInput(f"{path} is no list of recordings: {exc}", hint=_HINT) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise BadInput(f"{path} is not JSON: {exc}", hint=_HINT) from exc


def _recording(entry: _Entry, folder: Path) -> Recording | None:
    known = entry.reference or _Reference()
    if known.text is None and known.text_path is None and entry.kind in _WORDLESS:
        known = msgspec.structs.replace(known, text="")
    has_turns = known.rttm is not None or any(one.speaker for one in known.segments)
    if not has_turns and not _has_text(known):
        return None
    for name in (entry.file, known.text_path, known.rttm):
        _expect_inside(name, folder)
    return Recording(
        name=entry.file,
        path=folder / entry.file,
        language=entry.language if entry.language and _CODE.fullmatch(entry.language) else None,
        has_turns=has_turns,
        reference=known,
        folder=folder,
    )


def _has_text(known: _Reference) -> bool:
    return known.text is not None or known.text_path is not None or any(one.text for one in known.segments)


def _expect_inside(name: str | None, folder: Path) -> None:
    if name is not None and not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise BadInput(f"{name} lies outside {folder}", hint="Put the list into a folder that has all its files.")


def _text(recording: Recording) -> str | None:
    known = recording.reference
    if known.text is not None:
        return known.text
    if known.text_path is not None:
        return _decoded(recording.folder / known.text_path)
    texts = [one.text for one in known.segments if one.text]
    return " ".join(texts) if texts else None


def _turns(recording: Recording) -> tuple[Turn, ...] | None:
    known = recording.reference
    if not recording.has_turns:
        return None
    if known.rttm is not None:
        return _rttm(recording.folder / known.rttm)
    return tuple(Turn(start=one.start, end=one.end, speaker=one.speaker) for one in known.segments if one.speaker)


def _rttm(path: Path) -> tuple[Turn, ...]:
    try:
        return rttm.parse(_decoded(path))
    except ValueError as exc:
        raise BadInput(f"{path} is not RTTM: {exc}") from exc


def _decoded(path: Path) -> str:
    try:
        return _content(path).decode()
    except UnicodeDecodeError as exc:
        raise BadInput(f"{path} is not text in UTF-8") from exc


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise NotFound(f"{path} cannot be read: {(exc.strerror or str(exc)).lower()}") from exc
