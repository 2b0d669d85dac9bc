"""Erasure: use stops at once; destroying waits out a safety period, two people, exemptions and the stores' proof."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure import legal_holds
from consent.ledger import ledger, stores
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import read_anew
from consent.people import persons
from consent.rights import handling, letters, notifications, orders, packages, requests, store_tasks
from consent.rights.orders import OrderKind, OrderState
from consent.rights.requests import RequestOutcome, RequestState, Right, RightsRequest
from consent.rights.steps import Step
from vault import clock, staff
from vault.columns import Owner, sealed_to
from vault.database import Base, keyring
from vault.policy import in_force, law
from vault.refusals import Refused
from vault.states import Act, StateMachine
from vault.types import Id, Instant

# What a court has had held back from erasure is kept, whoever weighs what.
_LEGAL_HOLD = "Art. 17(3)(e)"
_PROVISION = re.compile(r"(Art\. )?\d{1,2}\(\d\)(\([a-z]\))?(, \([a-z]\)){0,5}")
_LONGEST = 80
# That something was kept and nobody named the provision for it.
_NO_PROVISION = "17(3)"


class ErasureState(StrEnum):
    """How far an erasure has come; use stops as it begins."""

    BEGUN = "begun"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DONE = "done"
    CANCELLED = "cancelled"


_DPO = ("dpo",)
_UNCONFIRMED = (ErasureState.BEGUN, ErasureState.PROPOSED)
# Until a second person has confirmed it, everything is as it was but for the stopping.
STATES = StateMachine(
    ErasureState,
    {
        "propose": Act(_UNCONFIRMED, ErasureState.PROPOSED, _DPO),
        "confirm": Act((ErasureState.PROPOSED,), ErasureState.CONFIRMED, _DPO),
        "complete": Act((ErasureState.CONFIRMED,), ErasureState.DONE, _DPO),
        "refuse": Act(_UNCONFIRMED, ErasureState.CANCELLED, _DPO),
        "take_back": Act(_UNCONFIRMED, ErasureState.CANCELLED, ("survivor",)),
        "begin_again": Act((ErasureState.CANCELLED,), ErasureState.BEGUN, _DPO),
    },
    final={ErasureState.DONE},
    waits_for=dict.fromkeys((*_UNCONFIRMED, ErasureState.CONFIRMED), "dpo"),
)


class TooSoon(Refused):
    """The safety period is not over, or a store has not answered yet."""


class AnotherPersonNeeded(Refused):
    """The same person proposed it (two people are needed)."""


class Erasure(Base):
    """The way of one erasure. `kept` says, sealed, what is not erased and on which ground (GDPR Art. 17(3))."""

    __tablename__ = "erasures"

    request_id: Mapped[str] = mapped_column(ForeignKey("rights_requests.id"), primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    safe_until: Mapped[datetime] = mapped_column(Instant)
    proposed_by: Mapped[str | None] = mapped_column(Id)
    proposed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(Id)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    kept: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.REQUEST))

    @property
    def state(self) -> ErasureState:
        """How far it has come."""
        if self.cancelled_at is not None:
            return ErasureState.CANCELLED
        if self.done_at is not None:
            return ErasureState.DONE
        if self.confirmed_at is not None:
            return ErasureState.CONFIRMED
        return ErasureState.BEGUN if self.proposed_at is None else ErasureState.PROPOSED

    @property
    def gone_by(self) -> datetime | None:
        """When nothing can be read from any backup any more; None before it is done."""
        return None if self.done_at is None else self.done_at + law.KEY_COPIES.fixed


def begin(session: Session, request: RightsRequest, author: str) -> Erasure:
    """Stop every use of the person's data at once; nothing is destroyed yet (GDPR Art. 17, spec: stopping is instant).

    Raises:
        requests.IdentityNotConfirmed: nobody has confirmed who asks.
        requests.NotNow: it is answered, or asks for something else.
    """
    requests.demand_open(session, request, Right.ERASURE)
    if request.subject_id is None or request.identity is None:
        raise requests.IdentityNotConfirmed
    present = of_request(session, request)
    if present is not None and present.cancelled_at is None:
        return present
    persons.request_erasure(session, request.subject_id, author)
    now = clock.now()
    begun = present or Erasure(request_id=request.id, subject_id=request.subject_id)
    begun.begun_at, begun.safe_until, begun.cancelled_at = now, now + in_force.value(session, law.ERASURE_SAFETY), None
    begun.proposed_by = begun.proposed_at = begun.confirmed_by = begun.confirmed_at = begun.done_at = begun.kept = None
    session.add(begun)
    session.flush()
    requests.note(session, request, Step.ERASURE_BEGUN, author)
    return begun


def of_request(session: Session, request: RightsRequest) -> Erasure | None:
    """The erasure that a request led to."""
    return session.get(Erasure, request.id)


def is_erased(session: Session, subject_id: str) -> bool:
    """Whether a person was erased, by whichever request."""
    query = select(Erasure.request_id).where(Erasure.subject_id == subject_id, Erasure.done_at.is_not(None))
    return session.scalar(query.limit(1)) is not None


def cancel(session: Session, request: RightsRequest, author: str) -> None:
    """The person thinks otherwise: what they had allowed stands again. Possible until a second person has confirmed.

    Raises:
        requests.NotNow: nothing was begun, or it is confirmed already.
    """
    _undo(session, request, author)
    handling.end(session, request, author)


def refuse(session: Session, request: RightsRequest, ground: str, author: str) -> None:
    """Answer that nothing is erased, on a ground of Art. 17(3): what was stopped for it stands again.

    Raises:
        requests.NotNow: answered already, or a second person has confirmed that it is erased.
        ValueError: no ground.
    """
    if of_request(session, request) is not None:
        _undo(session, request, author)
    handling.answer(session, request, RequestOutcome.REFUSED, ground, author)


def _undo(session: Session, request: RightsRequest, author: str) -> None:
    erasure = _demand(session, request, "take_back")
    erasure.cancelled_at = clock.now()
    if not is_erased(session, erasure.subject_id):
        ledger.append(session, [Draft(Kind.ERASURE_CANCELLED, subject_id=erasure.subject_id, author=author)])
    requests.note(session, request, Step.ERASURE_CANCELLED, author)


def propose(session: Session, request: RightsRequest, kept: Mapping[str, str], author: str) -> None:
    """One person has weighed what must be kept (by item or part, with its ground) and proposes to erase the rest.

    Items under a legal hold are kept in any case.

    Raises:
        TooSoon: the safety period is not over.
        requests.Held: the person seems to be forced.
        requests.NotNow: there is nothing to propose, or another request has erased the person.
    """
    erasure = _demand(session, request, "propose")
    if is_erased(session, erasure.subject_id):
        raise requests.NotNow
    if clock.now() < erasure.safe_until:
        raise TooSoon
    requests.refuse_held(session, request)
    _keep(session, erasure, kept)
    erasure.proposed_by, erasure.proposed_at = author, clock.now()
    requests.note(session, request, Step.ERASURE_PROPOSED, author)


def confirm(session: Session, request: RightsRequest, author: str) -> None:
    """A second person confirms: every store that knows the person is ordered to erase all but what is kept.

    Raises:
        AnotherPersonNeeded: the same person proposed it, by whatever account.
        requests.Held: the person seems to be forced.
        requests.NotNow: nothing was proposed, or it is confirmed already.
    """
    erasure = _demand(session, request, "confirm")
    if staff.same_person(session, erasure.proposed_by, author):
        raise AnotherPersonNeeded
    requests.refuse_held(session, request)
    # A hold may have come since the proposal.
    _keep(session, erasure, kept(session, request))
    erasure.confirmed_by, erasure.confirmed_at = author, clock.now()
    requests.note(session, request, Step.ERASURE_CONFIRMED, author)
    store_tasks.give(session, request, OrderKind.ERASE, author, {"keep": sorted(kept(session, request))})
    notifications.tell_recipients(session, request, "erased", author)


def complete(
    session: Session, request: RightsRequest, author: str, kept_here: Mapping[str, str] | None = None
) -> Erasure:
    """Every store has answered: forget the person here. The caller destroys the key once this has committed.

    `kept_here` is what the house itself keeps, with its ground; no store hears of it.

    Raises:
        TooSoon: a store has not answered yet.
        requests.Held: the person seems to be forced.
        requests.NotNow: nobody has confirmed it.
    """
    erasure = _demand(session, request, "complete")
    if not is_ready(session, request):
        raise TooSoon
    requests.refuse_held(session, request)
    weighed = kept(session, request) | dict(kept_here or {})
    refused = _not_erased_by_stores(session, request)
    _keep(session, erasure, refused | weighed)
    erasure.done_at = clock.now()
    requests.note(session, request, Step.ERASED, author)
    ground = _provisions(kept(session, request), refused.keys() - weighed.keys())
    handling.answer(
        session, request, RequestOutcome.PARTLY if ground else RequestOutcome.GRANTED, ground or None, author
    )
    packages.drop(session, erasure.subject_id)
    persons.erase(session, erasure.subject_id, author)
    return erasure


def _provisions(kept_back: Mapping[str, str], by_stores: Collection[str]) -> str:
    """The provisions for the register in clear; a store's or an officer's own words stay sealed in `kept`."""
    named = {_NO_PROVISION if item in by_stores else ground_code(said) for item, said in kept_back.items()}
    joined = ", ".join(sorted(named))
    return joined if len(joined) <= _LONGEST else _NO_PROVISION


def ground_code(said: str) -> str:
    """The provision that `said` is, without its "Art."; "17(3)" where it is none."""
    return said.removeprefix("Art. ") if _PROVISION.fullmatch(said) else _NO_PROVISION


def is_confirmed(session: Session, request: RightsRequest) -> bool:
    """Whether two people have agreed on an erasure: it is not taken back or refused any more."""
    found = of_request(session, request)
    return found is not None and found.confirmed_at is not None and found.cancelled_at is None


def is_ready(session: Session, request: RightsRequest) -> bool:
    """Whether two people have confirmed an erasure and every store has answered: what the house keeps is decided."""
    if not is_confirmed(session, request):
        return False
    return not any(task.state in orders.WAITING for task in tasks(session, request))


def kept(session: Session, request: RightsRequest) -> dict[str, str]:
    """What is not erased, with its ground; empty where nothing is kept."""
    erasure = of_request(session, request)
    if erasure is None or erasure.kept is None:
        return {}
    opened: dict[str, str] = json.loads(keyring(session).unseal(request.id, _place(request.id), erasure.kept))
    return opened


def tasks(session: Session, request: RightsRequest) -> list[store_tasks.StoreTask]:
    """The stores' orders to erase."""
    return [task for task in store_tasks.of_request(session, request) if task.kind == OrderKind.ERASE]


def keys_to_destroy(session: Session) -> list[str]:
    """The people who are erased and whose key must go; their requests too, once the answer was there long enough."""
    done, readable = select(Erasure).where(Erasure.done_at.is_not(None)), in_force.value(session, law.ANSWER_READABLE)
    found = []
    for erasure in session.scalars(done):
        found.append(erasure.subject_id)
        if erasure.done_at is not None and clock.now() > erasure.done_at + readable:
            found += [
                each.id for each in requests.of_person(session, erasure.subject_id) if _has_been_read(each, readable)
            ]
    return found


def _has_been_read(request: RightsRequest, readable: timedelta) -> bool:
    """Whether nobody has to read a request any more; one that is open has its answer to come."""
    if request.state == RequestState.OPEN:
        return False
    return request.answered_at is None or clock.now() > request.answered_at + readable


def _keep(session: Session, erasure: Erasure, weighed: Mapping[str, str]) -> None:
    held = dict.fromkeys(legal_holds.names_held(session, erasure.subject_id), _LEGAL_HOLD)
    place = _place(erasure.request_id)
    erasure.kept = keyring(session).seal(erasure.request_id, place, json.dumps(held | dict(weighed)).encode())


def _not_erased_by_stores(session: Session, request: RightsRequest) -> dict[str, str]:
    """What the stores would not erase, and why, who could not be reached, and what nothing was said of: it is told."""
    names = {store.id: store.name for store in stores.listed(session)}
    words = letters.templates(request.language)["erased"]
    found: dict[str, str] = {}
    for task in tasks(session, request):
        said = store_tasks.result(session, task)
        if task.state == OrderState.REJECTED:
            found[names[task.store_id]] = str(said["reason"])
        if task.state == OrderState.GIVEN_UP:
            found[names[task.store_id]] = words["unreached"].format(reason=said["reason"])
        found |= {each["item"]: each["reason"] for each in said.get("kept", ())}
        found |= dict.fromkeys(store_tasks.missing(session, task), words["unsaid"])
    return found


def _demand(session: Session, request: RightsRequest, act: str) -> Erasure:
    requests.demand_open(session, request)
    erasure = of_request(session, request)
    if erasure is not None:
        read_anew(session, erasure)
    if erasure is None or not STATES.allows(erasure.state, act):
        raise requests.NotNow
    return erasure


def _place(request_id: str) -> str:
    return f"erasures.kept:{request_id}"
