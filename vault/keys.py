"""The key store: one key per person, support case or desk of the house, kept apart from the database.

Each kind of key is wrapped by its own key-encryption key, held outside both databases. Destroying a key
makes everything sealed under it unreadable for good.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, LargeBinary, String, create_engine, event, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.destruction import DestructionList
from vault.sealing import seal, unseal
from vault.types import Id, Instant
from vault.wrapping import KeyEncryption, KeyEncryptionKeys, KeyKind

__all__ = [
    "HOUSE", "TABLES", "KeyDestroyed", "KeyEncryptionKeys", "KeyKind", "KeyRing", "KeyStore", "KeyUnknown",
]  # fmt: skip

HOUSE = "0" * 32
_BATCH = 500
_SHORT_WAIT = 250
_LONG_WAIT = 30_000
_log = logging.getLogger(__name__)


class KeyDestroyed(Exception):
    """The key was destroyed on purpose: what it sealed is erased."""


class KeyUnknown(Exception):
    """No such key. Treated like every unreadable thing: not permitted."""


class _Base(DeclarativeBase):
    pass


TABLES = _Base.registry


class _Key(_Base):
    __tablename__ = "keys"

    owner: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), info=clear(Clear.CODE))
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.OUTSIDE))
    created_at: Mapped[datetime] = mapped_column(Instant)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)


_COLUMNS = tuple(column.key for column in _Key.__table__.columns)


class KeyStore:
    """Keys by owner, in a database of their own. What is destroyed goes onto the destruction list, if there is one."""

    def __init__(self, url: str, wrapping: KeyEncryption, destroyed: DestructionList | None = None) -> None:
        self._engine: Engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _durable)
        self.wrapping = wrapping
        self._destroyed = destroyed

    def create_tables(self) -> None:
        """Make the store ready for use; harmless when it is."""
        _Base.metadata.create_all(self._engine)

    def create(self, owners: Iterable[str], kind: KeyKind) -> Mapping[str, bytes]:
        """A new key per owner, durable before this returns.

        It is committed before the database transaction that uses it: a key nobody uses does no harm, a
        value whose key is missing is lost.
        """
        keys = {owner: os.urandom(32) for owner in owners}
        rows = [
            {
                "owner": owner,
                "kind": kind.value,
                "wrapped": self.wrapping.wrap(kind, _place(owner), key),
                "created_at": clock.now(),
            }
            for owner, key in keys.items()
        ]
        if rows:
            with Session(self._engine) as session, session.begin():
                session.execute(insert(_Key), rows)
        return keys

    def open(self, owners: Iterable[str]) -> Mapping[str, bytes | None]:
        """The keys of `owners` by owner; None for a destroyed one; unknown owners are left out."""
        wanted = list(owners)
        found: dict[str, bytes | None] = {}
        with Session(self._engine) as session:
            for start in range(0, len(wanted), 1000):
                part = select(_Key).where(_Key.owner.in_(wanted[start : start + 1000]))
                for row in session.scalars(part):
                    found[row.owner] = self._unwrap(row)
        return found

    def destroy(self, *owners: str) -> None:
        """Destroy the keys of `owners` for good (crypto-erasure, GDPR Art. 17), down to the bytes of the store's files.

        Where somebody who reads keeps the bytes in a file, the keys are destroyed all the same; see `wipe`.
        """
        if self._destroyed is not None:
            for owner in owners:
                self._destroyed.note(owner)
        with Session(self._engine) as session, session.begin():
            for owner in owners:
                gone = update(_Key).where(_Key.owner == owner, _Key.destroyed_at.is_(None))
                session.execute(gone.values(wrapped=None, destroyed_at=clock.now()))
        self.wipe()

    def wipe(self) -> bool:
        """Leave nothing of what was replaced or destroyed in the files of the store; whether nothing is left.

        SQLite keeps earlier pages in its write-ahead log as long as it is open. Somebody who reads at this moment
        holds them there: that is logged, and whoever runs the tasks calls this again.
        """
        if self._engine.dialect.name != "sqlite":
            return True
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={_SHORT_WAIT}")
                try:
                    kept = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
                finally:
                    connection.exec_driver_sql(f"PRAGMA busy_timeout={_LONG_WAIT}")
        except SQLAlchemyError as error:
            kept = type(error).__name__
        if kept:
            _log.warning("destroyed keys may still be in the key store's log (%s): it is emptied at the next run", kept)
        return not kept

    def rewrap(self, kind: KeyKind) -> int:
        """Wrap every key of `kind` anew, by the present key-encryption key, while others use them; how many.

        A key that is destroyed meanwhile stays destroyed.
        """
        done, after = 0, ""
        while True:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                query = select(_Key).where(_Key.kind == kind.value, _Key.owner > after, _Key.wrapped.is_not(None))
                rows = session.scalars(query.order_by(_Key.owner).limit(_BATCH)).all()
                for row in rows:
                    new = self.wrapping.wrap(kind, _place(row.owner), self._unwrap(row) or b"")
                    same = update(_Key).where(_Key.owner == row.owner, _Key.wrapped == row.wrapped)
                    session.execute(same.values(wrapped=new).execution_options(synchronize_session=False))
            if not rows:
                self.wipe()
                return done
            done, after = done + len(rows), rows[-1].owner

    def counts(self) -> Mapping[KeyKind, tuple[int, int]]:
        """How many keys of each kind there are, and how many were destroyed."""
        with Session(self._engine) as session:
            rows = session.execute(select(_Key.kind, func.count(), func.count(_Key.destroyed_at)).group_by(_Key.kind))
            found = {KeyKind(kind): (total - gone, gone) for kind, total, gone in rows}
        return {kind: found.get(kind, (0, 0)) for kind in KeyKind}

    def come_back(self) -> list[str]:
        """Owners whose keys were destroyed and are here again, as after a restored backup."""
        listed = self._destroyed.owners() if self._destroyed is not None else {}
        return sorted(owner for owner, key in self.open(listed).items() if key is not None)

    def copy_to(self, path: Path) -> None:
        """Write every key, wrapped as it is, to a new SQLite file readable by its owner alone."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        copy = create_engine(f"sqlite:///{path}")
        _Base.metadata.create_all(copy)
        with Session(self._engine) as session, Session(copy) as into, into.begin():
            for row in session.scalars(select(_Key).execution_options(yield_per=_BATCH)):
                into.execute(insert(_Key).values({name: getattr(row, name) for name in _COLUMNS}))
        copy.dispose()

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _unwrap(self, row: _Key) -> bytes | None:
        if row.wrapped is None:
            return None
        return self.wrapping.unwrap(KeyKind(row.kind), _place(row.owner), row.wrapped)


def _place(owner: str) -> str:
    return f"keys.wrapped:{owner}"


def _durable(connection: "object", _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_LONG_WAIT}", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class KeyRing:
    """The keys one transaction has in hand: opened once, forgotten with it."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._open: dict[str, bytes | None] = {}

    def create(self, owners: Iterable[str], kind: KeyKind) -> None:
        """Create a key for each of `owners`."""
        self._open.update(self._store.create(owners, kind))

    def fetch(self, owners: Iterable[str]) -> None:
        """Open many keys in one go, so that later look-ups cost nothing."""
        missing = [owner for owner in set(owners) if owner not in self._open]
        if missing:
            self._open.update(self._store.open(missing))

    def seal(self, owner: str, place: str, plaintext: bytes) -> bytes:
        """Seal `plaintext` under the key of `owner`."""
        return seal(self._key(owner), place, plaintext)

    def unseal(self, owner: str, place: str, sealed: bytes) -> bytes:
        """Open what was sealed under the key of `owner`.

        Raises:
            KeyDestroyed: the owner was erased.
            KeyUnknown: there never was such a key here.
            Unreadable: altered or moved.
        """
        return unseal(self._key(owner), place, sealed)

    def blind_index(self, purpose: str, value: str) -> str:
        """A keyed digest for look-up; see `KeyEncryption.blind_index`."""
        return self._store.wrapping.blind_index(purpose, value)

    def destroy(self, *owners: str) -> None:
        """Destroy the keys of `owners`, here and in the store."""
        self._store.destroy(*owners)
        self._open.update(dict.fromkeys(owners))

    def is_there(self, owner: str) -> bool:
        """Whether `owner` has a key that was not destroyed."""
        self.fetch([owner])
        return self._open.get(owner) is not None

    def _key(self, owner: str) -> bytes:
        self.fetch([owner])
        if owner not in self._open:
            raise KeyUnknown(owner)
        key = self._open[owner]
        if key is None:
            raise KeyDestroyed(owner)
        return key
