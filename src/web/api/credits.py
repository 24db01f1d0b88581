"""``/api/v1/credits``: balance and ledger."""

from __future__ import annotations

from litestar import get

from ...platform.services import credits as ledger
from ...platform.services.credits import Balance, EntryPage
from ..guards import Caller
from .paging import Cursor, Limit


@get("/credits", tags=["Credits"])
async def balance(identity: Caller) -> Balance:
    """Return what the user has, what is held for unfinished jobs, and what is free to spend."""
    return await ledger.balance(identity.user_id)


@get("/credits/transactions", tags=["Credits"])
async def transactions(identity: Caller, limit: Limit = 50, cursor: Cursor = None) -> EntryPage:
    """Return the ledger, newest first."""
    return await ledger.entries(identity.user_id, limit=limit, cursor=cursor)


handlers = (balance, transactions)
