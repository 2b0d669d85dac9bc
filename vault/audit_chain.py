"""Chaining the audit in batches: a leaf for each entry, a seal over each batch and the seal before it."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import audit, clock
from vault.audit import AuditEntry
from vault.canonical import canonical
from vault.columns import Blind, Clear, blind, clear
from vault.database import Base
from vault.types import BigKey, Instant

_BATCH = 5000
# A transaction may take its position in the audit before another and commit after it; never thousands later.
_LATE = 10_000


class AuditSeal(Base):
    """A batch of entries: how many, and a hash over their leaves and the seal before. Append-only."""

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    entries: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    chain: Mapped[bytes] = mapped_column(LargeBinary, info=blind(Blind.KEYED))


class AuditLeaf(Base):
    """The hash of one entry at its position, and the seal that it is under. Append-only."""

    __tablename__ = "audit_leaves"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    seal: Mapped[int] = mapped_column(ForeignKey("audit_seals.number"), index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, info=blind(Blind.KEYED))


def seal(session: Session) -> AuditSeal | None:
    """Seal what was written since; None where there is nothing. The caller anchors it and commits."""
    entries = _unsealed(session)
    if not entries:
        return None
    before = latest(session)
    leaves = [(entry.position, leaf(entry)) for entry in entries]
    new = AuditSeal(
        number=before.number + 1 if before else 1,
        at=clock.now(),
        entries=len(leaves),
        chain=_chain(before.chain if before else b"", leaves),
    )
    session.add(new)
    session.flush()
    session.execute(
        insert(AuditLeaf), [{"position": place, "seal": new.number, "hash": each} for place, each in leaves]
    )
    return new


def latest(session: Session) -> AuditSeal | None:
    """The last seal."""
    return session.scalar(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))


def leaf(entry: AuditEntry) -> bytes:
    """The hash of an entry at its position."""
    return hashlib.sha256(b"\x00" + f"{entry.position}:{entry.mac}:".encode() + entry.content()).digest()


def faults(session: Session) -> Iterator[str]:
    """Every entry that was changed, removed, inserted or moved, in their order, then every seal that does not fit."""
    sealed = {place: value for place, value in session.execute(select(AuditLeaf.position, AuditLeaf.hash))}  # noqa: C416
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.position).execution_options(yield_per=2000))
    waiting = iter(sorted(sealed))
    expected = next(waiting, None)
    for entry in entries:
        while expected is not None and expected < entry.position:
            yield f"audit: entry {expected} is missing"
            expected = next(waiting, None)
        if expected == entry.position:
            expected = next(waiting, None)
        if entry.mac != audit.mac(session, entry):
            yield f"audit: entry {entry.position} was {'changed' if entry.position in sealed else 'inserted'}"
        elif entry.position in sealed and sealed[entry.position] != leaf(entry):
            yield f"audit: entry {entry.position} stands in another's place"
    while expected is not None:
        yield f"audit: entry {expected} is missing"
        expected = next(waiting, None)
    yield from _seal_faults(session)


def _seal_faults(session: Session) -> Iterator[str]:
    chain = b""
    for number, each in enumerate(session.scalars(select(AuditSeal).order_by(AuditSeal.number)), start=1):
        if each.number != number:
            yield f"audit: seal {number} is missing"
            return
        query = select(AuditLeaf.position, AuditLeaf.hash).where(AuditLeaf.seal == number)
        leaves = [(place, value) for place, value in session.execute(query.order_by(AuditLeaf.position))]
        chain = _chain(chain, leaves)
        if each.chain != chain or each.entries != len(leaves):
            yield f"audit: seal {number} was changed"
            return


def _unsealed(session: Session) -> Sequence[AuditEntry]:
    start = (session.scalar(select(func.max(AuditLeaf.position))) or 0) - _LATE
    query = (
        select(AuditEntry)
        .outerjoin(AuditLeaf, AuditLeaf.position == AuditEntry.position)
        .where(AuditEntry.position > start, AuditLeaf.position.is_(None))
    )
    return session.scalars(query.order_by(AuditEntry.position).limit(_BATCH)).all()


def _chain(before: bytes, leaves: Sequence[tuple[int, bytes]]) -> bytes:
    return hashlib.sha256(before + canonical([[place, each.hex()] for place, each in leaves])).digest()
