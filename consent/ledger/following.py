"""How the stores follow: how far each is behind, and what it declares to show nobody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consent.ledger import feed, stores
from consent.ledger.feed import FeedRow, Unconfirmed
from consent.ledger.items import Item
from vault import clock
from vault.policy import in_force, law

_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Following:
    """Where a store stands in its feed. `behind_since` is when the oldest change it has not confirmed was recorded."""

    store: stores.Store
    acknowledged: int
    last_heard: datetime | None
    behind_since: datetime | None
    unconfirmed_stops: int
    items: int
    without_people: int
    overdue_after: timedelta

    @property
    def missing(self) -> int:
        """How many changes it has not confirmed."""
        return self.store.cursor - self.acknowledged

    @property
    def is_silent(self) -> bool:
        """Whether something has waited for it longer than a day."""
        return self.behind_since is not None and clock.now() - self.behind_since > self.overdue_after


def all_stores(session: Session) -> list[Following]:
    """Every store, by name."""
    stops: dict[str, int] = {}
    for late in feed.unconfirmed(session):
        stops[late.store.id] = stops.get(late.store.id, 0) + 1
    return [_following(session, store, stops.get(store.id, 0)) for store in stores.listed(session)]


def _following(session: Session, store: stores.Store, stops: int) -> Following:
    acknowledged = stores.acknowledged(session, store.id)
    oldest = select(FeedRow.recorded_at).where(FeedRow.store_id == store.id, FeedRow.cursor == acknowledged + 1)
    own = select(func.count()).select_from(Item).where(Item.store_id == store.id, Item.registered.is_(True))
    return Following(
        store=store,
        acknowledged=acknowledged,
        last_heard=stores.last_heard(session, store.id),
        behind_since=session.scalar(oldest),
        unconfirmed_stops=stops,
        items=session.scalar(own) or 0,
        without_people=session.scalar(own.where(Item.no_data_subject.is_(True))) or 0,
        overdue_after=in_force.value(session, law.STOP_OVERDUE),
    )


def overdue(session: Session, waiting: Collection[Unconfirmed]) -> list[Unconfirmed]:
    """The stops of `waiting` that have waited for their store longer than a store has to confirm them."""
    allowed = in_force.value(session, law.STOP_OVERDUE)
    return [late for late in waiting if clock.now() - late.recorded_at > allowed]


def sample_without_people(session: Session, store_id: str) -> list[str]:
    """Some items that the store declares to show nobody, to be looked at by a person: another sample each time."""
    declared = select(Item.external_id).where(Item.store_id == store_id, Item.no_data_subject.is_(True))
    return list(session.scalars(declared.order_by(func.random()).limit(_SAMPLE)))
