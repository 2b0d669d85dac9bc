"""Pseudonymised and anonymised copies: an obligation is carried out by a copy that has a digest of its own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent import rules
from consent.disclosure.lists import RequestItem
from consent.disclosure.requests import DisclosureRequest, demand
from consent.ledger.items import Item
from vault import clock
from vault.columns import Clear, clear
from vault.database import Base, in_parts
from vault.types import BigKey, Id, Instant

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadCopy(Exception):
    """A line that is not ITEM,DIGEST of an item on the list, or names the original; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class DerivedCopy(Base):
    """A copy made to carry out an obligation, for one request. The latest of an item counts."""

    __tablename__ = "derived_copies"
    __table_args__ = (Index("ix_derived_copies_request", "request_id", "item_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("disclosure_requests.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    identity: Mapped[rules.Identity] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))
    registered_by: Mapped[str] = mapped_column(Id)
    registered_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy is, and its digest."""

    identity: str
    sha256: str

    def carries_out(self, demanded: str) -> bool:
        """Whether the copy is at least as strict as `demanded`."""
        return rules.IDENTITIES.index(self.identity) >= rules.IDENTITIES.index(demanded)


def register(session: Session, request: DisclosureRequest, identity: str, text: str, registered_by: str) -> int:
    """Register the copies that `text` names, ITEM,SHA-256 a line; how many. It ticks off the obligation per item.

    Raises:
        WrongState: the request is not open.
        BadCopy: a line that cannot be. Nothing is written.
    """
    demand(session, request, "register_copies")
    if identity not in rules.IDENTITIES[1:]:
        raise ValueError(identity)
    read = [(n, *_cells(n, line)) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    known = _listed(session, request, (name for _, name, _ in read))
    for number, name, digest in read:
        if name not in known or known[name][1] == digest:
            raise BadCopy(number)
    now = clock.now()
    rows = [
        {
            "request_id": request.id,
            "item_id": known[name][0],
            "identity": identity,
            "sha256": digest,
            "registered_by": registered_by,
            "registered_at": now,
        }
        for _, name, digest in read
    ]
    if rows:
        session.execute(insert(DerivedCopy), rows)
    return len(rows)


def of(session: Session, request_id: str) -> dict[int, Copy]:
    """The copies made for a request, by item: the latest of each."""
    query = select(DerivedCopy.item_id, DerivedCopy.identity, DerivedCopy.sha256).where(
        DerivedCopy.request_id == request_id
    )
    return {
        item_id: Copy(identity, sha256) for item_id, identity, sha256 in session.execute(query.order_by(DerivedCopy.id))
    }


def _cells(number: int, line: str) -> tuple[str, str]:
    name, _, digest = line.strip().replace(";", ",").rpartition(",")
    digest = digest.strip().lower()
    if not name.strip() or not _SHA256.fullmatch(digest):
        raise BadCopy(number)
    return name.strip(), digest


def _listed(session: Session, request: DisclosureRequest, names: Iterable[str]) -> dict[str, tuple[int, str | None]]:
    found: dict[str, tuple[int, str | None]] = {}
    for part in in_parts(names):
        query = (
            select(Item.external_id, Item.id, Item.sha256)
            .join(RequestItem, (RequestItem.store_id == Item.store_id) & (RequestItem.external_id == Item.external_id))
            .where(RequestItem.request_id == request.id, Item.external_id.in_(part))
        )
        found.update((name, (item_id, sha256)) for name, item_id, sha256 in session.execute(query))
    return found
