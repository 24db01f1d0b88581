"""E-mail addresses, as far as a program can judge them without sending a message."""

from __future__ import annotations

import re
import unicodedata

from ..errors import BadInput

# RFC 5321, sections 4.5.3.1.1 to 4.5.3.1.3; a path of 256 octets includes its angle brackets.
LONGEST_BYTES = 254
_LONGEST_LOCAL_BYTES = 64

# A dot-atom of RFC 5322, section 3.2.3, with the characters of RFC 6531. No quoted local parts: nobody
# has one, and they can carry what ends a mail header.
_ATOM = r"[^\s@\"(),:;<>\[\]\\.]+"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})*")


def normalise(address: str) -> str:
    """Return the address as it is stored and compared: trimmed, in lower case, in Unicode's NFC form.

    A name without a dot after the @, such as ``admin@localhost``, is fine: this is self-hosted software.

    Raises:
        BadInput: this cannot be an e-mail address.
    """
    text = unicodedata.normalize("NFC", address.strip().lower())
    match = _ADDRESS.fullmatch(text)
    if match is None or not _fits(text, LONGEST_BYTES) or not _fits(match["local"], _LONGEST_LOCAL_BYTES):
        raise BadInput("This is not an e-mail address.", hint="It looks like name@example.org.", field="email")
    return text


def _fits(text: str, longest: int) -> bool:
    # Invisible and control characters make two addresses look like one.
    return not any(unicodedata.category(sign)[0] == "C" for sign in text) and len(text.encode()) <= longest
