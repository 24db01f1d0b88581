"""What the doctor says of the image endpoint; it is not asked: an answer starts a graphics card somewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...settings import PREFIX, Settings
from ..findings import Finding, Level

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


async def check_endpoint(settings: Settings) -> Finding:
    """Look at the address and the token of the image endpoint, which is optional."""
    name, setting = "illustrations", f"{PREFIX}FLUX_ENDPOINT"
    if not settings.flux_endpoint:
        return Finding(name=name, level=Level.OK, detail="optional: no endpoint; a clip's poster is its best frame")
    host = _host(settings.flux_endpoint)
    if host is None:
        fix = f"Set {setting} to the https:// address of the service, or unset it."
        return Finding(name=name, level=Level.WARN, detail="the address of the endpoint is none", fix=fix)
    if settings.flux_token and settings.flux_endpoint.startswith("http://") and host not in _LOCAL:
        fix = f"Set {setting} to an https:// address: on the way everybody can read the token."
        return Finding(name=name, level=Level.WARN, detail=f"{host} is asked without encryption", fix=fix)
    told = "with a token" if settings.flux_token else "without a token"
    return Finding(name=name, level=Level.OK, detail=f"drawn by {host}, {told}")


def _host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None
