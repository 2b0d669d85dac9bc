"""What is done with a rights request: who asks, a question, its reply, more time, another controller, the answer."""

from sqlalchemy.orm import Session

from consent.catalogue import countries
from consent.people.organisations import Organisation
from consent.rights import deadlines
from consent.rights.requests import (
    IdentityMethod,
    IdentityNotConfirmed,
    NotNow,
    RequesterQuestion,
    RequestOutcome,
    RequestState,
    RightsRequest,
    TooLate,
    demand_open,
    note,
)
from consent.rights.steps import Step
from vault import clock


def link(session: Session, request: RightsRequest, subject_id: str, method: str, author: str) -> None:
    """Say who the requester is, once that is beyond reasonable doubt; ends a pause for it.

    It is said once: what was ordered, gathered and weighed since then is about that person and no other.

    Raises:
        NotNow: it was answered already, or is known already.
        ValueError: not a way to confirm an identity.
    """
    demand_open(session, request)
    known_by = IdentityMethod(method)
    if request.identity is not None:
        raise NotNow
    request.subject_id, request.identity = subject_id, known_by
    if request.paused_for == RequesterQuestion.IDENTITY:
        _resume(session, request)
    note(session, request, Step.IDENTITY_CONFIRMED, author)


def ask(session: Session, request: RightsRequest, question: str, author: str, *, asked_in_time: bool) -> None:
    """Ask for what is needed to know who asks, or what of much is meant; the clock pauses (Art. 12(6), recital 63).

    A question that could have been asked earlier pauses nothing, and neither does one after the last day: what is
    overdue stays so.

    Raises:
        NotNow: answered already, a question is open, or it is known who asks.
    """
    demand_askable(session, request, question)
    if question_pauses(session, request, asked_in_time=asked_in_time):
        request.paused_on = deadlines.today_for(session, request)
        request.paused_for = RequesterQuestion(question)
    note(session, request, Step(f"asked_{question}"), author)


def demand_askable(session: Session, request: RightsRequest, question: str) -> None:
    """Whether `question` can be asked as things stand.

    Raises:
        NotNow: as `ask`.
    """
    demand_open(session, request)
    is_settled = question == RequesterQuestion.IDENTITY and request.identity is not None
    if request.paused_on is not None or question not in tuple(RequesterQuestion) or is_settled:
        raise NotNow


def question_pauses(session: Session, request: RightsRequest, *, asked_in_time: bool) -> bool:
    """Whether the clock stands still from a question that is asked today."""
    return asked_in_time and deadlines.today_for(session, request) <= request.due_on


def resume(session: Session, request: RightsRequest, author: str) -> None:
    """The answer to our question has come: the clock runs on.

    Raises:
        NotNow: nothing was asked.
    """
    demand_open(session, request)
    if request.paused_on is None:
        raise NotNow
    _resume(session, request)
    note(session, request, Step.REPLY_RECEIVED, author)


def _resume(session: Session, request: RightsRequest) -> None:
    today = deadlines.today_for(session, request)
    begun = request.paused_on or today
    if request.paused_for == RequesterQuestion.IDENTITY and deadlines.country_of(session, request) == "GB":
        # Under the UK GDPR the period begins when the doubt is resolved.
        request.counted_from = today
    else:
        request.pauses = [*request.pauses, [begun.isoformat(), today.isoformat()]]
    request.paused_on = request.paused_for = None
    deadlines.count(session, request)


def extend(session: Session, request: RightsRequest, reason: str, author: str) -> None:
    """Extend the period by two months, told with reasons within the first (GDPR Art. 12(3)).

    Raises:
        TooLate: the first period is over.
        NotNow: extended or answered already.
    """
    demand_extendable(session, request)
    request.extended = True
    deadlines.count(session, request)
    note(session, request, Step.EXTENDED, author, reason)


def demand_extendable(session: Session, request: RightsRequest) -> None:
    """Whether the period can be extended as things stand.

    Raises:
        TooLate, NotNow: as `extend`.
    """
    demand_open(session, request)
    if request.extended:
        raise NotNow
    if deadlines.clock_state(request, deadlines.today_for(session, request)) == "overdue":
        raise TooLate


def route(session: Session, request: RightsRequest, organisation: str, author: str) -> None:
    """Hand a request to the joint controller that answers it; the clock goes on from the first receipt (Art. 26)."""
    demand_open(session, request)
    request.organisation = session.get_one(Organisation, organisation).key
    deadlines.count(session, request)
    note(session, request, Step.ROUTED, author)


def mark_forced(session: Session, request: RightsRequest, author: str) -> None:
    """Note that the person seems to be forced: use stops all the same, what cannot be undone is held."""
    request.forced = True
    note(session, request, Step.SEEMS_FORCED, author)


def clear_forced(session: Session, request: RightsRequest, author: str) -> None:
    """The partner has spoken with the person, who wants it of their own will."""
    request.forced = False
    note(session, request, Step.SPOKEN_WITH, author)


def answer(session: Session, request: RightsRequest, outcome: str, ground: str | None, author: str) -> None:
    """Close a request as answered.

    Raises:
        NotNow: answered already.
        IdentityNotConfirmed: it was granted, and nobody has confirmed who asks.
        ValueError: a refusal, whole or in part, without its ground, or words where a ground is a code.
    """
    demand_answerable(session, request, outcome, ground)
    if request.paused_on is not None:
        _resume(session, request)
    request.state, request.outcome, request.ground = RequestState.ANSWERED, RequestOutcome(outcome), ground
    request.answered_at = clock.now()
    note(session, request, Step(f"answered_{outcome}"), author, ground or "")


def demand_answerable(session: Session, request: RightsRequest, outcome: str, ground: str | None) -> None:
    """Whether a request can be answered so as things stand.

    Raises:
        NotNow, IdentityNotConfirmed, ValueError: as `answer`.
    """
    demand_open(session, request)
    if outcome != RequestOutcome.REFUSED and request.identity is None:
        raise IdentityNotConfirmed
    if outcome not in tuple(RequestOutcome) or (outcome != RequestOutcome.GRANTED and not ground):
        raise ValueError(outcome)
    if ground and not countries.is_ground(ground, request.right, deadlines.country_of(session, request)):
        raise ValueError(ground)


def end(session: Session, request: RightsRequest, author: str) -> None:
    """The person takes the request back.

    Raises:
        NotNow: answered already.
    """
    demand_open(session, request)
    request.state = RequestState.ENDED
    note(session, request, Step.TAKEN_BACK, author)
