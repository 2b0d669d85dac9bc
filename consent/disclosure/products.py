"""Analytical products inherit from what they cite: which source blocks one, and what would remain without it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import rules
from consent.catalogue import classes, recipients
from consent.disclosure.positions import Positions
from consent.ledger import items, revisions
from consent.ledger.items import Item
from consent.rules import Outcome
from vault.refusals import Refused


class UnknownItem(Refused):
    """The store has not registered it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source of a product, at a depth (1: cited itself), and its own outcome."""

    name: str
    kind: str | None
    depth: int
    decision: rules.Decision
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A product's outcome for a recipient, and its sources', those cited first at the top."""

    name: str
    decision: rules.Decision
    sources: tuple[Source, ...]

    @property
    def blocking(self) -> list[Source]:
        """The sources that do not go."""
        return [source for source in self.sources if source.decision.outcome is not Outcome.PERMIT]

    @property
    def remaining(self) -> list[Source]:
        """The sources on which the product could still rest."""
        return [source for source in self.sources if source.decision.outcome is Outcome.PERMIT]


def product(session: Session, store_id: str, name: str, recipient: str) -> Product:
    """What stands in the way of a product, or of anything made from other items, for a recipient.

    Raises:
        UnknownItem: no such item in the store.
        recipients.UnknownRecipient, classes.UnknownClass
    """
    item_id = session.scalar(
        select(Item.id).where(Item.store_id == store_id, Item.external_id == name, Item.registered.is_(True))
    )
    entry = recipients.directory(session).get(recipient)
    if item_id is None:
        raise UnknownItem(name)
    if entry is None:
        raise recipients.UnknownRecipient(recipient)
    depths = _depths(session, item_id)
    scope = classes.rule(session, entry.recipient_class).scope
    _, now = revisions.present(session)
    views = items.views(session, depths)
    positions = Positions(session, scope, None, now)
    positions.meet({person.subject for view in views.values() for person in view.people})
    question = rules.Question(scope, recipient, now)
    decided = {each: rules.decide(view, question, positions.standing) for each, view in views.items()}
    described = _described(session, depths)
    sources = tuple(
        Source(*described[each], depth, decided[each], tuple(dict.fromkeys(r.code for r in decided[each].reasons)))
        for each, depth in sorted(depths.items(), key=lambda pair: (pair[1], pair[0]))
        if depth
    )
    return Product(name, decided[item_id], sources)


def _depths(session: Session, item_id: int) -> dict[int, int]:
    depths = {item_id: 0}
    edge, depth = {item_id}, 0
    while edge:
        depth += 1
        edge = {source for each in items.sources_of(session, edge).values() for source in each} - depths.keys()
        depths |= dict.fromkeys(edge, depth)
    return depths


def _described(session: Session, depths: dict[int, int]) -> dict[int, tuple[str, str | None]]:
    rows = session.execute(select(Item.id, Item.external_id, Item.kind).where(Item.id.in_(depths)))
    return {item_id: (name, kind) for item_id, name, kind in rows}
