"""Who chooses clips, by name."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.clips import FinderName
from ..errors import UnsupportedOption
from ..settings import Settings
from .finder.local import LocalFinder
from .gemini.highlights import GeminiFinder
from .protocol import Finder


def every(settings: Settings) -> dict[str, Finder]:
    """Return all finders by name, best first."""
    finders: tuple[Finder, ...] = (GeminiFinder(settings), LocalFinder())
    return {finder.name: finder for finder in finders}


def named(finders: Mapping[str, Finder], name: FinderName) -> Finder:
    """Return the finder called ``name``; "auto" is the first one that can work here.

    Raises:
        EngineUnavailable: it can do nothing here, such as Gemini without a key; the hint says what it needs.
        UnsupportedOption: there is none of that name.
    """
    if name == "auto":
        return next(finder for finder in finders.values() if finder.refusal() is None)
    try:
        found = finders[name]
    except KeyError:
        hint = f"Choose one of: auto, {', '.join(finders)}."
        raise UnsupportedOption(f"Nobody named {name[:80]!r} chooses clips.", hint=hint) from None
    if (refusal := found.refusal()) is not None:
        raise refusal
    return found
