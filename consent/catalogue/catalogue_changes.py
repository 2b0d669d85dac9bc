"""What a store's feed says of the catalogue: that it is to be read again."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from consent.ledger import feed, scopes, stores
from consent.ledger.revisions import Moment


def tell(session: Session, classes: Collection[str], moment: Moment) -> None:
    """Write to the feed of every store that asks for recipients of `classes` that its catalogue has changed."""
    catalogue = scopes.catalogue(session)
    concerned = {key for key, scope in catalogue.items() if not set(classes).isdisjoint(scope.classes)}
    for store in stores.listed(session):
        if not concerned.isdisjoint(store.scopes):
            feed.append(session, store, [feed.Change({"kind": "catalogue"})], moment)
