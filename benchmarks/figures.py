"""What a benchmark found, and whether it is good enough."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value; ``reached`` is None where there is no target."""

    name: str
    value: str
    target: str = ""
    reached: bool | None = None

    def line(self) -> str:
        verdict = {True: "reached", False: "MISSED", None: ""}[self.reached]
        return f"  {self.name:<62} {self.value:>12}   {self.target:<12} {verdict}".rstrip()


def at_most(name: str, value: float, limit: float, *, unit: str = "", digits: int = 2) -> Figure:
    """Return a figure that should not be above ``limit``."""
    shown = f"{value:.{digits}f}{unit}"
    return Figure(name=name, value=shown, target=f"<= {limit:g}{unit}", reached=value <= limit)


def at_least(name: str, value: float, limit: float, *, unit: str = "", digits: int = 2) -> Figure:
    """Return a figure that should not be below ``limit``."""
    shown = f"{value:.{digits}f}{unit}"
    return Figure(name=name, value=shown, target=f">= {limit:g}{unit}", reached=value >= limit)


def plain(name: str, value: float, *, unit: str = "", digits: int = 1) -> Figure:
    """Return a figure without a target, to read beside the others."""
    return Figure(name=name, value=f"{value:.{digits}f}{unit}")
