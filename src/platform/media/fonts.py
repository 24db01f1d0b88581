"""Fonts for subtitles in the picture: those that come with the program, and the system's for other writing systems.

An ffmpeg without fontconfig (that of imageio-ffmpeg on most machines) finds no font by itself, so libass gets a
folder: our own fonts, and what the system has for Chinese, Japanese, Korean and other large writing systems, which
would weigh more than the program.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

import msgspec

from ..domain import scripts
from ..domain.ass_fonts import SHIPPED
from ..resources import data_path
from . import font_file
from .font_file import Face

_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_MOST_FILES = 5000
_LINUX = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_MAC = ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts")
_PLACES = {"darwin": _MAC, "win32": ("C:/Windows/Fonts",)}

# Signs that a font for the writing system must have; of the others those of the text are looked for.
_SAMPLES = {
    scripts.CHINESE: "的一是中国学",
    scripts.JAPANESE: "のをアイ日本",
    scripts.KOREAN: "한국어가",
    "Sinhala": "සිංහ",
    "Khmer": "ខ្មែរ",
    "Burmese": "မြန်မာ",
    "Ethiopic": "አማርኛ",
    "Tibetan": "བོད",
    "Odia": "ଓଡ଼",
    scripts.EMOJI: "😀👍🔥",
}
_PACKAGES = {
    scripts.CHINESE: "fonts-noto-cjk",
    scripts.JAPANESE: "fonts-noto-cjk",
    scripts.KOREAN: "fonts-noto-cjk",
    scripts.EMOJI: "fonts-symbola",  # libass draws outlines only, and Noto's emoji are pictures
}
_USUAL_PACKAGE = "fonts-noto-core"
_REGION = {scripts.CHINESE: " SC", scripts.JAPANESE: " JP", scripts.KOREAN: " KR"}


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """What draws a text: files, the family for each writing system, and the writing systems that nothing draws."""

    files: tuple[Path, ...]
    families: Mapping[str, str]
    missing: tuple[str, ...]

    def link(self, folder: Path) -> Path:
        """Put the files into ``folder``, which is made, for ffmpeg's ``fontsdir``; returns it. May be called again."""
        folder.mkdir(exist_ok=True)
        for file in self.files:
            # Not by its own name, which may be anything and that of another file.
            target = folder / f"{crc32(os.fsencode(file)):08x}{file.suffix.lower()}"
            if not target.exists():
                _link(target, file)
        return folder


def folder() -> Path:
    """Return the folder with the fonts that come with the program."""
    return data_path("fonts")


def places() -> tuple[Path, ...]:
    """Return where this system keeps its fonts."""
    return tuple(Path(place).expanduser() for place in _PLACES.get(sys.platform, _LINUX))


def at_hand(text: str, *, language: str | None = None, system: tuple[Path, ...] | None = None) -> Hand:
    """Return what draws ``text``.

    Where our fonts do not, those of the system are read, which takes a second at most, once per process. ``system``:
    other folders to look into than ``places``.
    """
    roots = places() if system is None else system
    files = sorted(path for path in folder().iterdir() if path.suffix in _SUFFIXES)
    families, missing = dict(SHIPPED), []
    for script in scripts.used(text, language=language):
        if script in families:
            continue
        face = _installed(script, _SAMPLES.get(script) or _signs(text, script), roots)
        if face is None:
            missing.append(script)
        else:
            families[script] = face.family
            files.append(face.path)
    return Hand(files=tuple(dict.fromkeys(files)), families=families, missing=tuple(missing))


def missing(text: str, *, language: str | None = None) -> tuple[str, ...]:
    """Return the writing systems in ``text`` that no font on this machine draws, in words for people."""
    return at_hand(text, language=language).missing


def lacking() -> tuple[str, ...]:
    """Return the usual writing systems that neither our fonts nor the system's draw; emoji are none."""
    usual = [script for script in _SAMPLES if script != scripts.EMOJI]
    return tuple(script for script in usual if _installed(script, _SAMPLES[script], places()) is None)


def advice(missing: Sequence[str]) -> str:
    """Return what to install for writing systems that are missing, "" where none are."""
    packages = dict.fromkeys(_PACKAGES.get(script, _USUAL_PACKAGE) for script in missing)
    return f"Install fonts (Debian, Ubuntu: apt install {' '.join(packages)})." if packages else ""


def warning(missing: Sequence[str]) -> str:
    """Return what people should know about a clip with text that nothing draws, "" where all is drawn."""
    if not missing:
        return ""
    names = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
    return (
        f"No font on the server draws {names}, so those signs are left out of the picture. They are in the subtitle"
        f" track and files. {advice(missing)}"
    )


def _link(target: Path, file: Path) -> None:
    try:
        target.symlink_to(file.resolve())
    except OSError:  # Windows, without the right to
        shutil.copyfile(file, target)


@cache
def _installed(script: str, sample: str, roots: tuple[Path, ...]) -> Face | None:
    """Return the best face of the system that has all of the sample."""
    fitting = [
        msgspec.structs.replace(face, ranges=())  # a font for Chinese has thousands
        for path in _files(roots)
        for face in font_file.faces(path)
        if face.family and face.outlined and all(map(face.draws, sample))
    ]
    return max(fitting, key=lambda face: _merit(face, script), default=None)


def _merit(face: Face, script: str) -> tuple[bool, bool, bool, str]:
    is_plain = "Serif" not in face.name and "Mono" not in face.name and "UI" not in face.name
    is_heavy = any(weight in face.name for weight in ("Bold", "Black", "Heavy"))
    return is_plain, face.family.endswith(_REGION.get(script, "")), is_heavy and "Italic" not in face.name, face.name


@cache
def _files(roots: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(sorted(path for root in roots for path in _below(root))[:_MOST_FILES])


def _below(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.suffix.lower() in _SUFFIXES) if root.is_dir() else iter(())


def _signs(text: str, script: str) -> str:
    return "".join(sorted({sign for sign in text if scripts.of(sign) == script})[:8])
