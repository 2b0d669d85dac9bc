"""One item as its store registered it, and where it stands."""

from typing import Any

from sqlalchemy.orm import Session

from consent.deciding import decisions
from consent.ledger import items, stores
from consent.ledger.items import Item
from consent.ledger.stores import Store
from portal.stores import offer


def shown(session: Session, store: Store, name: str) -> dict[str, Any] | None:
    """The registration of an item and its outcome per scope, leaving recipients aside; None where there is none."""
    item_id = items.ids_of(session, store.id, [name]).get(name)
    item = None if item_id is None else session.get_one(Item, item_id)
    if item is None or not item.registered:
        return None
    sources = items.sources_of(session, [item.id]).get(item.id, ())
    outcomes = decisions.outcomes(session, [item.id], offer.to(session, store).scopes)[item.id]
    return {
        "item": item.external_id,
        "kind": item.kind,
        "subjects": _people(session, store, item.id),
        "sources": sorted(items.names_of(session, sources).values()),
        "no_data_subject": item.no_data_subject,
        "sha256": item.sha256,
        "outcomes": {
            scope: {"outcome": decision.outcome, "code": decision.reasons[0].code}
            for scope, decision in outcomes.items()
        },
    }


def _people(session: Session, store: Store, item_id: int) -> list[dict[str, str]]:
    links = items.links_of(session, [item_id]).get(item_id, [])
    names = stores.pseudonyms(session, store.id, {link.subject_id for link in links})
    people = [{"subject": names[link.subject_id], "role": link.role, "basis": link.basis} for link in links]
    return sorted(people, key=lambda person: (person["subject"], person["role"], person["basis"]))
