"""What a store may ask about: the scopes of its allow-list, and the recipients that these are for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from consent.catalogue import recipients
from consent.catalogue.recipients import Recipient
from consent.ledger import items, scopes
from consent.ledger.scopes import LANGUAGES, Scope
from consent.ledger.stores import Store
from consent.proofs import CatalogueStatement, digest
from vault import clock, signing


@dataclass(frozen=True, slots=True)
class Offer:
    """Present scopes and recipients by key, as one store sees them."""

    scopes: Mapping[str, Scope]
    recipients: Mapping[str, Recipient]


def to(session: Session, store: Store) -> Offer:
    """What `store` may ask about now. A recipient that none of its scopes is for does not exist for it."""
    shown = {key: scope for key, scope in scopes.catalogue(session).items() if key in store.scopes}
    classes = {each for scope in shown.values() for each in scope.classes}
    directory = recipients.directory(session)
    return Offer(shown, {key: entry for key, entry in directory.items() if entry.recipient_class in classes})


def catalogue(session: Session, store: Store) -> dict[str, Any]:
    """The catalogue in the words of the store protocol, under a version that is the digest of its content.

    A number would tell of changes that the store does not see.
    """
    offer = to(session, store)
    content: dict[str, Any] = {
        "scopes": [_scope(scope) for scope in offer.scopes.values()],
        "recipients": [_recipient(recipient) for recipient in offer.recipients.values()],
        "kinds": items.kinds_of(session, store.id),
    }
    version = digest(content)
    signer = signing.signer(session)
    statement = CatalogueStatement(origin=signer.name, store=store.name, version=version, issued=clock.now())
    return {"version": version, **content, "signature": signer.sign(statement.text())}


def _scope(scope: Scope) -> dict[str, Any]:
    return {
        "key": scope.key,
        "group": scope.group,
        "classes": scope.classes,
        "one_partner": scope.one_partner,
        "title": {language: scope.texts[language]["title"] for language in LANGUAGES},
    }


def _recipient(recipient: Recipient) -> dict[str, Any]:
    return {
        "key": recipient.key,
        "class": recipient.recipient_class,
        "name": {language: recipient.names[language] for language in LANGUAGES},
    }
