"""What staff set on a person as a whole: holds for safety, pauses by wish, restriction, objection, erasure."""

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from consent.ledger import answers, ledger, stores
from consent.ledger.events import Draft, Event, EventRow, Kind, unseal
from consent.ledger.revisions import Revision
from consent.people import safe_contacts, subjects
from vault import staff
from vault.database import keyring
from vault.refusals import Refused


class TwoPeopleNeeded(Refused):
    """The same account proposed and confirmed."""


class NothingToInvalidate(Exception):
    """The event named is not an answer of that person."""


def hold(session: Session, subject_id: str, author: str) -> Revision:
    """Hold everything about a person back for their safety, until lifted."""
    return ledger.append(session, [Draft(Kind.HELD, subject_id=subject_id, author=author, body={"ground": "safety"})])


def pause_by_wish(session: Session, subject_id: str, scopes: Collection[str], author: str) -> Revision:
    """Apply what a person wished for the case that they are detained, unreachable or dead: these scopes stop."""
    return ledger.append(
        session,
        [
            Draft(Kind.HELD, subject_id=subject_id, scope=scope, author=author, body={"ground": "wish"})
            for scope in scopes
        ],
    )


def lift_hold(session: Session, subject_id: str, author: str) -> Revision:
    """End a hold for safety."""
    lifted = Draft(Kind.HOLD_LIFTED, subject_id=subject_id, author=author, body={"ground": "safety"})
    return ledger.append(session, [lifted])


def restrict(session: Session, subject_id: str, open_scopes: Collection[str], author: str) -> Revision:
    """Restrict processing (GDPR Art. 18), leaving open what Art. 18(2) leaves open."""
    body = {"open_scopes": sorted(open_scopes)}
    return ledger.append(session, [Draft(Kind.RESTRICTED, subject_id=subject_id, author=author, body=body)])


def record_objection(session: Session, subject_id: str, author: str) -> Revision:
    """Stop what rests on a basis record until the objection is weighed (GDPR Art. 21)."""
    return ledger.append(session, [Draft(Kind.OBJECTED, subject_id=subject_id, author=author)])


def request_erasure(session: Session, subject_id: str, author: str) -> Revision:
    """Stop every use at once; destroying comes later, after the safety period and two people."""
    return ledger.append(session, [Draft(Kind.ERASURE_REQUESTED, subject_id=subject_id, author=author)])


def invalidate(
    session: Session, subject_id: str, event_id: str, reason: str, *, proposed_by: str, confirmed_by: str
) -> Revision:
    """Declare that an answer was never valid (wrong person, forged, given under pressure): it never counted.

    It takes effect from the moment of the answer it strikes; what stood before does not come back.

    Raises:
        TwoPeopleNeeded: one person acted for both, by whatever accounts.
        NothingToInvalidate: no such answer of this person.
    """
    if staff.same_person(session, proposed_by, confirmed_by):
        raise TwoPeopleNeeded
    struck = _answer_event(session, subject_id, event_id)
    its_day = {name: struck.body[name] for name in (answers.AS_WRITTEN, answers.DAY_ENDS_AT) if name in struck.body}
    body = {"event_id": event_id, "reason": reason, "confirmed_by": confirmed_by, **its_day}
    return ledger.append(
        session,
        [
            Draft(
                Kind.INVALIDATED,
                subject_id=subject_id,
                scope=struck.scope,
                context=struck.context,
                effective_at=struck.effective_at,
                author=proposed_by,
                body=body,
            )
        ],
    )


def _answer_event(session: Session, subject_id: str, event_id: str) -> Event:
    row = session.scalar(select(EventRow).where(EventRow.id == event_id, EventRow.subject_id == subject_id))
    if row is None:
        raise NothingToInvalidate(event_id)
    event = unseal(session, row)
    if event.kind not in answers.ANSWERING:
        raise NothingToInvalidate(event_id)
    return event


def erase(session: Session, subject_id: str, author: str) -> Revision:
    """Record that a person is erased and forget what the database says of them; the links stay as tombstones.

    The caller destroys the key (`forget_key`) once this has committed.
    """
    revision = ledger.append(session, [Draft(Kind.ERASED, subject_id=subject_id, author=author)])
    session.execute(
        delete(answers.AnswerRow)
        .where(answers.AnswerRow.subject_id == subject_id)
        .execution_options(synchronize_session=False)
    )
    for table in (subjects.SubjectProfile, subjects.InterviewReference, safe_contacts.SafeContact):
        session.execute(
            delete(table).where(table.subject_id == subject_id).execution_options(synchronize_session=False)
        )
    # The pseudonym stays, as the tombstone's name; what a store's own key could be found by goes.
    session.execute(
        update(stores.StoreSubject).where(stores.StoreSubject.subject_id == subject_id).values(person_key=None)
    )
    return revision


def forget_key(session: Session, subject_id: str) -> None:
    """Destroy the person's key: all that was sealed under it is unreadable for good."""
    keyring(session).destroy(subject_id)


def forget_keys(session: Session, owners: Collection[str]) -> int:
    """Destroy those of `owners`' keys that are still there; how many. Twice changes nothing."""
    ring = keyring(session)
    present = [owner for owner in owners if ring.is_there(owner)]
    if present:
        ring.destroy(*present)
    return len(present)
