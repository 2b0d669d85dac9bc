"""The ledger: appending consent events, and reading back what people said."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from consent.ledger import answers, events, feed, transparency_log
from consent.ledger.events import Draft, Event, EventRow, Kind
from consent.ledger.revisions import LedgerHead, Revision, open_moment
from vault.database import in_parts, keyring
from vault.keys import KeyDestroyed
from vault.refusals import Refused

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


class NotYetSaid(Refused):
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
    folded = answers.project(session, recorded, lambda people: history(session, people)[0])
    feed.publish(session, concerned(recorded), folded, moment)
    return moment.revision


def concerned(recorded: Collection[Event]) -> Mapping[str, Mapping[str, bool]]:
    """By person, the scopes on which events of one revision change where they stand, and whether something stops."""
    found: dict[str, dict[str, bool]] = {}
    for event in recorded:
        if event.subject_id is None or event.context or event.kind is Kind.RIGHTS_REQUEST:
            continue
        scopes = found.setdefault(event.subject_id, {})
        scope = event.scope or feed.EVERY_SCOPE
        scopes[scope] = scopes.get(scope, False) or event.kind in _STOPPING
    return found


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
