"""Proving that the ledger is whole, and that all that is derived from it still equals it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.ledger import answers, events, feed, ledger, stores, transparency_log
from consent.ledger.events import Event, EventRow
from consent.ledger.feed import FeedRow
from consent.ledger.items import Item
from consent.ledger.revisions import LedgerHead, RevisionRow
from consent.proofs import commit, link
from consent.rules import ReasonCode
from vault.database import in_parts
from vault.keys import KeyDestroyed, KeyUnknown
from vault.sealing import Unreadable

_AT_A_TIME = 2000


@dataclass(slots=True)
class _Cause:
    """What the ledger holds of one revision: when it was recorded, and what it changed for whom."""

    recorded_at: datetime
    concerned: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)


def faults(session: Session) -> Iterator[str]:
    """Every fault in the ledger and in what is derived from it; nothing where all is whole.

    Looks at each event against its leaf and its salted commitments, at the density of positions and revisions, at the
    log's kept hashes, at the projection against a replay from the first event, and at every row of every store's feed
    against its chain, its content and the revision that caused it.
    """
    causes = _causes(session)
    yield from _revision_faults(session)
    yield from _event_faults(session, causes)
    yield from transparency_log.faults(session)
    yield from _projection_faults(session)
    for store in stores.listed(session):
        yield from _feed_faults(session, store, causes)


def _causes(session: Session) -> dict[int, _Cause]:
    rows = session.execute(select(RevisionRow.revision, RevisionRow.recorded_at))
    return {revision: _Cause(recorded_at) for revision, recorded_at in rows}


def _revision_faults(session: Session) -> Iterator[str]:
    head = session.execute(select(LedgerHead)).scalar_one()
    expected, before = 0, None
    query = select(RevisionRow.revision, RevisionRow.recorded_at).order_by(RevisionRow.revision)
    for revision, recorded_at in session.execute(query):
        expected += 1
        if revision != expected:
            yield f"ledger: revision {expected} is missing"
            expected = revision
        elif before is not None and recorded_at <= before:
            yield f"ledger: revision {revision} was changed"
        before = recorded_at
    if (expected, before or head.recorded_at) != (head.revision, head.recorded_at):
        yield "ledger: revisions are not dense up to the head"


def _event_faults(session: Session, causes: dict[int, _Cause]) -> Iterator[str]:
    head = session.execute(select(LedgerHead)).scalar_one()
    expected = 0
    query = select(EventRow).order_by(EventRow.position).execution_options(yield_per=_AT_A_TIME)
    for revision, rows in groupby(session.scalars(query), key=lambda row: row.revision):
        readable: list[Event] = []
        for row in rows:
            expected += 1
            if row.position != expected:
                yield f"ledger: event {expected} is missing"
                expected = row.position
            cause = causes.get(revision)
            if not events.row_is_whole(row) or cause is None or row.recorded_at != cause.recorded_at:
                yield f"ledger: event {row.position} was changed"
                continue
            try:
                readable.append(events.unseal(session, row))
            except KeyDestroyed:
                continue
            except (Unreadable, KeyUnknown, events.Altered):
                yield f"ledger: event {row.position} does not open under its person's key"
        if revision in causes:
            causes[revision].concerned = ledger.concerned(readable)
    if expected != head.position:
        yield f"ledger: events after {expected} are missing"


def _projection_faults(session: Session) -> Iterator[str]:
    people = session.scalars(select(EventRow.subject_id).where(EventRow.subject_id.is_not(None)).distinct())
    for part in in_parts(people):
        try:
            readable, erased = ledger.history(session, part)
        except (Unreadable, KeyUnknown, events.Altered):
            yield "projection: it cannot be compared while an event does not open"
            return
        replayed = answers.fold(readable)
        stored = answers.present(session, part)
        for name in ("answers", "restrictions"):
            theirs, ours = getattr(replayed, name), getattr(stored, name)
            for key in sorted(theirs.keys() | ours.keys()):
                if key[0] not in erased and not _same(theirs.get(key), ours.get(key)):
                    yield f"projection: {name} of person {key[0]}, {key[1]} {key[2]}: does not equal the replay"
        for person in sorted(erased):
            tombstone = stored.restrictions.get((person, ReasonCode.ERASED, ""))
            if tombstone is None or not tombstone.active:
                yield f"projection: person {person} was erased and has no tombstone"
    for table in (answers.AnswerRow, answers.RestrictionRow):
        known = select(EventRow.subject_id).where(EventRow.subject_id.is_not(None))
        for orphan in session.scalars(select(table.subject_id).where(table.subject_id.not_in(known)).distinct()):
            yield f"projection: answers of person {orphan} come from no event"


def _same(one: object, other: object) -> bool:
    if one is None or other is None:
        return False
    columns = one.__table__.columns.keys()  # type: ignore[attr-defined]
    return all(getattr(one, column) == getattr(other, column) for column in columns)


def _feed_faults(session: Session, store: stores.Store, causes: Mapping[int, _Cause]) -> Iterator[str]:
    expected, chain = 0, bytes(32)
    query = (
        select(FeedRow, Item.external_id)
        .outerjoin(Item, (Item.id == FeedRow.item_id) & (Item.store_id == FeedRow.store_id))
        .where(FeedRow.store_id == store.id)
        .order_by(FeedRow.cursor)
    )
    for row, item in session.execute(query.execution_options(yield_per=_AT_A_TIME)):
        expected += 1
        chain = link(chain, row.cursor, row.commitment)
        if row.cursor != expected:
            yield f"feed {store.name}: cursor {expected} is missing"
            expected = row.cursor
        elif row.chain != chain or not _row_is_whole(session, row, item, causes.get(row.revision)):
            yield f"feed {store.name}: row {row.cursor} was changed"
        chain = row.chain
    if (expected, chain) != (store.cursor, store.chain):
        yield f"feed {store.name}: its head does not match its last row"


def _row_is_whole(session: Session, row: FeedRow, item: str | None, cause: _Cause | None) -> bool:
    try:
        opened = feed.opened(session, row)
    except (Unreadable, KeyUnknown, ValueError, KeyError):
        return False
    if cause is None or row.recorded_at != cause.recorded_at:
        return False
    if opened is None:
        return True
    salt, content = opened
    return (
        commit(salt, content) == row.commitment
        and content.get("item") == item
        and row.stops == _stops(session, row, content, cause)
    )


def _stops(session: Session, row: FeedRow, content: Mapping[str, Any], cause: _Cause) -> bool:
    if content["kind"] != "answer":
        return False
    if content["code"] == ReasonCode.ERASED:
        # Nobody can read any more which event of theirs this was.
        return row.stops
    person = row.subject_id
    if person is None:
        person = stores.by_pseudonym(session, row.store_id, [content["subject"]]).get(content["subject"], "")
    told = cause.concerned.get(person, {})
    return bool(told.get(content["scope"], told.get(feed.EVERY_SCOPE, False)))
