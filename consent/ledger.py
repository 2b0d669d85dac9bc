"""The ledger: appending consent events, and proving that all that is derived from them still equals them."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from consent import answers, events, feed, stores, transparency_log
from consent.events import Draft, Event, EventRow, Kind
from consent.revisions import LedgerHead, Revision, RevisionRow, open_moment
from vault.database import in_parts, keyring
from vault.keys import KeyDestroyed
from vault.sealing import Unreadable

_STOPPING = frozenset(
    {
        Kind.WITHDRAWN,
        Kind.INVALIDATED,
        Kind.EXPIRED,
        Kind.SUPERSEDED,
        Kind.RESTRICTED,
        Kind.HELD,
        Kind.ERASURE_REQUESTED,
        Kind.ERASED,
    }
)


class NotYetSaid(Exception):
    """The moment named lies in the future."""


def append(session: Session, drafts: Collection[Draft]) -> Revision:
    """Record `drafts`, bring the projection up to date and tell the stores, all in the caller's transaction.

    Binding for every decision once the caller commits. No drafts, no revision: the present one is answered.

    Raises:
        NotYetSaid: a draft takes effect in the future. Nothing is written.
    """
    if not drafts:
        return session.execute(select(LedgerHead.revision).where(LedgerHead.id == 1)).scalar_one()
    moment = open_moment(session)
    if any(draft.effective_at is not None and draft.effective_at > moment.recorded_at for draft in drafts):
        raise NotYetSaid
    keyring(session).fetch(draft.subject_id for draft in drafts if draft.subject_id is not None)
    sealed = [events.seal(session, draft, moment) for draft in drafts]
    session.execute(insert(EventRow), [row for _, row in sealed])
    session.execute(
        update(LedgerHead)
        .where(LedgerHead.id == 1)
        .values(position=moment.position)
        .execution_options(synchronize_session=False)
    )
    transparency_log.grow(session, moment.position - len(sealed), moment.position)
    recorded = [event for event, _ in sealed]
    folded = answers.project(session, recorded)
    feed.publish(session, _concerned(recorded), folded, moment)
    return moment.revision


def _concerned(recorded: Collection[Event]) -> Mapping[str, Mapping[str, bool]]:
    concerned: dict[str, dict[str, bool]] = {}
    for event in recorded:
        if event.subject_id is None or event.context:
            continue
        scopes = concerned.setdefault(event.subject_id, {})
        scope = event.scope or feed.EVERY_SCOPE
        scopes[scope] = scopes.get(scope, False) or event.kind in _STOPPING
    return concerned


def history(
    session: Session,
    subject_ids: Collection[str],
    *,
    effective_until: datetime | None = None,
    known_at: Revision | None = None,
) -> tuple[list[Event], set[str]]:
    """The readable events of some people in ledger order, and the people whose past was erased."""
    found: list[Event] = []
    erased: set[str] = set()
    keyring(session).fetch(subject_ids)
    for part in in_parts(subject_ids):
        query = select(EventRow).where(EventRow.subject_id.in_(part))
        if known_at is not None:
            query = query.where(EventRow.revision <= known_at)
        for row in session.scalars(query.order_by(EventRow.position)):
            try:
                event = events.unseal(session, row)
            except KeyDestroyed:
                erased.add(str(row.subject_id))
                continue
            if effective_until is None or event.effective_at <= effective_until:
                found.append(event)
    return found, erased


def verify(session: Session) -> Iterator[str]:
    """Every fault in the ledger and in what is derived from it; nothing where all is whole.

    Looks at each event against its leaf and its salted commitments, at the density of positions and
    revisions, at the projection against a replay from the first event, and at every store's feed.
    """
    yield from _event_faults(session)
    yield from transparency_log.faults(session)
    yield from _projection_faults(session)
    for store in stores.listed(session):
        yield from feed.faults(session, store)


def _event_faults(session: Session) -> Iterator[str]:
    head = session.execute(select(LedgerHead)).scalar_one()
    expected = 0
    for row in session.scalars(select(EventRow).order_by(EventRow.position).execution_options(yield_per=2000)):
        expected += 1
        if row.position != expected:
            yield f"ledger: event {expected} is missing"
            expected = row.position
        if not events.row_is_whole(row):
            yield f"ledger: event {row.position} was changed"
            continue
        try:
            events.unseal(session, row)
        except KeyDestroyed:
            continue
        except (Unreadable, events.Altered):
            yield f"ledger: event {row.position} does not open under its person's key"
    if expected != head.position:
        yield f"ledger: events after {expected} are missing"
    count, last = session.execute(select(func.count(), func.max(RevisionRow.revision))).one()
    if (last or 0) != head.revision or count != head.revision:
        yield "ledger: revisions are not dense up to the head"


def _projection_faults(session: Session) -> Iterator[str]:
    people = session.scalars(select(EventRow.subject_id).where(EventRow.subject_id.is_not(None)).distinct())
    for part in in_parts(people):
        readable, erased = history(session, part)
        replayed = answers.fold(readable)
        stored = answers.present(session, part)
        for name in ("answers", "restrictions"):
            theirs, ours = getattr(replayed, name), getattr(stored, name)
            for key in sorted(theirs.keys() | ours.keys()):
                if key[0] not in erased and not _same(theirs.get(key), ours.get(key)):
                    yield f"projection: {name} of person {key[0]}, {key[1]} {key[2]}: does not equal the replay"
        for person in sorted(erased):
            tombstone = stored.restrictions.get((person, "erased", ""))
            if tombstone is None or not tombstone.active:
                yield f"projection: person {person} was erased and has no tombstone"
    orphans = select(answers.AnswerRow.subject_id).where(
        answers.AnswerRow.subject_id.not_in(select(EventRow.subject_id).where(EventRow.subject_id.is_not(None)))
    )
    for orphan in session.scalars(orphans.distinct()):
        yield f"projection: answers of person {orphan} come from no event"


def _same(one: object, other: object) -> bool:
    if one is None or other is None:
        return False
    columns = one.__table__.columns.keys()  # type: ignore[attr-defined]
    return all(getattr(one, column) == getattr(other, column) for column in columns)
