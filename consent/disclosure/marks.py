"""Items that staff mark as material that may exonerate somebody: a prosecutor must know that it exists."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure.lists import RequestItem
from consent.ledger.items import Item
from vault import clock
from vault.database import Base, in_parts
from vault.types import BigKey, Id, Instant


class ExoneratingItem(Base):
    """An item that may exonerate somebody (Rome Statute Art. 54(1)(a), 67(2))."""

    __tablename__ = "exonerating_items"

    item_id: Mapped[int] = mapped_column(BigKey, ForeignKey("items.id"), primary_key=True)
    marked_by: Mapped[str] = mapped_column(Id)
    marked_at: Mapped[datetime] = mapped_column(Instant)


def mark(session: Session, request_id: str, names: Collection[str], marked_by: str) -> int:
    """Mark those items on the list of a request that are named; how many were not marked before."""
    wanted: set[int] = set()
    for part in in_parts(names):
        query = (
            select(Item.id)
            .join(RequestItem, (RequestItem.store_id == Item.store_id) & (RequestItem.external_id == Item.external_id))
            .where(RequestItem.request_id == request_id, Item.external_id.in_(part))
        )
        wanted.update(session.scalars(query))
    new = wanted - marked(session, wanted)
    if new:
        now = clock.now()
        session.execute(
            insert(ExoneratingItem),
            [{"item_id": item_id, "marked_by": marked_by, "marked_at": now} for item_id in sorted(new)],
        )
    return len(new)


def marked(session: Session, item_ids: Collection[int]) -> set[int]:
    """Those of `item_ids` that are marked."""
    found: set[int] = set()
    for part in in_parts(item_ids):
        found.update(session.scalars(select(ExoneratingItem.item_id).where(ExoneratingItem.item_id.in_(part))))
    return found


def marked_on_list(session: Session, request_id: str) -> set[int]:
    """The marked items on the list of a request."""
    query = (
        select(ExoneratingItem.item_id)
        .join(Item, Item.id == ExoneratingItem.item_id)
        .join(RequestItem, (RequestItem.store_id == Item.store_id) & (RequestItem.external_id == Item.external_id))
        .where(RequestItem.request_id == request_id)
    )
    return set(session.scalars(query))
