"""Restriction: what is not used meanwhile, what that leaves open, and how it ends (GDPR Art. 18)."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime

from sqlalchemy import Date, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger import ledger
from consent.ledger.events import Draft, Kind
from consent.people import persons
from consent.rights import notifications, requests
from consent.rights.requests import RequestOutcome, RequestState, Right, RightsRequest
from consent.rights.steps import Step
from vault import clock
from vault.database import Base
from vault.policy import in_force, law
from vault.refusals import Refused
from vault.types import Instant


class NotToldYet(Refused):
    """The person has not been told in time that the restriction ends (GDPR Art. 18(3))."""


class RestrictionEnding(Base):
    """When a person was told that a restriction ends, and from which day it may."""

    __tablename__ = "restriction_endings"

    request_id: Mapped[str] = mapped_column(ForeignKey("rights_requests.id"), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(Instant)
    ends_on: Mapped[date] = mapped_column(Date)

    @property
    def may_end_at(self) -> datetime:
        """The moment at which all of the time that was promised is over, on `ends_on` in UTC."""
        return datetime.combine(self.ends_on, self.told_at.astimezone(UTC).timetz())


def restrict(session: Session, request: RightsRequest, open_scopes: Collection[str], author: str) -> None:
    """Let everything about the person rest but the scopes they name (Art. 18(1), 18(2)); seen by every decision.

    Raises:
        requests.IdentityNotConfirmed.
        requests.NotNow: it is answered, or asks for something else.
    """
    requests.demand_open(session, request, Right.RESTRICTION)
    persons.restrict(session, requests.known_person(request), open_scopes, author)
    requests.note(session, request, Step.RESTRICTED, author)
    notifications.tell_recipients(session, request, "restricted", author)


def tell_of_ending(session: Session, request: RightsRequest, author: str) -> RestrictionEnding:
    """Note that the person is being told that the restriction ends; it may from a week later on.

    Raises:
        requests.NotNow: the request asks for something else.
    """
    _demand_restriction(request)
    told = clock.now()
    ending = RestrictionEnding(
        request_id=request.id, told_at=told, ends_on=(told + in_force.value(session, law.RESTRICTION_END_TOLD)).date()
    )
    ending = session.merge(ending)
    session.flush()
    requests.note(session, request, Step.TOLD_OF_ENDING, author)
    return ending


def ending_of(session: Session, request: RightsRequest) -> RestrictionEnding | None:
    """What the person was told of the end of a restriction."""
    return session.scalar(select(RestrictionEnding).where(RestrictionEnding.request_id == request.id))


def stands(session: Session, request: RightsRequest) -> bool:
    """Whether what a request has restricted is so still."""
    return requests.last_of(session, request, Step.RESTRICTED, Step.RESTRICTION_LIFTED) == Step.RESTRICTED


def without_request(session: Session, asked: Iterable[RightsRequest]) -> list[RightsRequest]:
    """Those of `asked` that were refused or taken back while what they restricted is still so: each is to be ended."""
    return [
        each
        for each in asked
        if each.right == Right.RESTRICTION
        and (each.state == RequestState.ENDED or each.outcome == RequestOutcome.REFUSED)
        and stands(session, each)
    ]


def lift(session: Session, request: RightsRequest, author: str) -> None:
    """End a restriction.

    Raises:
        NotToldYet: the person was not told a week before.
        requests.IdentityNotConfirmed.
        requests.NotNow: the request asks for something else.
    """
    _demand_restriction(request)
    ending = ending_of(session, request)
    if ending is None or clock.today() < ending.ends_on or clock.now() < ending.may_end_at:
        raise NotToldYet
    event = Draft(
        Kind.RESTRICTION_LIFTED, subject_id=requests.known_person(request), author=author, body={"cause": "weighed"}
    )
    ledger.append(session, [event])
    requests.note(session, request, Step.RESTRICTION_LIFTED, author)


def _demand_restriction(request: RightsRequest) -> None:
    if request.right != Right.RESTRICTION:
        raise requests.NotNow
