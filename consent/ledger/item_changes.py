"""What a store's feed says of its items: who is in them now, and whether anything holds them back as a whole."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import rules
from consent.ledger import feed, items, stores
from consent.ledger.items import Item
from consent.ledger.revisions import Moment
from vault.database import in_parts


def tell(session: Session, store: stores.Store, item_ids: Collection[int], moment: Moment) -> None:
    """Write to the store's feed where each item, and whatever is made from it, now stands."""
    affected = sorted(set(item_ids) | items.made_from(session, item_ids))
    views = items.views(session, affected)
    people = {person.subject for view in views.values() for person in view.people}
    names = stores.pseudonyms(session, store.id, people)
    described = _descriptions(session, affected)
    feed.append(
        session,
        store,
        (
            feed.Change(content(*described[item_id], views[item_id], names, store.scopes), item_id=item_id)
            for item_id in affected
        ),
        moment,
    )


def _descriptions(session: Session, item_ids: Collection[int]) -> dict[int, tuple[str, str | None]]:
    found = {}
    for part in in_parts(item_ids):
        for item_id, name, kind in session.execute(
            select(Item.id, Item.external_id, Item.kind).where(Item.id.in_(part))
        ):
            found[item_id] = (name, kind)
    return found


def content(
    name: str, kind: str | None, view: rules.ItemView, pseudonyms: Mapping[str, str], scopes: Collection[str]
) -> dict[str, Any]:
    """A change of kind "item", in the words of the store protocol."""
    return {
        "kind": "item",
        "item": name,
        "item_kind": kind,
        "subjects": {
            pseudonyms[person.subject]: {
                "kinds": sorted(person.kinds),
                "basis_scopes": sorted(person.basis_scopes.intersection(scopes)),
            }
            for person in view.people
        },
        "code": next((code for code in rules.ITEM_CODES if code in view.codes), None),
    }
