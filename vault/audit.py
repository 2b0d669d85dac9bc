"""Who saw or did what, when, on whose data: append-only, each entry vouched for by a key that the database lacks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.canonical import canonical
from vault.columns import Blind, Clear, blind, clear
from vault.database import Base, keyring, new_id
from vault.types import BigKey, Id, Instant

_PERSON = "survivor"


class AuditEntry(Base):
    """One act of one account, on a person's data (`subject_id`) or on another account (`target`).

    Holds identifiers only, never content. `mac` is keyed: whoever has only the database can neither change an entry
    nor make one.
    """

    __tablename__ = "audit_entries"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    # By this the rows that one statement writes are told apart, so that many readings are written at once.
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id, insert_sentinel=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    account_id: Mapped[str | None] = mapped_column(Id)
    role: Mapped[str] = mapped_column(String(20), info=clear(Clear.CODE))
    organisation: Mapped[str | None] = mapped_column(String(40), info=clear(Clear.CATALOGUE))
    act: Mapped[str] = mapped_column(String(60), info=clear(Clear.CODE))
    subject_id: Mapped[str | None] = mapped_column(Id, index=True)
    target: Mapped[str | None] = mapped_column(Id)
    mac: Mapped[str] = mapped_column(String(64), info=blind(Blind.KEYED))

    def content(self) -> bytes:
        """The canonical bytes of all but the position and the mac."""
        return canonical(
            {
                "id": self.id,
                "at": clock.rfc3339(self.at),
                "account": self.account_id,
                "role": self.role,
                "organisation": self.organisation,
                "act": self.act,
                "subject": self.subject_id,
                "target": self.target,
            }
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account in its role, a store, or the system's own clock."""

    role: str
    account_id: str | None = None
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to show: of a role, a partner, an act's beginning, a person, from and until a moment."""

    role: str = ""
    organisation: str = ""
    act: str = ""
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


SYSTEM = Actor("system")
STRANGER = Actor("stranger")
EVERYTHING = Wanted()


def record(
    session: Session, actor: Actor, act: str, subject_id: str | None = None, *, target: str | None = None
) -> None:
    """Write that `actor` did `act` (a stable word such as "consent.withdraw") on the data of `subject_id`."""
    entry = AuditEntry(
        id=new_id(),
        at=clock.now(),
        account_id=actor.account_id,
        role=actor.role,
        organisation=actor.organisation,
        act=act,
        subject_id=subject_id,
        target=target,
    )
    entry.mac = mac(session, entry)
    session.add(entry)


def mac(session: Session, entry: AuditEntry) -> str:
    """What vouches for an entry: a keyed digest of its content."""
    return keyring(session).blind_index("audit_entries", entry.content().decode())


def latest(session: Session, limit: int | None = 100, wanted: Wanted = EVERYTHING) -> list[AuditEntry]:
    """The last `limit` entries that are `wanted`, newest first."""
    return list(session.scalars(wanted_entries(wanted).order_by(AuditEntry.position.desc()).limit(limit)))


def wanted_entries(wanted: Wanted = EVERYTHING) -> Select[AuditEntry]:
    """The query for the entries that are `wanted`; whoever runs it says in what order."""
    query = select(AuditEntry)
    if wanted.role:
        query = query.where(AuditEntry.role == wanted.role)
    if wanted.organisation:
        query = query.where(AuditEntry.organisation == wanted.organisation)
    if wanted.act:
        query = query.where(AuditEntry.act.startswith(wanted.act, autoescape=True))
    if wanted.subject_id is not None:
        query = query.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return query


def of_person(session: Session, subject_id: str, limit: int = 200) -> list[AuditEntry]:
    """The last acts on the data of a person, newest first."""
    query = select(AuditEntry).where(AuditEntry.subject_id == subject_id).order_by(AuditEntry.position.desc())
    return list(session.scalars(query.limit(limit)))


def by_others(session: Session, subject_id: str, limit: int = 200) -> list[AuditEntry]:
    """Who else than the person saw or did something with their record, newest first."""
    query = select(AuditEntry).where(AuditEntry.subject_id == subject_id, AuditEntry.role != _PERSON)
    return list(session.scalars(query.order_by(AuditEntry.position.desc()).limit(limit)))
