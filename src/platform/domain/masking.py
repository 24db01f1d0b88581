"""Hide secrets in texts that are kept for administrators: messages, tracebacks and logs of failures.

A net under what should not happen: nothing of ours writes a secret, but a library's error may quote an address.
"""

from __future__ import annotations

import re

HIDDEN = "<hidden>"

_NAMES = (
    r"authorization|(?:x-)?api[-_]?key|access[-_]?key(?:[-_]?id)?|secret(?:[-_]?key)?|token|password|passwd|signature"
)
_VALUE = r"(?:bearer\s+|basic\s+)?[^\s\"'&,;)}\]<]+"
_SECRETS = (
    # postgresql://user:password@host
    (re.compile(r"(://)[^/\s:@'\"]*:[^/\s@'\"]+@"), rf"\1{HIDDEN}@"),
    # token=…, "api_key": "…", Authorization: Bearer …, X-Amz-Signature=…
    (re.compile(rf"(?<![a-z])({_NAMES})([\"']?\s*[:=]\s*[\"']?){_VALUE}", re.IGNORECASE), rf"\1\2{HIDDEN}"),
    # …?key=…
    (re.compile(r"([?&]key=)[^\s\"'&]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b(bearer\s+)[\w.~+/-]{8,}=*", re.IGNORECASE), rf"\1{HIDDEN}"),
    # our own API keys, and those of the model hub
    (re.compile(r"\b(rs_|hf_)[A-Za-z0-9_-]{8,}"), rf"\1{HIDDEN}"),
)


def masked(text: str) -> str:
    """Return the text with what looks like a secret replaced.

    >>> masked("GET https://api.example.test/v1?key=abc123&alt=sse failed")
    'GET https://api.example.test/v1?key=<hidden>&alt=sse failed'
    >>> masked("took 12 s at /tmp/audio-1.wav")
    'took 12 s at /tmp/audio-1.wav'
    """
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


# A name says that its value is a secret when it has one of these words in it, or ends like one.
_SECRET_WORDS = re.compile(
    r"(?:^|[-_.\s])(?:token|key|password|passwd|pass|secret|authorization|signature|credentials?|cookie)s?(?:$|[-_.\s])"
    r"|(?:token|key|password|passwd|secret|authorization|signature|credentials?|cookie)s?$",
    re.IGNORECASE,
)
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# An address may prove who asks in its query, under names that differ from service to service.
_SIGNED = re.compile(
    r"([?&][^=&\s\"']*(?:sign|sig|token|key|credential|auth|secret|expires|policy)[^=&\s\"']*=)[^&\s\"']+",
    re.IGNORECASE,
)


def masked_values(value: object) -> object:
    """Return JSON values with secrets replaced: what stands under a name like one, and inside of texts.

    >>> masked_values({"api_key": "abc", "url": "https://me:pw@example.test/?X-Sig=1", "keywords": ["a"]})
    {'api_key': '<hidden>', 'url': 'https://<hidden>@example.test/?X-Sig=<hidden>', 'keywords': ['a']}
    """
    if isinstance(value, dict):
        return {name: HIDDEN if _is_secret(name, inner) else masked_values(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked_values(inner) for inner in value]
    return _SIGNED.sub(rf"\1{HIDDEN}", masked(value)) if isinstance(value, str) else value


def _is_secret(name: str, value: object) -> bool:
    return value not in (None, "") and bool(_SECRET_WORDS.search(_SNAKE.sub("_", name)))
