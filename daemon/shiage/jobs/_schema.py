"""The store's tables, and the steps from one version of them to the next."""

from __future__ import annotations

import sqlite3

from ..errors import NotReady

# One entry a version, each run once, in order; never change one that was released, add the next.
STEPS = (
    """
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        request_key TEXT UNIQUE,
        digest TEXT NOT NULL,
        state INTEGER NOT NULL,
        created REAL NOT NULL,
        ended REAL NOT NULL,
        attempts INTEGER NOT NULL,
        settled INTEGER NOT NULL,
        request BLOB NOT NULL,
        job BLOB NOT NULL
    );
    CREATE INDEX jobs_by_state ON jobs (state, number);
    CREATE INDEX jobs_by_digest ON jobs (digest, state);
    CREATE TABLE events (
        job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        sequence INTEGER NOT NULL,
        passing INTEGER NOT NULL,
        event BLOB NOT NULL,
        PRIMARY KEY (job, sequence)
    ) WITHOUT ROWID;
    CREATE TABLE pins (
        job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (job, sha256)
    ) WITHOUT ROWID;
    """,
    "ALTER TABLE jobs ADD COLUMN draft INTEGER NOT NULL DEFAULT 0;",
    # Who asked, for limits.
    "ALTER TABLE jobs ADD COLUMN caller TEXT NOT NULL DEFAULT ''",
)


def migrate(database: sqlite3.Connection) -> None:
    """Bring the tables to this version; NotReady where a newer Shiage made them."""
    (have,) = database.execute("PRAGMA user_version").fetchone()
    if have > len(STEPS):
        raise NotReady(
            f"The job store was written by a newer Shiage (version {have}, this one knows {len(STEPS)}).",
            hint="Update Shiage, or give it another SHIAGE_HOME.",
        )
    for version, step in enumerate(STEPS[have:], start=have + 1):
        database.executescript(f"BEGIN; {step}; PRAGMA user_version = {version}; COMMIT;")
    # Written in any case: with the first write of a connection its log is there.
    database.execute(f"PRAGMA user_version = {len(STEPS)}")
