"""The key store: one key per person, support case or desk of the house, kept apart from the database.

Each kind of key is wrapped by its own key-encryption key, held outside both databases. Destroying a key
makes everything sealed under it unreadable for good.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine, LargeBinary, String, create_engine, event, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from vault import clock
from vault.sealing import seal, unseal
from vault.types import Instant

HOUSE = "0" * 32


class KeyKind(StrEnum):
    """Whose data a key opens; each kind has a key-encryption key of its own."""

    PERSON = "person"
    CASE = "case"
    HOUSE = "house"


class KeyDestroyed(Exception):
    """The key was destroyed on purpose: what it sealed is erased."""


class KeyUnknown(Exception):
    """No such key. Treated like every unreadable thing: not permitted."""


class _Base(DeclarativeBase):
    pass


class _Key(_Base):
    __tablename__ = "keys"

    owner: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)


class KeyEncryptionKeys:
    """The 32-byte keys that wrap all others, and the one that blind indexes are made with."""

    def __init__(self, people: bytes, cases: bytes, house: bytes, index: bytes) -> None:
        if {len(key) for key in (people, cases, house, index)} != {32}:
            raise ValueError("a key-encryption key has 32 bytes")
        self._by_kind = {KeyKind.PERSON: people, KeyKind.CASE: cases, KeyKind.HOUSE: house}
        self._index = index

    @classmethod
    def from_json(cls, text: str) -> "KeyEncryptionKeys":
        """Read what `generate` wrote."""
        return cls(**{name: base64.b64decode(value) for name, value in json.loads(text).items()})

    @staticmethod
    def generate(path: Path) -> None:
        """Write a new set to `path`, readable by its owner alone. An existing file is never replaced."""
        keys = {n: base64.b64encode(os.urandom(32)).decode() for n in ("people", "cases", "house", "index")}
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(keys, file)

    def of(self, kind: KeyKind) -> bytes:
        """The key that wraps keys of `kind`."""
        return self._by_kind[kind]

    def blind_index(self, purpose: str, value: str) -> str:
        """A keyed digest by which `value` can be looked up without being readable (HMAC-SHA-256, hex)."""
        return hmac.new(self._index, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


class KeyStore:
    """Keys by owner, in a database of their own."""

    def __init__(self, url: str, wrapping: KeyEncryptionKeys) -> None:
        self._engine: Engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _durable)
        self.wrapping = wrapping

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
                "wrapped": seal(self.wrapping.of(kind), f"keys.wrapped:{owner}", key),
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

    def destroy(self, owner: str) -> None:
        """Destroy the key of `owner` for good (crypto-erasure, GDPR Art. 17)."""
        with Session(self._engine) as session, session.begin():
            gone = update(_Key).where(_Key.owner == owner, _Key.destroyed_at.is_(None))
            session.execute(gone.values(wrapped=None, destroyed_at=clock.now()))

    def _unwrap(self, row: _Key) -> bytes | None:
        if row.wrapped is None:
            return None
        return unseal(self.wrapping.of(KeyKind(row.kind)), f"keys.wrapped:{row.owner}", row.wrapped)


def _durable(connection: "object", _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "secure_delete=ON"):
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
        """A keyed digest for look-up; see `KeyEncryptionKeys.blind_index`."""
        return self._store.wrapping.blind_index(purpose, value)

    def destroy(self, owner: str) -> None:
        """Destroy the key of `owner`, here and in the store."""
        self._store.destroy(owner)
        self._open[owner] = None

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
