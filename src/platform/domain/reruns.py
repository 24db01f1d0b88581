"""Which results of a job do not hold any more once its request is changed."""

from __future__ import annotations

from collections.abc import Collection

from .lifecycle import PIPELINES, JobKind, StageName

# Where each field first matters; priority and attempts change nothing that was found.
_FIRST: dict[str, StageName] = {
    "engine": StageName.TRANSCRIBE,
    "model": StageName.TRANSCRIBE,
    "language": StageName.TRANSCRIBE,
    "features": StageName.TRANSCRIBE,  # engines make them together with the text
    "hotwords": StageName.TRANSCRIBE,
    "prompt": StageName.TRANSCRIBE,
    "engines": StageName.TRANSCRIBE,
    "clips": StageName.ANALYSE,
    "mode": StageName.DIARIZE,
    "min_speakers": StageName.DIARIZE,
    "max_speakers": StageName.DIARIZE,
}
_OF_SPEAKERS = ("mode", "min_speakers", "max_speakers")
# ``ingest`` leaves these out of a text's pipeline for good.
_SOUND_ONLY = frozenset({StageName.SILENCE, StageName.ALIGN, StageName.DIARIZE})


def outdated(
    changed: Collection[str], *, kind: JobKind, is_text: bool, speakers_with_text: bool = False
) -> tuple[StageName, ...]:
    """Return the stages, in their order, that must run again because ``changed`` fields of the job differ.

    ``speakers_with_text``: the engine tells speakers apart only while it transcribes.

    >>> [stage.value for stage in outdated({"max_speakers", "priority"}, kind=JobKind.TRANSCRIPTION, is_text=False)]
    ['diarize', 'analyse', 'deliver']
    >>> outdated({"priority"}, kind=JobKind.TRANSCRIPTION, is_text=False)
    ()
    """
    pipeline = PIPELINES[kind]
    first = _FIRST | dict.fromkeys(_OF_SPEAKERS, StageName.TRANSCRIBE) if speakers_with_text else _FIRST
    places = [pipeline.index(first[field]) for field in changed if first.get(field) in pipeline]
    if not places:
        return ()
    return tuple(stage for stage in pipeline[min(places) :] if not (is_text and stage in _SOUND_ONLY))
