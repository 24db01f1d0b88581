"""Where to go after signing in: only to a page of ours."""

from __future__ import annotations

import re

_HOME = "/"
# One slash, then anything but a slash or backslash (both mean another server to browsers), printable ASCII only.
_OURS = re.compile(r"/(?![/\\])[!-\[\]-~]*")
# Never back to the form itself.
_FORMS = ("/login", "/register", "/logout")


def safe(target: str) -> str:
    """Return ``target`` if it is the path of a page of ours, else the start page.

    >>> safe("/jobs/new?x=1"), safe("https://evil.test/"), safe("//evil.test"), safe("/\\\\evil.test")
    ('/jobs/new?x=1', '/', '/', '/')
    """
    is_ours = len(target) <= 2000 and _OURS.fullmatch(target) is not None
    return target if is_ours and not target.startswith(_FORMS) else _HOME
