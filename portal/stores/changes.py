"""A page of a store's feed: as it was written, or expanded on reading to the outcomes of the items concerned."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from consent.deciding import decisions
from consent.ledger import feed, items, stores, transparency_log
from consent.ledger.feed import Entry
from consent.ledger.revisions import RevisionRow
from consent.ledger.stores import Store
from consent.proofs import PageStatement, digest
from portal.stores.feed_schemas import ChangesQuery
from vault import clock, signing
from vault.database import in_parts

MOST_OUTCOMES = 20_000


@dataclass(frozen=True, slots=True)
class _Concern:
    """The items and scopes that one cursor concerns."""

    cursor: int
    item_ids: Sequence[int]
    scopes: tuple[str, ...]
    effective_at: str


_Outcomes = Mapping[tuple[int, str], tuple[str, str]]


def page(session: Session, store: Store, query: ChangesQuery) -> dict[str, Any]:
    """The page of the feed that `query` asks for, from the snapshot that `session` reads.

    With view=items it may cover fewer cursors than asked for, so that no answer grows without measure.
    """
    entries = feed.read(session, store.id, query.after, query.limit)
    if query.view == "state":
        changes = [entry.content or {"cursor": entry.cursor, "kind": "erased"} for entry in entries]
        last = entries[-1].cursor if entries else query.after
    else:
        concerns = list(_within_measure(_concerns(session, store, entries)))
        changes = list(_expanded(session, concerns))
        last = concerns[-1].cursor if concerns else query.after
    return {
        "changes": changes,
        "next": last,
        "more": last < store.cursor,
        "checkpoint": _checkpoint(session, store, query, changes, last)
        | {"rows": [_row(entry) for entry in entries] if query.view == "state" else []},
    }


def _checkpoint(
    session: Session, store: Store, query: ChangesQuery, changes: Sequence[dict[str, Any]], last: int
) -> dict[str, Any]:
    log = transparency_log.checkpoint(session)
    signer = signing.signer(session)
    statement = PageStatement(
        origin=signer.name,
        store=store.name,
        after=query.after,
        next=last,
        head=store.cursor,
        changes=digest(changes),
        chain=feed.chain_at(session, store.id, last),
        issued=clock.now(),
        size=log.size,
        root=log.root,
    )
    return {**log.as_value(), "page": signer.sign(statement.text())}


def _row(entry: Entry) -> dict[str, str]:
    # Only what was erased needs its commitment told: the rest is committed to by salt and content.
    name, value = ("commitment", entry.commitment) if entry.salt is None else ("salt", entry.salt)
    return {name: base64.b64encode(value).decode()}


def _within_measure(concerns: Iterable[_Concern]) -> Iterator[_Concern]:
    told = 0
    for concern in concerns:
        told += len(concern.item_ids) * len(concern.scopes)
        yield concern
        if told >= MOST_OUTCOMES:
            return


def _concerns(session: Session, store: Store, entries: Sequence[Entry]) -> Iterator[_Concern]:
    contents = [entry.content for entry in entries if entry.content and entry.content["kind"] == "answer"]
    people = stores.by_pseudonym(session, store.id, {content["subject"] for content in contents})
    involving: dict[str, list[int]] = {}
    recorded: dict[int, str] = {}
    for entry in entries:
        content = entry.content or {}
        if content.get("kind") == "answer" and content["scope"] in store.scopes:
            person = people[content["subject"]]
            if person not in involving:
                involving[person] = sorted(items.involving(session, store.id, person))
            yield _Concern(entry.cursor, involving[person], (content["scope"],), content["effective_at"])
        elif content.get("kind") == "item" and entry.item_id is not None:
            if entry.revision not in recorded:
                moment = session.get_one(RevisionRow, entry.revision).recorded_at
                recorded[entry.revision] = clock.to_the_minute(moment)
            yield _Concern(entry.cursor, (entry.item_id,), tuple(store.scopes), recorded[entry.revision])
        else:
            yield _Concern(entry.cursor, (), (), "")


def _expanded(session: Session, concerns: Sequence[_Concern]) -> Iterator[dict[str, Any]]:
    outcomes = _outcomes(session, concerns)
    names = items.names_of(session, {item_id for item_id, _ in outcomes})
    for concern in concerns:
        for item_id in concern.item_ids:
            for scope in concern.scopes:
                outcome, code = outcomes[item_id, scope]
                yield {
                    "cursor": concern.cursor,
                    "kind": "outcome",
                    "item": names[item_id],
                    "scope": scope,
                    "outcome": outcome,
                    "code": code,
                    "effective_at": concern.effective_at,
                }


def _outcomes(session: Session, concerns: Iterable[_Concern]) -> _Outcomes:
    scopes_of: dict[int, set[str]] = {}
    for concern in concerns:
        for item_id in concern.item_ids:
            scopes_of.setdefault(item_id, set()).update(concern.scopes)
    # Items that need the same scopes are read together, so that nobody's answers are read a scope at a time.
    alike: dict[frozenset[str], list[int]] = {}
    for item_id, scopes in scopes_of.items():
        alike.setdefault(frozenset(scopes), []).append(item_id)
    return {
        (item_id, scope): (decision.outcome.value, decision.reasons[0].code)
        for scopes, item_ids in alike.items()
        for part in in_parts(item_ids)
        for item_id, by_scope in decisions.outcomes(session, part, scopes).items()
        for scope, decision in by_scope.items()
    }
