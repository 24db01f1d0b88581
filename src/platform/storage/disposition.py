"""The Content-Disposition header."""

from __future__ import annotations

import re
from urllib.parse import quote

_UNSAFE = re.compile(r'[^\x20-\x7e]|["\\%]')


def attachment(filename: str) -> str:
    """Return the header that makes a browser save ``filename``, whatever characters it has (RFC 6266).

    >>> attachment('naïve "1".mp3')
    'attachment; filename="na_ve _1_.mp3"; filename*=UTF-8\\'\\'na%C3%AFve%20%221%22.mp3'
    """
    plain = _UNSAFE.sub("_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
