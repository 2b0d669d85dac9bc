"""Asking the rule about items of a store: one question, fifty thousand, or every item there is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import rules
from consent.ledger import answers, items, ledger, revisions, stores
from consent.ledger.items import Item
from vault.database import Database


class InTheFuture(Exception):
    """A moment that has not come yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a store about one of its items."""

    item: str
    scope: str
    recipient: str
    request: str | None = None


@dataclass(frozen=True, slots=True)
class AsOf:
    """Which past is asked about: what was allowed `at` a moment, as `known_at` a moment. None is now."""

    at: datetime | None = None
    known_at: datetime | None = None


def decide_many(
    session: Session, store_id: str, questions: Sequence[Asked], as_of: AsOf = AsOf()
) -> list[rules.Decision]:
    """The decisions on `questions`, in their order, all from the one snapshot that `session` reads.

    The caller has checked scopes and recipients. Reasons name subject ids.

    Raises:
        InTheFuture: `as_of` names a moment that has not come.
    """
    _, present = revisions.present(session)
    if any(moment is not None and moment > present for moment in (as_of.at, as_of.known_at)):
        raise InTheFuture
    known_at = None if as_of.known_at is None else revisions.revision_at(session, as_of.known_at)
    now = as_of.at or present
    ids = items.ids_of(session, store_id, {question.item for question in questions})
    views = items.views(session, ids.values(), known_at)
    people = {person.subject for view in views.values() for person in view.people}
    folded = _folded(session, people, {question.scope for question in questions}, as_of, known_at)
    rule = _Rule(folded, now)
    return [rule.decide(views.get(ids.get(question.item, -1), rules.UNKNOWN_ITEM), question) for question in questions]


def _folded(
    session: Session, people: Collection[str], scopes: Collection[str], as_of: AsOf, known_at: revisions.Revision | None
) -> answers.Folded:
    present = answers.present(session, people, *scopes)
    if as_of.at is None and as_of.known_at is None:
        return present
    past, erased = ledger.history(session, people, effective_until=as_of.at, known_at=known_at)
    folded = answers.fold(past, at=as_of.at)
    # Who is erased now is erased in every past: their key is gone, and so is what could be answered from.
    folded.restrictions.update({key: row for key, row in present.restrictions.items() if key[0] in erased})
    return folded


class _Rule:
    """The rule at one moment, over one reading of people's answers; where somebody stands is worked out once."""

    def __init__(self, folded: answers.Folded, now: datetime) -> None:
        self._folded = folded
        self._now = now
        self._standing: dict[tuple[str, str], rules.Standing] = {}

    def decide(self, view: rules.ItemView, asked: Asked) -> rules.Decision:
        """The decision on one item, whatever its name."""
        return rules.decide(
            view,
            rules.Question(asked.scope, asked.recipient, self._now),
            lambda subject: self._stands(subject, asked.scope),
            lambda subject: answers.said_yes(self._folded, subject, asked.scope, asked.request),
        )

    def _stands(self, subject: str, scope: str) -> rules.Standing:
        if (subject, scope) not in self._standing:
            self._standing[subject, scope] = answers.standing(self._folded, subject, scope, self._now)
        return self._standing[subject, scope]


def outcomes(
    session: Session, item_ids: Collection[int], wanted: Collection[str]
) -> dict[int, dict[str, rules.Decision]]:
    """The outcome of each item for each of `wanted` scopes, leaving recipients aside ("necessary, not sufficient")."""
    _, now = revisions.present(session)
    views = items.views(session, item_ids)
    folded = answers.present(session, {person.subject for view in views.values() for person in view.people}, *wanted)
    return {
        item_id: {
            scope: rules.decide(
                view,
                rules.Question(scope, None, now),
                lambda subject, scope=scope: answers.standing(folded, subject, scope, now),  # type: ignore[misc]
            )
            for scope in wanted
        }
        for item_id, view in views.items()
    }


@dataclass(frozen=True, slots=True)
class Selected:
    """One item of a selection, under the store's own name."""

    item: str
    decision: rules.Decision


def select_items(
    database: Database, store: stores.Store, scope: str, recipient: str, kinds: Collection[str] | None
) -> Iterator[Selected]:
    """Decide every registered item of `store`, in constant memory.

    Each part is read in a snapshot of its own, so that a withdrawal that commits meanwhile binds what follows
    and no transaction stays open while a slow reader reads.
    """
    after = 0
    while True:
        with database.reading() as session:
            names = _next_items(session, store.id, after, kinds)
            if not names:
                return
            _, now = revisions.present(session)
            views = items.views(session, names)
            people = {person.subject for view in views.values() for person in view.people}
            folded = answers.present(session, people, scope)
            # Most items of a catalogue are alike to the rule.
            rule, question = _Rule(folded, now), Asked("", scope, recipient)
            decided = {view: rule.decide(view, question) for view in set(views.values())}
            selected = [Selected(name, decided[views[item_id]]) for item_id, name in names.items()]
        yield from selected
        after = max(names)


def _next_items(session: Session, store_id: str, after: int, kinds: Collection[str] | None) -> Mapping[int, str]:
    query = select(Item.id, Item.external_id).where(
        Item.store_id == store_id, Item.registered.is_(True), Item.id > after
    )
    if kinds is not None:
        query = query.where(Item.kind.in_(kinds))
    rows = session.execute(query.order_by(Item.id).limit(5000)).all()
    return {row.id: row.external_id for row in rows}
