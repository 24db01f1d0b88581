"""Which Whisper model to try when one does not fit into memory. Pure."""

from __future__ import annotations

# Millions of parameters: github.com/openai/whisper (README, "Available models"), huggingface.co/distil-whisper.
_MILLIONS = {
    "tiny": 39,
    "base": 74,
    "small": 244,
    "medium": 769,
    "large": 1550,
    "large-v1": 1550,
    "large-v2": 1550,
    "large-v3": 1550,
    "large-v3-turbo": 809,
    "turbo": 809,
    "distil-small": 166,
    "distil-medium": 394,
    "distil-large-v2": 756,
    "distil-large-v3": 756,
    "distil-large-v3.5": 756,
}
# What one may land on, best first. Turbo is half of large and reads better than medium; the distilled ones know
# English only and are named as if they did not, so nobody is moved to one of them.
_LANDINGS = ("large-v3-turbo", "medium", "small", "base", "tiny")
# Less of a difference saves too little to be worth another load: turbo and medium are as large as each other.
_CLEARLY_SMALLER = 2 / 3


def ladder(name: str) -> tuple[str, ...]:
    """Return the models below ``name``, best first, of the same kind (``.en`` or multilingual).

    A repository or folder counts by the end of its name; an unknown model has none below it.

    >>> ladder("large-v3"), ladder("medium.en"), ladder("turbo")[:1], ladder("tiny"), ladder("my-own")
    (('large-v3-turbo', 'medium', 'small', 'base', 'tiny'), ('small.en', 'base.en', 'tiny.en'), ('small',), (), ())
    """
    known = _known(name)
    if known is None:
        return ()
    kind = ".en" if known.endswith(".en") else ""
    limit = _millions(known) * _CLEARLY_SMALLER
    return tuple(
        each + kind for each in _LANDINGS if _millions(each) <= limit and not (kind and each == "large-v3-turbo")
    )


def _known(name: str) -> str | None:
    """Return the model that ``name`` ends with: "Systran/faster-whisper-small.en" is "small.en"."""
    name = name.removesuffix("-ct2")
    parts = name.replace("/", "-").split("-")
    tails = ("-".join(parts[start:]) for start in range(len(parts)))
    return next((tail for tail in tails if tail.removesuffix(".en") in _MILLIONS), None)


def _millions(name: str) -> int:
    return _MILLIONS[name.removesuffix(".en")]
