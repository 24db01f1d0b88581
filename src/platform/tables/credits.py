"""Credits: an append-only ledger and, per user, its running sums."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import BigSerial, Integer, Numeric, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from . import columns
from .accounts import User
from .images import Image
from .jobs import Job


class CreditAccount(Table, tablename="credit_accounts"):
    """Sums of the user's entries; the CHECK makes overspending impossible for concurrent jobs."""

    user_id = columns.owned_by(User)
    id = columns.key()
    balance = Numeric(digits=(14, 2), default=Decimal(0), null=False)
    held = Numeric(digits=(14, 2), default=Decimal(0), null=False)

    credit_accounts_user = Unique(["user_id"])
    credit_accounts_covered = Check("held >= 0 AND balance >= held")


class CreditEntry(Table, tablename="credit_entries"):
    """One change of a user's credits; never updated, never deleted.

    ``run`` counts the holds of one job (a retry after failure holds again). Unique per job, kind and
    run; one capture per job at most; one hold and one end per image (indexes in the migrations).
    """

    id = BigSerial(primary_key=True)
    user_id = columns.needs(User)
    job_id = columns.refers_to(Job)
    image_id = columns.refers_to(Image)
    kind = Varchar(length=16, null=False)
    run = Integer(default=1, null=False)
    balance_delta = Numeric(digits=(14, 2), default=Decimal(0), null=False)
    held_delta = Numeric(digits=(14, 2), default=Decimal(0), null=False)
    note = Varchar(length=300, default="", null=False)
    created_by = columns.refers_to(User)
    created_at = columns.created()

    credit_entries_kind = Check("kind IN ('grant', 'hold', 'capture', 'release', 'refund', 'adjust')")
    credit_entries_signs = Check(
        "CASE kind WHEN 'grant' THEN balance_delta > 0 AND held_delta = 0"
        " WHEN 'hold' THEN balance_delta = 0 AND held_delta >= 0"
        " WHEN 'capture' THEN balance_delta <= 0 AND held_delta <= 0"
        " WHEN 'release' THEN balance_delta = 0 AND held_delta <= 0"
        " WHEN 'refund' THEN balance_delta >= 0 AND held_delta = 0"
        " ELSE held_delta = 0 END"
    )
