"""An erasure between two people, the stores, the support record, the account and the letter about it."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from consent.ledger.revisions import read_anew
from consent.people import subjects
from consent.rights import decisions, erasure, handling, letters, receiving
from consent.rights.decisions import DecisionKind
from consent.rights.erasure import Erasure
from consent.rights.receiving import Received
from consent.rights.requests import NotNow, RequestState, Right, RightsRequest
from consent.saying import erasure_reviews
from consent.saying.erasure_reviews import ErasureReview
from mhpss import cases, keeping
from portal.access import accounts
from portal.casework import rights_requests
from portal.drafts import form_drafts
from portal.frame import saved

_REVIEW = "review"
# Where nobody knows what the person reads.
_LANGUAGE = "be"


class EndsByItsSteps(NotNow):
    """Only a refusal of an erasure is decided; what is granted ends by the erasure's own steps."""

    field = "outcome"


class AnswerWaits(NotNow):
    """Somebody has decided how the request is answered: nothing is destroyed past that decision."""


class GivenAgain(NotNow):
    """The erasure follows from a stop of the keeping, and the person has allowed the keeping again."""


def begin(session: Session, request: RightsRequest, author: str) -> None:
    """Stop every use at once, and write to the person that it has stopped and until when they can take it back.

    Raises:
        requests.IdentityNotConfirmed, requests.NotNow: as `erasure.begin`.
    """
    read_anew(session, request)
    is_begun = erasure.of_request(session, request) is not None
    erasure.begin(session, request, author)
    if not is_begun:
        letters.send(session, letters.draft(session, request, "erasure_begun"), author)


def follow_review(session: Session, review: ErasureReview, author: str) -> RightsRequest:
    """Begin the erasure that a review asks about: what must be kept is weighed there, by two people.

    Its clock runs since the person stopped the keeping. Where they have asked for an erasure too, that request is it.

    Raises:
        requests.NotNow: the review is settled.
    """
    read_anew(session, review)
    if review.settled_at is not None:
        raise NotNow
    person = review.subject_id
    account = accounts.of_subject(session, person)
    received = Received(
        right=Right.ERASURE,
        channel=_REVIEW,
        language=_LANGUAGE if account is None else account.language,
        text="",
        subject_id=person,
        received_at=review.opened_at,
    )
    asked = receiving.receive(session, subjects.enrolment_of(session, person).organisation, received, author)
    if asked.identity is None:
        handling.link(session, asked, person, _REVIEW, author)
    begin(session, asked, author)
    return asked


def is_given_again(session: Session, request: RightsRequest) -> bool:
    """Whether an erasure that follows from a review has lost its cause in time: the keeping is allowed again."""
    if request.channel != _REVIEW or request.state != RequestState.OPEN or request.subject_id is None:
        return False
    if erasure.is_confirmed(session, request):
        return False
    return erasure_reviews.open_review(session, request.subject_id) is None


def end_given_again(session: Session, request: RightsRequest, author: str) -> None:
    """End an erasure whose person has allowed the keeping again: what had stopped for it stands again.

    Raises:
        requests.NotNow: they have not, or two people had agreed to erase before.
    """
    read_anew(session, request)
    if not is_given_again(session, request):
        raise NotNow
    rights_requests.take_back(session, request, author)


def propose(session: Session, request: RightsRequest, kept: Mapping[str, str], author: str) -> None:
    """One person proposes to erase all but what is kept.

    Raises:
        AnswerWaits: a refusal waits to be sent.
        GivenAgain: the person has allowed the keeping again.
        erasure.TooSoon, requests.Held, requests.NotNow: as `erasure.propose`.
    """
    _demand_unanswered(session, request)
    erasure.propose(session, request, kept, author)


def confirm(session: Session, request: RightsRequest, author: str) -> None:
    """A second person confirms, and the stores are ordered to erase.

    Raises:
        AnswerWaits: a refusal waits to be sent.
        GivenAgain: the person has allowed the keeping again.
        erasure.AnotherPersonNeeded, requests.Held, requests.NotNow: as `erasure.confirm`.
    """
    _demand_unanswered(session, request)
    erasure.confirm(session, request, author)


def complete(session: Session, request: RightsRequest, author: str) -> Erasure:
    """Forget a person for good, then write them what became of it.

    What clinical law has the support record kept for is weighed first. The irrevocable acts follow, and the letter is
    composed from their result: what was kept, what a store refused, and when the last copy of a key lapses.

    Raises:
        erasure.TooSoon, requests.Held, requests.NotNow: as `erasure.complete`. Nothing is changed.
    """
    record_is_kept = keeping.outline(session, request.subject_id) is not None
    kept_here = {keeping.rule().what[request.language]: keeping.GROUND} if record_is_kept else {}
    _forget_what_staff_noted(session, request)
    done = erasure.complete(session, request, author, kept_here)
    decisions.withdraw_any(session, request, author)
    erasure_reviews.settle_of(session, done.subject_id)
    accounts.forget(session, done.subject_id)
    gone_by = done.gone_by.strftime("%d.%m.%Y") if done.gone_by else ""
    kept = "; ".join(f"{item}: {ground}" for item, ground in erasure.kept(session, request).items()) or "—"
    letters.send(session, letters.draft(session, request, "erased", kept=kept, gone_by=gone_by), author)
    return done


def _forget_what_staff_noted(session: Session, request: RightsRequest) -> None:
    person = request.subject_id
    if person is None:
        return
    case = cases.of_person(session, person)
    of_case = [] if case is None else [case.number]
    names = [request.reference, *subjects.codes_of_person(session, person), *of_case]
    form_drafts.drop_naming(session, names)
    saved.remove_naming(session, [*names, *subjects.references_of(session, person)])


def _demand_unanswered(session: Session, request: RightsRequest) -> None:
    read_anew(session, request)
    waits = decisions.waiting(session, request)
    if waits is not None and waits.kind == DecisionKind.ANSWER:
        raise AnswerWaits
    if is_given_again(session, request):
        raise GivenAgain
