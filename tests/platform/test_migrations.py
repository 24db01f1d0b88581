"""The migrations make exactly the tables that the program knows."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from reelscribe.platform import db, migrations, tables

pytestmark = pytest.mark.usefixtures("database")

COLUMNS = """
SELECT table_name, column_name, udt_name, character_maximum_length, numeric_precision, numeric_scale, is_nullable
FROM information_schema.columns WHERE table_schema = $1 AND table_name <> 'migration'
"""
CONSTRAINTS = """
SELECT c.relname, CASE WHEN k.contype = 'f' THEN '' ELSE k.conname END AS name,
    replace(replace(pg_get_constraintdef(k.oid), n.nspname || '.', ''), 'ON UPDATE CASCADE ', '') AS definition
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname <> 'migration' AND k.contype IN ('c', 'u', 'f', 'p')
"""


@pytest.fixture
async def by_tables():
    """A schema that Piccolo made of the table classes."""
    async with db.transaction():
        await db.execute("CREATE SCHEMA of_tables")
        await db.execute("SET LOCAL search_path TO of_tables")
        for table in tables.ALL:
            await table.create_table().run()
    yield "of_tables"
    await db.execute("DROP SCHEMA of_tables CASCADE")


@pytest.mark.parametrize("query", [COLUMNS, CONSTRAINTS], ids=["columns", "constraints"])
async def test_migrations_equal_tables(by_tables, query):
    made = {tuple(row.values()) for row in await db.fetch(query, "public")}
    declared = {tuple(row.values()) for row in await db.fetch(query, by_tables)}

    assert made - declared == set()
    assert declared - made == set()


async def test_concurrent_migrations_do_not_collide(database_url):
    await asyncio.gather(*(migrations.apply() for _ in range(4)))

    assert not await migrations.pending()


async def test_overspending_is_refused_by_the_schema(user):
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE credit_accounts SET held = balance + 1 WHERE user_id = $1", user.id)
