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

    One that cannot, such as Gemini without a key, says so by ``refusal``, and raises that when it is asked to find.

    Raises:
        UnsupportedOption: there is none of that name.
    """
    if name == "auto":
        return next(finder for finder in finders.values() if finder.refusal() is None)
    try:
        return finders[name]
    except KeyError:
        hint = f"Choose one of: auto, {', '.join(finders)}."
        raise UnsupportedOption(f"Nobody named {name[:80]!r} chooses clips.", hint=hint) from None
