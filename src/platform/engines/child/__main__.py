"""Run an engine child: ``python -m reelscribe.platform.engines.child``, spoken to over its pipes."""

from __future__ import annotations

from .channel import Channel
from .service import serve

if __name__ == "__main__":
    serve(Channel.over_stdio())
