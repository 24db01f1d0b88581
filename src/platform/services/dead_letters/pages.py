"""Which letters stand on a page, and what they say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ... import db
from .filters import STATES, Values
from .places import Order, Place
from .reading import Letters

# How many letters are looked into, one after the other, for the words of a search: about 20 microseconds each.
_NEAR = 300

# A letter in the list and what is named there, for ``LetterRow``.
COLUMNS = """
d.id, d.job_id, d.user_id, d.created_at, d.run, d.kind, d.stage_name AS stage, d.engine, d.priority, d.error_code,
d.error_class, left(d.message, 1000) AS message, d.hint, d.fingerprint, m.filename, u.email AS user_email, d.worker,
d.attempts, d.status, d.reviewed_at, a.email AS assigned_to, left(d.note, 200) AS note, d.due_at, d.resolved_at,
r.email AS resolved_by, d.reason,
EXISTS (SELECT 1 FROM dead_letter_groups g WHERE g.fingerprint = d.fingerprint AND g.muted_at IS NOT NULL) AS is_muted
"""
TABLES = """
FROM dead_letters d JOIN jobs j ON j.id = d.job_id JOIN media m ON m.id = j.media_id JOIN users u ON u.id = d.user_id
    LEFT JOIN users a ON a.id = d.assigned_to LEFT JOIN users r ON r.id = d.resolved_by
"""


class Found(msgspec.Struct, frozen=True):
    """The letters of a page, the nearest first; ``total``: how many the filter finds, where that is known already."""

    rows: Sequence[db.Row]
    total: int | None = None


async def read(letters: Letters, order: Order, place: Place | None, limit: int) -> Found:
    """Return the letters behind ``place``.

    First which ones, from indexes alone, then what they say: so a page costs the same wherever it is. What is
    searched for is first looked for near by: a search that finds much fills the page there.
    """
    order = order.flipped if place and place.is_before else order
    sql, values = walk(letters, order, place, limit)
    rows = await db.fetch(sql, *values)
    if letters.tsquery and len(rows) < limit:
        return await _sort(letters, order, place, limit)
    return Found(rows)


def walk(letters: Letters, order: Order, place: Place | None, limit: int) -> tuple[str, Values]:
    """Return the query that goes along the index of each state, with its values.

    In a search it does not go far, for nobody knows how far away the next match is.
    """
    values = Values()
    chosen = letters.chosen.status
    ids = _WALK.format(
        states=values.mark(list(STATES) if chosen == "all" else [chosen]),
        where=letters.rest.besides(status="all").where(values),
        beyond=_beyond(order, place, values),
        order=order.sql,
        near=values.mark(max(_NEAR, 2 * limit) if letters.tsquery else limit),
        found=letters.has_words("d", values) if letters.tsquery else "true",
        limit=values.mark(limit),
    )
    return _PAGE.format(ids=ids, order=order.sql), values


_WALK = """
SELECT d.id FROM unnest({states}::text[]) AS s(status) CROSS JOIN LATERAL (
    SELECT * FROM dead_letters d WHERE d.status = s.status AND {where} AND {beyond} ORDER BY {order} LIMIT {near}
) AS d WHERE {found} ORDER BY {order} LIMIT {limit}
"""

_PAGE = f"""
WITH page AS MATERIALIZED ({{ids}})
SELECT {COLUMNS} {TABLES} JOIN page ON page.id = d.id ORDER BY {{order}}
"""


async def _sort(letters: Letters, order: Order, place: Place | None, limit: int) -> Found:
    """Take all that a search finds, count it and sort it."""
    values = Values()
    sql = _SORT.format(
        letters=letters.sql(values), beyond=_beyond(order, place, values), order=order.sql, limit=values.mark(limit)
    )
    rows = await db.fetch(sql, *values)
    return Found([row for row in rows if row["id"] is not None], rows[0]["total"])


# The number comes also where the page is empty.
_SORT = f"""
WITH hit AS MATERIALIZED (SELECT d.id, d.created_at, d.attempts {{letters}}),
page AS MATERIALIZED (SELECT d.id FROM hit d WHERE {{beyond}} ORDER BY {{order}} LIMIT {{limit}})
SELECT sums.total, d.* FROM (SELECT count(*) AS total FROM hit) AS sums LEFT JOIN (
    SELECT {COLUMNS} {TABLES} JOIN page ON page.id = d.id
) AS d ON true ORDER BY {{order}}
"""  # noqa: S608 - constants


def _beyond(order: Order, place: Place | None, values: Values) -> str:
    return place.beyond(order, values) if place else "true"
