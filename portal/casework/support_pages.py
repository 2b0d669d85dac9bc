"""The person's support pages after a paper has renewed their way in: closed for a day, or until the supervisor opens.

Whoever prints such a paper, or finds it, comes in by it: the day is for the person's own people to notice. Both sides
of an account close, whether there is a case or not, so that a closed page tells nothing; the harmless side never opens
before the day is over, as only a case has a supervisor who opens it.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from consent.ledger.revisions import lock
from mhpss import cases, entries
from mhpss.cases import Case
from mhpss.entries import EntryKind
from portal.access import cover, renewals
from portal.access.accounts import Account, Role
from vault import clock
from vault.policy import in_force, law


def closed_until(session: Session, account: Account) -> datetime | None:
    """When the support pages of a survivor's account open again; None where they are open."""
    own = session.get_one(Account, account.decoy_of or account.id)
    used = _papers_used(session).get(str(own.subject_id))
    if used is None:
        return None
    # The harmless side waits out the day: a page that opens sooner would tell of a case.
    case = cases.of_person(session, str(own.subject_id)) if account.decoy_of is None else None
    return None if case is not None and _was_opened(session, case, used) else _rest_until(session, used)


def closed_among(session: Session, found: Collection[Case]) -> dict[str, datetime]:
    """The cases of `found` whose person has closed pages, by id, with when they open again."""
    used = _papers_used(session)
    return {
        case.id: _rest_until(session, used[case.subject_id])
        for case in found
        if case.subject_id in used and not _was_opened(session, case, used[case.subject_id])
    }


def open_now(session: Session, case: Case, supervisor: str) -> bool:
    """Open the pages of a case's person before the day is over; whether they were closed. A later paper closes anew."""
    lock(session)
    if not closed_among(session, [case]):
        return False
    entries.write(session, case.id, EntryKind.PAGES_OPENED, supervisor)
    return True


def cover_of(session: Session, case: Case) -> Collection[str]:
    """The accounts that can catch an alert of the case now: nobody's, while whoever answers may be somebody else."""
    return {} if closed_among(session, [case]) else cover.able(session, Role.PSYCHOLOGIST)


def _papers_used(session: Session) -> dict[str, datetime]:
    used = renewals.used_since(session, clock.now() - law.PAGES_REST.most)
    return {person: at for person, at in used.items() if _rest_until(session, at) > clock.now()}


def _rest_until(session: Session, used: datetime) -> datetime:
    # As it was promised when the paper was used.
    return used + in_force.value(session, law.PAGES_REST, used)


def _was_opened(session: Session, case: Case, used: datetime) -> bool:
    opened = entries.last_at(session, case.id, EntryKind.PAGES_OPENED)
    return opened is not None and opened >= used
