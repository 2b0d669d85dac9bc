"""The clock of a rights request: how it stands, which day is the last one, and why (GDPR Art. 12(3))."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from consent.people.organisations import Organisation
from consent.rights import clock as legal_clock
from consent.rights.requests import RequestState, RightsRequest
from vault import clock


def clock_state(request: RightsRequest, today: date) -> str:
    """`answered`, `ended`, `paused`, `overdue`, `extended` or `running`."""
    if request.state != RequestState.OPEN:
        return request.state
    if request.paused_on is not None and request.paused_on <= request.due_on:
        return "paused"
    if today > request.due_on:
        return "overdue"
    return "extended" if request.extended else "running"


def deadline_of(session: Session, request: RightsRequest) -> legal_clock.Deadline:
    """How the last day of a request came about."""
    return _deadline(session, request, extended=request.extended)


def if_extended(session: Session, request: RightsRequest) -> date:
    """The last day that a request has once it is extended."""
    return _deadline(session, request, extended=True).last_day


def _deadline(session: Session, request: RightsRequest, *, extended: bool) -> legal_clock.Deadline:
    counted = (request.counted_from, country_of(session, request))
    pauses = legal_clock.pauses_that_count(*counted, extended=extended, pauses=_pauses(request.pauses))
    return legal_clock.deadline(*counted, extended=extended, pauses=pauses)


def count(session: Session, request: RightsRequest) -> None:
    """Reckon the last day anew, after what it follows from has changed."""
    request.due_on = deadline_of(session, request).last_day


def _pauses(kept: Sequence[Sequence[str]]) -> list[tuple[date, date]]:
    return [(date.fromisoformat(begun), date.fromisoformat(ended)) for begun, ended in kept]


def country_of(session: Session, request: RightsRequest) -> str:
    """The country of the controller that answers a request."""
    return session.get_one(Organisation, request.organisation).country


def today_for(session: Session, request: RightsRequest) -> date:
    """The day that it is where the controller of a request is."""
    return legal_clock.day_of_receipt(clock.now(), country_of(session, request))
