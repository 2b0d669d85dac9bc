"""Legal holds: items that must not be erased while a court or a duty to keep evidence says so."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure import sealed
from consent.disclosure.lists import RequestItem
from consent.disclosure.requests import DisclosureRequest
from consent.ledger import items
from consent.ledger.items import Item, ItemLink
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, in_parts, new_id
from vault.types import BigKey, Id, Instant


class LegalHold(Base):
    """A hold on the items of one request, with its ground and the day on which it is looked at again."""

    __tablename__ = "legal_holds"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("disclosure_requests.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(info=sealed_to(Owner.HOUSE))
    review_on: Mapped[date] = mapped_column(Date)
    placed_by: Mapped[str] = mapped_column(Id)
    placed_at: Mapped[datetime] = mapped_column(Instant)
    lifted_by: Mapped[str | None] = mapped_column(Id)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)


class HeldItem(Base):
    """An item under a legal hold."""

    __tablename__ = "legally_held_items"

    hold_id: Mapped[str] = mapped_column(ForeignKey("legal_holds.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(BigKey, ForeignKey("items.id"), primary_key=True, index=True)


def place(session: Session, request: DisclosureRequest, ground: str, review_on: date, placed_by: str) -> int:
    """Hold every known item on the list of a request, and what each was made from; how many.

    Raises:
        ValueError: no ground, or a review date that has passed.
    """
    if not ground.strip() or review_on <= clock.today():
        raise ValueError("a legal hold has a ground, and is looked at again")
    query = (
        select(Item.id)
        .join(RequestItem, (RequestItem.store_id == Item.store_id) & (RequestItem.external_id == Item.external_id))
        .where(RequestItem.request_id == request.id)
    )
    held = _with_sources(session, set(session.scalars(query)))
    hold_id = new_id()
    session.add(
        LegalHold(
            id=hold_id,
            request_id=request.id,
            sealed=sealed.close(session, _place(hold_id), {"ground": ground}),
            review_on=review_on,
            placed_by=placed_by,
            placed_at=clock.now(),
        )
    )
    session.flush()
    if held:
        session.execute(insert(HeldItem), [{"hold_id": hold_id, "item_id": item_id} for item_id in sorted(held)])
    return len(held)


def lift(session: Session, hold_id: str, lifted_by: str) -> None:
    """End a hold."""
    session.execute(
        update(LegalHold)
        .where(LegalHold.id == hold_id, LegalHold.lifted_at.is_(None))
        .values(lifted_by=lifted_by, lifted_at=clock.now())
    )


def held(session: Session, item_ids: Collection[int]) -> set[int]:
    """Those of `item_ids` that are under a legal hold: whoever would erase an item asks this first."""
    found: set[int] = set()
    for part in in_parts(item_ids):
        query = (
            select(HeldItem.item_id)
            .join(LegalHold, LegalHold.id == HeldItem.hold_id)
            .where(HeldItem.item_id.in_(part), LegalHold.lifted_at.is_(None))
        )
        found.update(session.scalars(query))
    return found


def held_of_person(session: Session, subject_id: str) -> set[int]:
    """The items under a legal hold that a person is in, directly or through sources."""
    query = select(ItemLink.item_id).where(ItemLink.subject_id == subject_id, ItemLink.to_revision.is_(None))
    own = set(session.scalars(query))
    return held(session, own | items.made_from(session, own))


def names_held(session: Session, subject_id: str) -> list[str]:
    """The stores' names of the items that an erasure of the person must leave (GDPR Art. 17(3)(b), (e))."""
    return sorted(items.names_of(session, held_of_person(session, subject_id)).values())


def of_request(session: Session, request: DisclosureRequest) -> list[LegalHold]:
    """The holds placed for a request, those that stand first."""
    query = select(LegalHold).where(LegalHold.request_id == request.id)
    return list(session.scalars(query.order_by(LegalHold.lifted_at.is_not(None), LegalHold.placed_at)))


def ground(session: Session, hold: LegalHold) -> str:
    """Why a hold was placed."""
    return str(sealed.content(session, _place(hold.id), hold.sealed)["ground"])


def _with_sources(session: Session, item_ids: set[int]) -> set[int]:
    found, edge = set(item_ids), set(item_ids)
    while edge:
        edge = {source for each in items.sources_of(session, edge).values() for source in each} - found
        found |= edge
    return found


def _place(hold_id: str) -> str:
    return f"legal_holds.sealed:{hold_id}"
