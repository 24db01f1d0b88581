"""Models that take more memory than they need: the small one with ballast under another name."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

# magic: version, name of the specification with its zero, revision; then the number of variables. All little-endian,
# as CTranslate2's python/ctranslate2/specs/model_spec.py writes them.
_NAME_AT = 4


def copied(model: Path, folder: Path, *, ballast_bytes: int = 0) -> Path:
    """Copy ``model`` to ``folder`` with ``ballast_bytes`` of weights that nobody uses but that are loaded all the same.

    The ballast is a hole in the file: it costs no disk.
    """
    shutil.copytree(model, folder)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    if ballast_bytes:
        _burden(folder / "model.bin", ballast_bytes)
    return folder


def _burden(path: Path, size: int) -> None:
    data = path.read_bytes()
    (name_length,) = struct.unpack_from("<H", data, _NAME_AT)
    count_at = _NAME_AT + 2 + name_length + 4
    (count,) = struct.unpack_from("<I", data, count_at)
    name = b"ballast\0"
    one_row_of_int8 = struct.pack("<BIBI", 1, size, 1, size)  # rank, its one dimension, type, bytes
    with path.open("wb") as file:
        file.write(data[:count_at] + struct.pack("<I", count + 1))
        file.write(struct.pack("<H", len(name)) + name + one_row_of_int8)
        file.seek(size, 1)
        file.write(data[count_at + 4 :])
