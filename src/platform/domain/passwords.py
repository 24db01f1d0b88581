"""Which passwords an account may have.

Length is what counts; there are no rules about kinds of characters, and every character may be used.
Source: NIST SP 800-63B (2017), section 5.1.1.2.
"""

from __future__ import annotations

from ..errors import BadInput

SHORTEST = 10  # characters
LONGEST = 1024  # characters; hashing reads them all, so there must be an end

_HINT = "Take several words in a row that only you would put together; spaces and all characters are fine."

# The most common passwords of SHORTEST or more characters in published leaks, and our own name.
_OBVIOUS = frozenset(
    """
    1234567890 12345678910 0123456789 0987654321 123456789a 1234567890a a123456789 123123123123 1q2w3e4r5t
    1qaz2wsx3edc q1w2e3r4t5 qwertyuiop qwertyuiop123 qwerty1234 qwerty12345 qwerty123456 asdfghjkl1
    asdfghjkl; password12 password123 password1234 password12345 passwordpassword passw0rd123 p@ssw0rd123
    mypassword letmein123 letmeinnow welcome123 welcome1234 changeme123 changemenow iloveyou12 iloveyou123
    administrator admin12345 admin123456 abcdefghij abcdefghijkl abcd123456 abc1234567 football123
    baseball123 superman123 reelscribe reelscribe1 reelscribe123
    """.split()  # noqa: SIM905 - a list literal would be one word per line
)


def check(password: str, *, email: str) -> None:
    """Accept the password in silence.

    Raises:
        BadInput: it is too short, too long, easy to guess or close to the e-mail address.
    """
    if len(password) < SHORTEST:
        raise _refusal(f"This password is too short: it needs at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise _refusal(f"This password is too long: it can have at most {LONGEST} characters.")
    if _is_obvious(password.casefold()):
        raise _refusal("This password is among the first that anybody would try.")
    if _tells(password.casefold(), email.strip().casefold()):
        raise _refusal("This password is your e-mail address or part of it.")


def _is_obvious(password: str) -> bool:
    return password.strip() in _OBVIOUS or len(set(password)) == 1


def _tells(password: str, email: str) -> bool:
    local = email.partition("@")[0]
    return bool(email) and (email in password or password.strip("0123456789!. ") == local)


def _refusal(message: str) -> BadInput:
    return BadInput(message, hint=_HINT, field="password")
