"""The JSON API of staff (``domain.roles``), for API keys with the scope ``admin``; everyone else gets 403.

Each module writes its full paths (``/admin/…``) and lists its ``handlers`` here; guard and scope stand here once.
"""

from __future__ import annotations

from litestar import Router

from ... import guards
from . import audit, bulk, dead_letter_actions, dead_letters, health, jobs, queues, users, workers

handlers = (
    Router(
        "/",
        guards=[guards.staff],
        opt={"scope": "admin"},
        route_handlers=[
            *audit.handlers,
            *bulk.handlers,
            *dead_letter_actions.handlers,
            *dead_letters.handlers,
            *health.handlers,
            *jobs.handlers,
            *queues.handlers,
            *users.handlers,
            *workers.handlers,
        ],
    ),
)
