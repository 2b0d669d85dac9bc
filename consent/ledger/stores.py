"""Evidence stores: what each may see, its pseudonyms for people, its tokens, and how far it has followed."""

import hashlib
import ipaddress
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Blind, Clear, blind, clear
from vault.database import Base, in_parts, new_id
from vault.policy import in_force, law
from vault.types import BigKey, Id, Instant, Json

NEVER_SHOWN = ("mhpss.", "contact.")


class BadToken(Exception):
    """No such token, expired, revoked, or used from a network it is not for."""


class BeyondTheEnd(Exception):
    """A cursor that the feed has not reached."""


class Store(Base):
    """An evidence store. `cursor` is the head of its feed, which is also its revision; `chain` the feed's last link."""

    __tablename__ = "stores"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True, info=clear(Clear.MACHINE))
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    scopes: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CATALOGUE))
    may_declare_no_data_subject: Mapped[bool]
    cursor: Mapped[int] = mapped_column(BigKey)
    chain: Mapped[bytes] = mapped_column(LargeBinary, info=blind(Blind.SALTED))
    created_at: Mapped[datetime] = mapped_column(Instant)


class StoreToken(Base):
    """A machine's credential: shown once, kept as a digest."""

    __tablename__ = "store_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"))
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=blind(Blind.RANDOM))
    networks: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.MACHINE))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class StoreSubject(Base):
    """A person as one store knows them: a pseudonym of its own, so that two stores cannot join their data."""

    __tablename__ = "store_subjects"
    __table_args__ = (UniqueConstraint("store_id", "pseudonym"), UniqueConstraint("store_id", "person_key"))

    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"), primary_key=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), primary_key=True, index=True)
    pseudonym: Mapped[str] = mapped_column(String(30), info=clear(Clear.IDENTIFIER))
    person_key: Mapped[str | None] = mapped_column(String(64), info=blind(Blind.KEYED))
    from_revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))


class StoreAcknowledgement(Base):
    """A store's word that it has applied its feed up to a cursor. Append-only."""

    __tablename__ = "store_acknowledgements"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"), index=True)
    cursor: Mapped[int] = mapped_column(BigKey)
    applied_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)


def create(
    session: Session,
    name: str,
    organisation: str,
    scopes: Iterable[str],
    *,
    may_declare_no_data_subject: bool,
) -> Store:
    """A new store. Scopes about support or contact are never shown to any store and are left out."""
    store = Store(
        id=new_id(),
        name=name,
        organisation=organisation,
        scopes=[scope for scope in scopes if not scope.startswith(NEVER_SHOWN)],
        may_declare_no_data_subject=may_declare_no_data_subject,
        cursor=0,
        chain=bytes(32),
        created_at=clock.now(),
    )
    session.add(store)
    session.flush()
    return store


def issue_token(session: Session, store: Store, token: str | None = None, networks: Collection[str] = ()) -> str:
    """A new token for `store`, valid for a year and only from `networks` (CIDR; none: from anywhere)."""
    token = token or f"zs_{secrets.token_urlsafe(32)}"
    now = clock.now()
    session.add(
        StoreToken(
            id=new_id(),
            store_id=store.id,
            digest=_digest(token),
            networks=[str(ipaddress.ip_network(network)) for network in networks],
            created_at=now,
            expires_at=now + in_force.value(session, law.STORE_TOKEN),
            revoked_at=None,
        )
    )
    session.flush()
    return token


def authenticate(session: Session, token: str, address: str) -> Store:
    """The store that `token` belongs to.

    Raises:
        BadToken: whatever the matter is; the caller learns no more.
    """
    row = session.scalar(select(StoreToken).where(StoreToken.digest == _digest(token)))
    if row is None or row.revoked_at is not None or clock.now() >= row.expires_at:
        raise BadToken
    networks = [ipaddress.ip_network(network) for network in row.networks]
    if networks and not any(ipaddress.ip_address(address) in network for network in networks):
        raise BadToken
    return session.get_one(Store, row.store_id)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def pseudonyms(session: Session, store_id: str, subject_ids: Collection[str]) -> dict[str, str]:
    """This store's pseudonyms by subject id, of those people it knows."""
    found: dict[str, str] = {}
    for part in in_parts(subject_ids):
        rows = session.execute(
            select(StoreSubject.subject_id, StoreSubject.pseudonym).where(
                StoreSubject.store_id == store_id,
                StoreSubject.subject_id.in_(part),
            )
        )
        found.update((subject_id, pseudonym) for subject_id, pseudonym in rows)
    return found


def by_pseudonym(session: Session, store_id: str, names: Collection[str]) -> dict[str, str]:
    """Subject ids by this store's pseudonym."""
    return _by(session, store_id, StoreSubject.pseudonym, names)


def by_person_key(session: Session, store_id: str, keys: Collection[str]) -> dict[str, str]:
    """Subject ids by the blind index of the store's own key for a person."""
    return _by(session, store_id, StoreSubject.person_key, keys)


def _by(session: Session, store_id: str, column: object, names: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in in_parts(names):
        rows = session.execute(
            select(column, StoreSubject.subject_id).where(  # type: ignore[call-overload]
                StoreSubject.store_id == store_id,
                column.in_(part),  # type: ignore[attr-defined]
            )
        )
        found.update((name, subject_id) for name, subject_id in rows)
    return found


def introduce(session: Session, store_id: str, people: dict[str, str | None], revision: int) -> None:
    """Give each new person (subject id → blind index of the store's own key) a pseudonym in this store."""
    rows = [
        {
            "store_id": store_id,
            "subject_id": subject_id,
            "pseudonym": f"p_{secrets.token_hex(10)}",
            "person_key": person_key,
            "from_revision": revision,
        }
        for subject_id, person_key in people.items()
    ]
    if rows:
        session.execute(insert(StoreSubject), rows)


def knowing(session: Session, subject_ids: Collection[str]) -> list[StoreSubject]:
    """In which stores some people are known, and by which pseudonym."""
    found: list[StoreSubject] = []
    for part in in_parts(subject_ids):
        found.extend(session.scalars(select(StoreSubject).where(StoreSubject.subject_id.in_(part))))
    return found


def listed(session: Session) -> list[Store]:
    """All stores, by name."""
    return list(session.scalars(select(Store).order_by(Store.name)))


def acknowledge(session: Session, store_id: str, cursor: int, applied_at: datetime) -> None:
    """Note that the store has applied its feed up to `cursor`.

    Raises:
        BeyondTheEnd: the feed has not come so far.
    """
    head = session.scalar(select(Store.cursor).where(Store.id == store_id)) or 0
    if cursor > head:
        raise BeyondTheEnd(cursor)
    session.add(StoreAcknowledgement(store_id=store_id, cursor=cursor, applied_at=applied_at, received_at=clock.now()))


def acknowledged(session: Session, store_id: str) -> int:
    """The furthest cursor the store has acknowledged; 0 before the first word."""
    query = select(func.max(StoreAcknowledgement.cursor)).where(StoreAcknowledgement.store_id == store_id)
    return session.scalar(query) or 0


def confirmed_at(session: Session, store_id: str, cursor: int) -> datetime | None:
    """When the store first acknowledged `cursor` or a later one."""
    query = select(func.min(StoreAcknowledgement.received_at)).where(
        StoreAcknowledgement.store_id == store_id, StoreAcknowledgement.cursor >= cursor
    )
    return session.scalar(query)


def last_heard(session: Session, store_id: str) -> datetime | None:
    """When the store last acknowledged anything."""
    query = select(func.max(StoreAcknowledgement.received_at)).where(StoreAcknowledgement.store_id == store_id)
    return session.scalar(query)


def latest_acknowledgements(session: Session, store_id: str, limit: int = 20) -> list[StoreAcknowledgement]:
    """The last words of a store, newest first."""
    query = select(StoreAcknowledgement).where(StoreAcknowledgement.store_id == store_id)
    return list(session.scalars(query.order_by(StoreAcknowledgement.id.desc()).limit(limit)))


def advance(session: Session, store: Store, cursor: int, chain: bytes) -> None:
    """Move the head of the store's feed, under the ledger's lock."""
    session.execute(
        update(Store)
        .where(Store.id == store.id)
        .values(cursor=cursor, chain=chain)
        .execution_options(synchronize_session=False)
    )
