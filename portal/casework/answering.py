"""Answering a rights request: what is decided is recorded, told by a letter, and takes effect as that letter is sent.

What only stops use waits for no letter. What is decided and not sent yet can be withdrawn, or another decision takes
its place.
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from consent.ledger.revisions import read_anew
from consent.rights import decisions, letters, objection, requests, restriction, store_tasks
from consent.rights.decisions import Decided, DecisionKind, RightsDecision
from consent.rights.orders import OrderKind
from consent.rights.requests import NotNow, RequestOutcome, Right, RightsRequest
from portal.casework.decision_kinds import KINDS

_LETTER_OF_GRANTING = {
    Right.ACCESS: "access",
    Right.RECTIFICATION: "corrected",
    Right.RESTRICTION: "restricted",
    Right.PORTABILITY: "portability",
    Right.OBJECTION: "objection_upheld",
}
# An objection that does not prevail: compelling legitimate grounds.
_OVERRIDING = "21(1)"


class LetterGone(NotNow):
    """The letter's decision was withdrawn or replaced meanwhile, and the letter with it."""


def ask(
    session: Session,
    request: RightsRequest,
    question: str,
    author: str,
    *,
    asked_in_time: bool,
    instead_of: str | None = None,
) -> RightsDecision:
    """Decide to ask the person something; the clock stands still from the day on which the letter goes.

    Raises:
        requests.NotNow: as `handling.ask`, or another decision waits than `instead_of`.
    """
    asked = Decided(DecisionKind.QUESTION, f"{question}_question", question=question, asked_in_time=asked_in_time)
    return _record(session, request, asked, author, instead_of)


def extend(
    session: Session, request: RightsRequest, reason: str, author: str, instead_of: str | None = None
) -> RightsDecision:
    """Decide on two more months; the clock counts them once the letter goes.

    Raises:
        requests.NotNow, requests.TooLate: as `handling.extend`, or another decision waits than `instead_of`.
    """
    decided = Decided(DecisionKind.EXTENSION, "extension", words=reason)
    return _record(session, request, decided, author, instead_of)


def correct(
    session: Session, request: RightsRequest, correction: str, author: str, instead_of: str | None = None
) -> RightsDecision:
    """Decide on a correction; stores and recipients are told of it as the letter goes.

    Raises:
        requests.NotNow: asked for something else, ordered already, or another decision waits than `instead_of`.
        requests.Held: the person seems to be forced.
    """
    decided = Decided(DecisionKind.RECTIFICATION, "rectified", words=correction)
    return _record(session, request, decided, author, instead_of)


def grant(session: Session, request: RightsRequest, author: str, instead_of: str | None = None) -> RightsDecision:
    """Decide that what is asked has been done; the letter tells of what was done before.

    Raises:
        requests.NotNow: it is not done yet, or another decision waits than `instead_of`.
        requests.Held: a copy was made, and the person seems to be forced.
    """
    template = _LETTER_OF_GRANTING.get(request.right)
    if template is None:
        raise NotNow
    decided = _answer(template, RequestOutcome.GRANTED)
    return _record(session, request, decided, author, instead_of)


def grant_partly(
    session: Session, request: RightsRequest, ground: str, reason: str, author: str, instead_of: str | None = None
) -> RightsDecision:
    """Decide that a part of what is asked has been done and the rest is refused.

    Raises:
        requests.NotNow: that part is not done yet, or another decision waits than `instead_of`.
        requests.Held: a copy was made, and the person seems to be forced.
        ValueError: no ground.
    """
    partly = _answer("partly", RequestOutcome.PARTLY, ground, reason)
    return _record(session, request, partly, author, instead_of)


def refuse(
    session: Session,
    request: RightsRequest,
    ground: str,
    reason: str,
    author: str,
    instead_of: str | None = None,
    *,
    neither: bool = False,
) -> RightsDecision:
    """Decide on a refusal; with `neither`, in a letter that neither confirms nor denies that anything is held.

    Raises:
        requests.NotNow: two people have agreed to erase, or another decision waits than `instead_of`.
        ValueError: no ground.
    """
    refused = _answer("neither" if neither else "refused", RequestOutcome.REFUSED, ground, reason)
    return _record(session, request, refused, author, instead_of)


def restrict(
    session: Session,
    request: RightsRequest,
    open_scopes: Collection[str],
    author: str,
    instead_of: str | None = None,
) -> RightsDecision:
    """Let everything but some scopes rest at once, here and in the stores; the answer that says so waits to be sent.

    Raises:
        requests.NotNow: as `restriction.restrict`, or another decision waits than `instead_of`.
    """
    restriction.restrict(session, request, open_scopes, author)
    store_tasks.give(session, request, OrderKind.RESTRICT, author)
    return grant(session, request, author, instead_of)


def tell_of_ending(session: Session, request: RightsRequest, reason: str, author: str) -> None:
    """Write to the person that a restriction ends, and note from which day it may.

    Raises:
        requests.NotNow: nothing is restricted by this request.
    """
    if not restriction.stands(session, request):
        raise NotNow
    ending = restriction.tell_of_ending(session, request, author)
    due = ending.ends_on.strftime("%d.%m.%Y")
    letters.send(session, letters.draft(session, request, "restriction_ends", reason=reason, due=due), author)


def uphold(session: Session, request: RightsRequest, author: str, instead_of: str | None = None) -> RightsDecision:
    """Decide that an objection prevails: what it stops has stopped at once and stays so.

    Raises:
        requests.NotNow: as `objection.record`, or another decision waits than `instead_of`.
    """
    if not objection.stands(session, request):
        objection.record(session, request, author)
    return grant(session, request, author, instead_of)


def override(
    session: Session, request: RightsRequest, reason: str, author: str, instead_of: str | None = None
) -> RightsDecision:
    """Decide that an objection does not prevail; use goes on once the letter is sent, not before (Art. 21(1)).

    Raises:
        requests.NotNow: it asks for something else, or another decision waits than `instead_of`.
    """
    requests.demand_open(session, request, Right.OBJECTION)
    requests.known_person(request)
    weighed = _answer("objection_weighed", RequestOutcome.REFUSED, _OVERRIDING, reason)
    return _record(session, request, weighed, author, instead_of)


def end_objection(session: Session, request: RightsRequest, reason: str, author: str) -> None:
    """Let what an answered objection still stops go on, and write to the person that it does, and why.

    Raises:
        requests.NotNow: as `objection.end`.
    """
    objection.end(session, request, author)
    letters.send(session, letters.draft(session, request, "objection_ends", reason=reason), author)


def edit_letter(session: Session, request: RightsRequest, letter_id: str, subject: str, text: str) -> None:
    """Keep other words of a draft.

    Raises:
        LetterGone: its decision was withdrawn or replaced.
        letters.AlreadySent: it was sent.
    """
    letters.edit(session, _letter(session, request, letter_id), subject, text)


def send_letter(session: Session, request: RightsRequest, letter_id: str, subject: str, text: str, author: str) -> None:
    """Send a letter in these words; the decision that it tells takes effect with it.

    Raises:
        LetterGone: its decision was withdrawn or replaced.
        letters.AlreadySent: it was sent.
        decisions.NoLongerSo: the letter would tell something else by now.
        requests.NotNow, requests.TooLate, requests.Held: the decision cannot take effect any more, or not yet.
    """
    letter = _letter(session, request, letter_id)
    letters.edit(session, letter, subject, text)
    decision = decisions.told_by(session, letter)
    if decision is not None:
        decided = decisions.content(session, decision)
        kind = KINDS[decided.kind]
        kind.demand(session, request, decided)
        decisions.demand_still_so(session, request, decision, **kind.told(session, request, decided))
        kind.take_effect(session, request, decided, author)
        decisions.mark_sent(session, decision, author)
    letters.send(session, letter, author)


def _letter(session: Session, request: RightsRequest, letter_id: str) -> letters.RightsLetter:
    read_anew(session, request)
    found = letters.by_id(session, request, letter_id)
    if found is None:
        raise LetterGone
    return found


def _answer(template: str, outcome: RequestOutcome, ground: str | None = None, reason: str = "") -> Decided:
    return Decided(DecisionKind.ANSWER, template, outcome, ground, reason)


def _record(
    session: Session, request: RightsRequest, decided: Decided, author: str, instead_of: str | None
) -> RightsDecision:
    kind = KINDS[decided.kind]
    kind.demand(session, request, decided)
    decision = decisions.record(session, request, decided, author, instead_of)
    decisions.tell(session, request, decision, **kind.told(session, request, decided))
    return decision
