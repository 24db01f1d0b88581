"""People and how they prove who they are."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Bytea, Integer, Text, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from . import columns


class User(Table, tablename="users"):
    """A person; ``email`` is kept in lower case.

    ``max_priority`` and ``max_jobs_at_once`` (NULL: as the setting says) are what their plan allows at most.
    """

    id = columns.key()
    email = Varchar(length=320, unique=True, null=False)
    password_hash = Text(default="", null=False)  # argon2id; empty: cannot sign in with a password
    role = Varchar(length=16, default="user", null=False)
    max_priority = Varchar(length=16, default="high", null=False)
    max_jobs_at_once = Integer(default=None, null=True)
    verified_at = columns.moment()
    disabled_at = columns.moment()
    created_at = columns.created()

    users_email_lower = Check("email = lower(email) AND length(email) >= 3")
    users_role = Check("role IN ('user', 'viewer', 'operator', 'admin')")
    users_max_jobs_at_once = Check("max_jobs_at_once >= 1")
    users_max_priority = Check("max_priority IN ('critical', 'high', 'normal', 'low')")


class Session(Table, tablename="sessions"):
    """A sign-in of a browser (``page``) or a refresh token of a program (``refresh``).

    Only the SHA-256 of the token is kept. Refresh tokens rotate inside one ``family``: a second use of
    a spent one revokes the family.
    """

    id = columns.key()
    user_id = columns.owned_by(User, index=True)
    kind = Varchar(length=16, null=False)
    token_hash = Bytea(unique=True, null=False)
    family = UUID(null=False, index=True)
    user_agent = Varchar(length=300, default="", null=False)
    address = Varchar(length=64, default="", null=False)
    created_at = columns.created()
    last_seen_at = columns.created()
    expires_at = columns.created()
    revoked_at = columns.moment()

    sessions_kind = Check("kind IN ('page', 'refresh')")


class ApiKey(Table, tablename="api_keys"):
    """A key of a program, ``rs_…``; shown once, kept as SHA-256. ``prefix`` is its readable beginning."""

    id = columns.key()
    user_id = columns.owned_by(User, index=True)
    name = Varchar(length=100, null=False)
    prefix = Varchar(length=16, null=False)
    key_hash = Bytea(unique=True, null=False)
    scopes = Array(base_column=Varchar(length=32), default=list, null=False)
    created_at = columns.created()
    last_used_at = columns.moment()
    expires_at = columns.moment()
    revoked_at = columns.moment()


class EmailToken(Table, tablename="email_tokens"):
    """A single-use token sent by e-mail, kept as SHA-256."""

    id = columns.key()
    user_id = columns.owned_by(User, index=True)
    purpose = Varchar(length=16, null=False)
    token_hash = Bytea(unique=True, null=False)
    created_at = columns.created()
    expires_at = columns.created()
    used_at = columns.moment()

    email_tokens_purpose = Check("purpose IN ('verify', 'reset')")
