"""The admin area: pages for staff (``domain.roles``); everyone else gets 403.

Each module writes its full paths (``/admin/…``) and lists its ``handlers`` here; the guard stands here once.
"""

from __future__ import annotations

from litestar import Router

from ... import guards
from . import audit, bulk, dead_letter, dead_letter_actions, dead_letters, home, jobs, users

handlers = (
    Router(
        "/",
        guards=[guards.staff],
        route_handlers=[
            *home.handlers,
            *dead_letters.handlers,
            *dead_letter.handlers,
            *dead_letter_actions.handlers,
            *bulk.handlers,
            *jobs.handlers,
            *users.handlers,
            *audit.handlers,
        ],
    ),
)
