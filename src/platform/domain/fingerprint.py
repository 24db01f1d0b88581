"""One short name for all failures of one cause, however their details differ."""

from __future__ import annotations

import hashlib
import re

# What differs between two failures of one cause, in the order in which it is blanked out.
_DETAILS = (
    (re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>]+", re.IGNORECASE), "<url>"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "<email>"),
    (
        re.compile(
            r"(?<!\w)'[^'\n]*'(?!\w)|\"[^\"\n]*\"|`[^`\n]*`|\u201c[^\u201d\n]*\u201d|\u2018[^\u2019\n]*\u2019|«[^»\n]*»"
        ),
        "<name>",
    ),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"\b\d{1,3}:\d\d(?::\d\d)?(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"(?<![\w<>])(?:[A-Za-z]:[\\/]|\\\\|~?/|\.{1,2}/)[^\s'\":;,()<>]+"), "<path>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b", re.IGNORECASE), "<id>"),
    # the ids that other services give: letters between digits, as in req_8Jf92kLmQ, but not x86_64 or libcublas12
    (re.compile(r"\b(?=\w{8,128}\b)\w*\d[a-z]\w*\d\w*", re.IGNORECASE), "<id>"),
    (re.compile(r"[-+]?\d+(?:[.,]\d+)*"), "<n>"),
    (re.compile(r"\s+"), " "),
)

# A message beyond this repeats itself, as a log tail does.
_READ_CHARACTERS = 4000


def fingerprint(error_class: str, stage: str, message: str) -> str:
    """Return 32 hexadecimal digits, the same for messages that differ only in details.

    Details are ids, paths, URLs, e-mail addresses, numbers, times, quoted names, case and white space.

    >>> fingerprint("MediaFailed", "ingest", "took 12 s") == fingerprint("MediaFailed", "ingest", "took 7.5 s")
    True
    >>> fingerprint("MediaFailed", "ingest", "took 12 s") == fingerprint("MediaFailed", "render", "took 12 s")
    False
    """
    cause = "\x1f".join((error_class, stage, essence(message)))
    return hashlib.sha256(cause.encode("utf-8", "replace")).hexdigest()[:32]


def essence(message: str) -> str:
    """Return the message with its details blanked out, in lower case.

    >>> essence("Cannot open '/srv/a.mp4': 3 tries")
    'cannot open <name>: <n> tries'
    """
    text = message[:_READ_CHARACTERS]
    for pattern, blank in _DETAILS:
        text = pattern.sub(blank, text)
    return text.strip().lower()
