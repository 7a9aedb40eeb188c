"""The tables of the store, and opening the file that holds them.

One SQLite file in WAL mode: one engine a run writes, any number of viewers read. The tables:

runs         one row a run: its configuration and its task, whole, so that a run can be
             resumed when the files it was made from are gone
events       the facts of a run, numbered from 1
predictions  what the task model answered for a candidate on an example, by reference to the
             response, and the metric's value; NULL where the call failed
responses    every reply of a model, written before it is used, keyed by what was asked and
             which sample of it this was; `error` instead of `text` where the call failed.
             `request` is what was sent, where that does not follow from the run's task and
             candidates; `numbers` are log-probabilities or a vector, float64 little-endian;
             `tokens` and `picodollars` are what all its attempts cost, each at its worst where
             nothing was told
spent        what a run has spent over its life: calls, tokens, and money in 10**-12 dollars, NULL
             where that was not counted; calls under way stand at the most that they can cost.
             `known_...` is the part of these that is known, `prompt_tokens` and `completion_tokens`
             what the endpoints told: the rest is of calls that were lost, or are under way.
             Beside `runs`, as it changes with every call and a run's row is long
commands     what viewers ask of the engine
deleted      the names of runs that were deleted, so that no other run gets their number
place        which file the store is, to know a copy of it; see `store_copies`

Candidates have no table of their own: their text and scores are events.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from promptopt.errors import StoreError
from promptopt.runs.store_copies import check_place
from promptopt.runs.store_errors import (
    check_not_lost,
    is_damage,
    is_read_only,
    opening_error,
)

APPLICATION_ID = 0x70706F74  # "ppot"
VERSION = 6

_tables = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    created_at REAL NOT NULL,
    config TEXT NOT NULL,
    task TEXT NOT NULL
);
CREATE TABLE spent (
    run_id TEXT PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
    calls INTEGER NOT NULL DEFAULT 0,
    tokens INTEGER NOT NULL DEFAULT 0,
    picodollars INTEGER DEFAULT 0,
    known_calls INTEGER NOT NULL DEFAULT 0,
    known_tokens INTEGER NOT NULL DEFAULT 0,
    known_picodollars INTEGER NOT NULL DEFAULT 0,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE events (
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at REAL NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) WITHOUT ROWID;
CREATE TABLE responses (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    key BLOB NOT NULL,
    sample INTEGER NOT NULL,
    role TEXT NOT NULL,
    request TEXT,
    text TEXT,
    error TEXT,
    finish_reason TEXT,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    seconds REAL,
    attempts INTEGER NOT NULL,
    numbers BLOB,
    tokens INTEGER NOT NULL DEFAULT 0,
    picodollars INTEGER NOT NULL DEFAULT 0,
    UNIQUE (run_id, key, sample)
);
CREATE TABLE predictions (
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    candidate INTEGER NOT NULL,
    split TEXT NOT NULL,
    example INTEGER NOT NULL,
    response INTEGER NOT NULL REFERENCES responses(id) ON DELETE CASCADE,
    score REAL,
    PRIMARY KEY (run_id, candidate, split, example)
) WITHOUT ROWID;
CREATE INDEX predictions_response ON predictions(response);
CREATE TABLE commands (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    at REAL NOT NULL,
    command TEXT NOT NULL,
    taken_at REAL
);
CREATE INDEX commands_open ON commands(run_id) WHERE taken_at IS NULL;
CREATE TABLE deleted (
    run_id TEXT PRIMARY KEY,
    at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE place (file TEXT NOT NULL);
"""

# From the version before to each version, in order.
_migrations = {
    2: ("ALTER TABLE responses ADD COLUMN numbers BLOB",),
    3: (
        """CREATE TABLE spent (
            run_id TEXT PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
            calls INTEGER NOT NULL DEFAULT 0,
            tokens INTEGER NOT NULL DEFAULT 0,
            picodollars INTEGER DEFAULT 0
        ) WITHOUT ROWID""",
        "ALTER TABLE responses ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE responses ADD COLUMN picodollars INTEGER NOT NULL DEFAULT 0",
        "UPDATE responses SET tokens = coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)",
        "INSERT INTO spent SELECT id, calls_sent, (SELECT coalesce(sum(tokens), 0) FROM responses "
        "WHERE run_id = runs.id), NULL FROM runs",
        "ALTER TABLE runs DROP COLUMN calls_sent",
    ),
    4: ("CREATE TABLE deleted (run_id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID",),
    5: ("CREATE TABLE place (file TEXT NOT NULL)",),
    # Which calls were lost before, nobody has written down: all pass for known.
    6: (
        "ALTER TABLE spent ADD COLUMN known_calls INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE spent ADD COLUMN known_tokens INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE spent ADD COLUMN known_picodollars INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE spent ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE spent ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0",
        "UPDATE spent SET known_calls = calls, known_tokens = tokens, "
        "known_picodollars = coalesce(picodollars, 0)",
        "UPDATE spent SET (prompt_tokens, completion_tokens) = "
        "(SELECT coalesce(sum(r.prompt_tokens), 0), coalesce(sum(r.completion_tokens), 0) "
        "FROM responses r WHERE r.run_id = spent.run_id)",
    ),
}


def connect(path: Path) -> sqlite3.Connection:
    """Open the store at `path`, creating file, folder and tables where they are missing.

    A store of an older version is brought to this one, with everything that is in it. One that
    cannot be written to is opened for reading.

    Raises:
        StoreError: the file is no store, is damaged, comes from a newer version, or cannot
            be opened.
    """
    writable = not (path.is_file() and is_read_only(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check_not_lost(path)
        where = path.absolute().as_uri() + ("" if writable else _as_it_stands(path))
        connection = sqlite3.connect(where, timeout=10, isolation_level=None, uri=True)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"cannot open the store {path}: {error}") from error
    try:
        _prepare(connection, path, writable=writable)
    except sqlite3.Error as error:
        connection.close()
        raise opening_error(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _as_it_stands(path: Path) -> str:
    """How SQLite is told to open a store whose folder cannot be written to."""
    log = path.with_name(path.name + "-wal")
    # Without a log, nothing has to be written even to read it. With one, SQLite has to find a
    # place for its index: it says so where there is none.
    empty = not log.exists() or log.stat().st_size == 0
    return "?mode=ro&immutable=1" if empty else "?mode=ro"


def _prepare(connection: sqlite3.Connection, path: Path, *, writable: bool) -> None:
    # Both in one snapshot: another process may be creating the tables right now.
    connection.execute("BEGIN")
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute("COMMIT")
    if application_id == 0 and version == 0:
        _create(connection, path)
    elif application_id != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program; name another store")
    elif version > VERSION:
        raise StoreError(
            f"{path} was written by a newer promptopt (store version {version}, this one "
            f"knows {VERSION}); update promptopt"
        )
    elif version < 1:
        raise StoreError(
            f"{path} is damaged: it has no version; move it away, or put a copy of it in its place"
        )
    elif version < VERSION and not writable:
        raise StoreError(
            f"{path} was written by an older promptopt (store version {version}), and cannot be "
            "brought to this one, as it is read-only; copy it to where it can be written to"
        )
    elif version < VERSION:
        _migrate(connection)
    check_place(connection, path, writable=writable)
    if not writable:
        return
    # A commit survives the death of the process at any instant; only a power cut may lose
    # the last ones, and none of them can damage the file. FULL would wait for the disk at each:
    # 4 ms on an ordinary one in place of 0.01, with all calls waiting, as often as replies come.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _create(connection: sqlite3.Connection, path: Path) -> None:
    # What deleted runs have held can be given back then; it has to be said before the first table.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have created the tables while this one waited for the lock.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if tables:
                raise StoreError(f"{path} is a database of another program; name another store")
            for statement in _tables.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # else SQLite has taken it back already
            connection.execute("ROLLBACK")
        raise


def _migrate(connection: sqlite3.Connection, without: frozenset[str] = frozenset()) -> None:
    """Bring an older store to this version: wholly, or not at all.

    Args:
        without: statements that fill something in from what is damaged.
    """
    statement = ""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited for the lock.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for target in range(version + 1, VERSION + 1):
            for statement in _migrations[target]:
                if statement not in without:
                    connection.execute(statement)
        statement = ""
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:  # else SQLite has taken it back already
            connection.execute("ROLLBACK")
        # Damage to one run is no reason to refuse the others. No transaction can be written that
        # has met damage.
        if isinstance(error, sqlite3.Error) and is_damage(error) and statement[:6] == "UPDATE":
            return _migrate(connection, without | {statement})
        raise
