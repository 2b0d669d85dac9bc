"""What a rights request does across consent, support, accounts and letters: when it comes, and when it erases."""

from sqlalchemy.orm import Session

from consent.rights import erasure, handling, letters, objection, requests, restriction
from consent.rights.erasure import Erasure
from consent.rights.requests import Received, RightsRequest
from mhpss import keeping
from portal.access import accounts

_NOBODY = "public"
_HOUSE = "system"


def receive_from_person(session: Session, organisation: str, received: Received, author: str) -> RightsRequest:
    """Take in what a person asks on their own page, and do at once what stopping never waits for.

    Raises:
        ledger.NotYetSaid: received in the future.
    """
    asked = requests.receive(session, organisation, received, author)
    if asked.right == "erasure":
        erasure.begin(session, asked, author)
    elif asked.right == "restriction":
        restriction.restrict(session, asked, [], author)
    elif asked.right == "objection":
        objection.record(session, asked, author)
    told = "erasure_begun" if asked.right == "erasure" else "received"
    letters.send(session, letters.draft(session, asked, told), _HOUSE)
    return asked


def receive_publicly(session: Session, organisation: str, received: Received) -> RightsRequest:
    """Take in what somebody without an account asks; nothing is done before it is known who asks.

    Raises:
        ledger.NotYetSaid: received in the future.
    """
    asked = requests.receive(session, organisation, received, _NOBODY)
    letters.send(session, letters.draft(session, asked, "received"), _HOUSE)
    return asked


def record(
    session: Session, organisation: str, received: Received, subject_id: str | None, author: str
) -> RightsRequest:
    """Enter a request that reached an officer; `subject_id` is the person, where it is beyond doubt who asks.

    Raises:
        ledger.NotYetSaid: received in the future.
    """
    asked = requests.receive(session, organisation, received, author)
    if subject_id is not None:
        handling.link(session, asked, subject_id, "in_person", author)
    letters.draft(session, asked, "received")
    return asked


def complete_erasure(session: Session, request: RightsRequest, author: str) -> Erasure:
    """Forget a person for good, then write them what became of it.

    What clinical law has the support record kept for is weighed first. The irrevocable acts follow, and the letter is
    composed from their result: what was kept, what a store refused, and when the last copy of a key lapses.

    Raises:
        erasure.TooSoon, requests.Held, requests.NotNow: as `erasure.complete`. Nothing is changed.
    """
    record_is_kept = keeping.outline(session, request.subject_id) is not None
    kept_here = {keeping.rule().what[request.language]: keeping.GROUND} if record_is_kept else {}
    done = erasure.complete(session, request, author, kept_here)
    accounts.forget(session, done.subject_id)
    gone_by = done.gone_by.strftime("%d.%m.%Y") if done.gone_by else ""
    kept = "; ".join(f"{item}: {ground}" for item, ground in erasure.kept(session, request).items()) or "—"
    letters.send(session, letters.draft(session, request, "erased", kept=kept, gone_by=gone_by), author)
    return done
