"""Opening the database, and the two ways to work in it: reading a snapshot, or writing one transaction."""

import json
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    MetaData,
    Update,
    bindparam,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.functions import FunctionElement

from vault.keys import KeyRing, KeyStore

CHUNK = 1000


class Base(DeclarativeBase):
    """Every table of the portal, whatever package owns it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def new_id() -> str:
    """A random identifier: 128 bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def in_parts(ids: Iterable[Any]) -> Iterator[list[Any]]:
    """`ids` in parts that fit one query."""
    wanted = list(ids)
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))


class among(FunctionElement[Any]):  # noqa: N801 - reads as the condition it is
    """The condition that an integer column is one of `numbers`, as one parameter however many there are.

    A parameter each takes longer to build than the rows take to read. The query has no ORDER BY: SQLite would rather
    walk the whole table in that order.
    """

    name = "among"
    inherit_cache = True

    def __init__(self, column: Any, numbers: Iterable[int]) -> None:
        super().__init__(column, bindparam(None, json.dumps(list(numbers)), unique=True))


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: Any, **extra: Any) -> str:
    column, numbers = (compiler.process(clause, **extra) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608  # nosec B608 - a column and a parameter


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: Any, **extra: Any) -> str:
    column, numbers = (compiler.process(clause, **extra) for clause in element.clauses)
    return f"{column} IN (SELECT value::bigint FROM json_array_elements_text(CAST({numbers} AS json)))"  # noqa: S608  # nosec B608


def rows_changed(session: Session, statement: Update) -> int:
    """Run an UPDATE and answer how many rows it changed."""
    return cast(CursorResult[Any], session.execute(statement)).rowcount


def insert(session: Session) -> Any:
    """The INSERT of the session's own engine, which knows what to do where a row is there already."""
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


class SecondWriter(RuntimeError):
    """A thread that has a writing transaction open began another: it would wait for itself, and everybody for both."""


class Database:
    """The database and its keys, shared by all threads of a process."""

    def __init__(self, url: str, keys: KeyStore) -> None:
        self.keys = keys
        self.engine = open_engine(url)
        self._of_thread = threading.local()
        self._writers = self.engine.execution_options(zhoda_writes=True)
        self._readers = (
            self.engine
            if self.engine.dialect.name == "sqlite"
            else self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent snapshot, from which nothing is ever committed."""
        with self._session(self._readers) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, committed when the block ends and undone when it raises.

        On SQLite it takes the write lock at once, so that what it reads is what it changes.

        Raises:
            SecondWriter: this thread has such a transaction open.
        """
        if self.is_writing:
            raise SecondWriter
        self._of_thread.is_writing = True
        try:
            with self._session(self._writers) as session, session.begin():
                yield session
        finally:
            self._of_thread.is_writing = False

    @property
    def is_writing(self) -> bool:
        """Whether this thread has a writing transaction open."""
        return getattr(self._of_thread, "is_writing", False)

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with Session(engine, info={"keyring": KeyRing(self.keys)}, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def keyring(session: Session) -> KeyRing:
    """The keys that `session` may open."""
    ring: KeyRing = session.info["keyring"]
    return ring


def open_engine(url: str) -> Engine:
    """An engine for `url` with the settings the ledger relies on (durable commits, enforced foreign keys)."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(url, pool_size=20, max_overflow=20, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would commit behind our back; BEGIN is ours (see _begin_sqlite).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=60000",
        "recursive_triggers=ON",
        "secure_delete=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("zhoda_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")
