"""The transparency log: a Merkle tree (RFC 9162) over the leaves of all events, with signed checkpoints and proofs."""

import base64
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from sqlalchemy import LargeBinary, Select, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.events import EventRow
from consent.ledger.revisions import LedgerHead
from consent.proofs import checkpoint_text
from vault import merkle, signing
from vault.columns import Blind, Clear, blind, clear
from vault.database import Base
from vault.types import BigKey

# Every hash of a subtree of 256, 256², … leaves is kept, so that a root or a proof reads a few hundred rows of any log.
_HEIGHT = 8
_WIDTH = 1 << _HEIGHT


class LogSubtree(Base):
    """The hash of the 256 ** tier leaves from number * 256 ** tier on. Append-only."""

    __tablename__ = "log_subtrees"

    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=clear(Clear.NUMBER))
    number: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary, info=blind(Blind.SALTED))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log at a size: its root, and the signed note that says so (C2SP tlog-checkpoint)."""

    size: int
    root: bytes
    note: str

    def as_value(self) -> dict[str, object]:
        """In the words of the store protocol."""
        return {"size": self.size, "root": base64.b64encode(self.root).decode(), "note": self.note}


class _Stored:
    """The hashes of complete subtrees, read from the database 256 at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def complete(self, level: int, index: int) -> bytes:
        """The hash of the 2**level leaves from index * 2**level on."""
        tier, above = divmod(level, _HEIGHT)
        if above:
            return self.computed(level, index)
        block, place = divmod(index, _WIDTH)
        if (tier, block) not in self._read:
            self._read[tier, block] = list(self._session.scalars(_block(tier, block)))
        return self._read[tier, block][place]

    def computed(self, level: int, index: int) -> bytes:
        """The same, from the level below, whether or not it is kept."""
        return merkle.node(self.complete(level - 1, 2 * index), self.complete(level - 1, 2 * index + 1))


def _block(tier: int, block: int) -> Select[bytes]:
    start = block * _WIDTH
    if tier == 0:
        leaves = select(EventRow.leaf).where(EventRow.position > start, EventRow.position <= start + _WIDTH)
        return leaves.order_by(EventRow.position)
    hashes = select(LogSubtree.hash).where(
        LogSubtree.tier == tier, LogSubtree.number >= start, LogSubtree.number < start + _WIDTH
    )
    return hashes.order_by(LogSubtree.number)


def size(session: Session) -> int:
    """How many events the log holds."""
    return session.execute(select(LedgerHead.position).where(LedgerHead.id == 1)).scalar_one()


def grow(session: Session, before: int, after: int) -> None:
    """Keep the subtrees that became complete when the log grew from `before` to `after` leaves.

    The caller holds the ledger's lock and has written the leaves.
    """
    tier, width = 1, _WIDTH
    while after // width > before // width:
        stored = _Stored(session)
        numbers = range(before // width, after // width)
        session.execute(
            insert(LogSubtree),
            [{"tier": tier, "number": n, "hash": stored.computed(tier * _HEIGHT, n)} for n in numbers],
        )
        tier, width = tier + 1, width * _WIDTH


def checkpoint(session: Session) -> Checkpoint:
    """The log as `session` sees it, signed with the key of today."""
    leaves = size(session)
    root = root_of(session, leaves)
    signer = signing.signer(session)
    return Checkpoint(leaves, root, signer.sign(checkpoint_text(signer.name, leaves, root)))


def root_of(session: Session, leaves: int) -> bytes:
    """The root of the first `leaves` leaves."""
    return merkle.root(_Stored(session).complete, leaves)


def inclusion(session: Session, index: int, leaves: int) -> list[bytes]:
    """The proof that leaf `index` (from 0) is among the first `leaves`.

    Raises:
        ValueError: there is no such leaf, or there are not so many.
    """
    _refuse_beyond(session, leaves)
    return merkle.inclusion(_Stored(session).complete, index, leaves)


def inclusions(session: Session, indexes: Collection[int], leaves: int) -> dict[int, list[bytes]]:
    """The proofs that many leaves are among the first `leaves`, by index; what they share is read once.

    Raises:
        ValueError: there is no such leaf, or there are not so many.
    """
    _refuse_beyond(session, leaves)
    complete = cache(_Stored(session).complete)
    return {index: merkle.inclusion(complete, index, leaves) for index in sorted(indexes)}


def consistency(session: Session, first: int, second: int) -> list[bytes]:
    """The proof that the log of `second` leaves only adds to that of `first`.

    Raises:
        ValueError: `first` is beyond `second`, or there are not so many.
    """
    _refuse_beyond(session, second)
    return merkle.consistency(_Stored(session).complete, first, second)


def leaf_hash(session: Session, index: int) -> bytes:
    """The hash of leaf `index` (from 0)."""
    return session.execute(select(EventRow.leaf).where(EventRow.position == index + 1)).scalar_one()


def _refuse_beyond(session: Session, leaves: int) -> None:
    if leaves > size(session):
        raise ValueError("the log has not so many leaves")


def faults(session: Session) -> Iterator[str]:
    """Every kept subtree that is not the one its leaves give, or that is missing or too many."""
    tier, width, leaves = 1, _WIDTH, size(session)
    while True:
        expected = leaves // width
        stored = _Stored(session)
        query = select(LogSubtree.number, LogSubtree.hash).where(LogSubtree.tier == tier)
        kept = {row.number: row.hash for row in session.execute(query)}
        for number in range(expected):
            if number not in kept:
                yield f"log: the hash of tier {tier}, number {number} is missing"
                return
            if stored.computed(tier * _HEIGHT, number) != kept[number]:
                yield f"log: the hash of tier {tier}, number {number} was changed"
        for number in sorted(kept.keys() - set(range(expected))):
            yield f"log: the hash of tier {tier}, number {number} has no leaves"
        if not expected and not session.scalar(select(func.count()).where(LogSubtree.tier > tier)):
            return
        tier, width = tier + 1, width * _WIDTH
