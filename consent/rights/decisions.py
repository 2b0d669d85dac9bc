"""Decisions about a rights request: recorded as decided, told by a letter, in effect only once that letter is sent."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import read_anew
from consent.rights import letters, requests
from consent.rights.letters import RightsLetter
from consent.rights.requests import NotNow, RequestOutcome, RightsRequest
from consent.rights.steps import Step
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, in_parts, keyring, new_id
from vault.states import Act, StateMachine
from vault.types import Id, Instant


class DecisionKind(StrEnum):
    """What an officer decides about a request."""

    QUESTION = "question"
    EXTENSION = "extension"
    RECTIFICATION = "rectification"
    ANSWER = "answer"


class DecisionState(StrEnum):
    """Whether a decision has taken effect."""

    WAITING = "waiting"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


_DPO = ("dpo",)
STATES = StateMachine(
    DecisionState,
    {
        "send": Act((DecisionState.WAITING,), DecisionState.SENT, _DPO),
        "withdraw": Act((DecisionState.WAITING,), DecisionState.WITHDRAWN, _DPO),
    },
    final={DecisionState.SENT, DecisionState.WITHDRAWN},
    waits_for={DecisionState.WAITING: "dpo"},
)


class DecidedMeanwhile(NotNow):
    """Another decision waits than the one that was seen: nothing takes its place unread."""


class NoLongerSo(NotNow):
    """What the letter was composed from has changed since: it would tell something else now."""


class RightsDecision(Base):
    """One decision. It waits while it is neither sent nor withdrawn; of a request's decisions one at most waits.

    `sealed` is what was decided in words; `told` is the letter as it was composed, whatever an officer made of it.
    """

    __tablename__ = "rights_decisions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("rights_requests.id"), index=True)
    kind: Mapped[DecisionKind] = mapped_column(String(16))
    template: Mapped[str] = mapped_column(String(30), info=clear(Clear.CODE))
    outcome: Mapped[RequestOutcome | None] = mapped_column(String(8))
    ground: Mapped[str | None] = mapped_column(String(80), info=clear(Clear.CODE))
    decided_by: Mapped[str] = mapped_column(Id)
    decided_at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.REQUEST))
    letter_id: Mapped[str | None] = mapped_column(ForeignKey("rights_letters.id"), index=True)
    told: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.REQUEST))
    sent_by: Mapped[str | None] = mapped_column(Id)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[str | None] = mapped_column(Id)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Decided:
    """What an officer decides, and the template of the letter that tells it. `words` are the reason or correction."""

    kind: DecisionKind
    template: str
    outcome: RequestOutcome | None = None
    ground: str | None = None
    words: str = ""
    question: str = ""
    asked_in_time: bool = True


def record(
    session: Session, request: RightsRequest, decided: Decided, author: str, instead_of: str | None
) -> RightsDecision:
    """Record a decision; the one that waits, `instead_of`, is withdrawn with its draft.

    Raises:
        DecidedMeanwhile: another one waits than `instead_of`, or none does.
        requests.NotNow: the request is answered.
    """
    requests.demand_open(session, request)
    present = waiting(session, request)
    if (None if present is None else present.id) != instead_of:
        raise DecidedMeanwhile
    if present is not None:
        _withdraw(session, request, present, author)
    decision = RightsDecision(
        id=new_id(),
        request_id=request.id,
        kind=decided.kind,
        template=decided.template,
        outcome=decided.outcome,
        ground=decided.ground,
        decided_by=author,
        decided_at=clock.now(),
    )
    words = {"words": decided.words, "question": decided.question, "asked_in_time": decided.asked_in_time}
    decision.sealed = _seal(session, decision, "sealed", words)
    session.add(decision)
    session.flush()
    requests.note(session, request, Step.DECIDED, author)
    return decision


def tell(session: Session, request: RightsRequest, decision: RightsDecision, **filled_in: str) -> RightsLetter:
    """Draft the letter that tells a decision."""
    letter = letters.draft(session, request, decision.template, **filled_in)
    decision.letter_id = letter.id
    decision.told = _seal(session, decision, "told", letters.words(session, letter))
    session.flush()
    return letter


def demand_still_so(session: Session, request: RightsRequest, decision: RightsDecision, **filled_in: str) -> None:
    """Whether the letter would be composed today as it was when the decision was taken.

    Raises:
        NoLongerSo: it would not, as another day, partner or ground holds by now.
    """
    composed = letters.compose(session, request, decision.template, **filled_in)
    if decision.told is None or _unseal(session, decision, "told", decision.told) != composed:
        raise NoLongerSo


def content(session: Session, decision: RightsDecision) -> Decided:
    """What was decided, words and all."""
    words = _unseal(session, decision, "sealed", decision.sealed)
    return Decided(decision.kind, decision.template, decision.outcome, decision.ground, **words)


def waiting(session: Session, request: RightsRequest) -> RightsDecision | None:
    """The decision of a request whose letter was not sent yet."""
    return session.scalar(_waiting().where(RightsDecision.request_id == request.id))


def waiting_among(session: Session, found: Collection[RightsRequest]) -> set[str]:
    """Those of some requests, by id, whose decision waits for its letter to be sent."""
    waits: set[str] = set()
    for part in in_parts([each.id for each in found]):
        query = _waiting().where(RightsDecision.request_id.in_(part))
        waits |= {each.request_id for each in session.scalars(query)}
    return waits


def told_by(session: Session, letter: RightsLetter) -> RightsDecision | None:
    """The decision that waits for a letter to be sent."""
    return session.scalar(_waiting().where(RightsDecision.letter_id == letter.id))


def is_sent(session: Session, request: RightsRequest, kind: DecisionKind) -> bool:
    """Whether a decision of that kind has taken effect."""
    query = select(RightsDecision.id).where(RightsDecision.request_id == request.id, RightsDecision.kind == kind)
    return session.scalar(query.where(RightsDecision.sent_at.is_not(None)).limit(1)) is not None


def mark_sent(session: Session, decision: RightsDecision, author: str) -> None:
    """The letter goes, and with it the decision takes effect."""
    decision.sent_by, decision.sent_at = author, clock.now()
    session.flush()


def withdraw(session: Session, request: RightsRequest, decision_id: str | None, author: str) -> None:
    """Take back the decision that waits, with its draft.

    Raises:
        DecidedMeanwhile: it was sent, withdrawn or replaced meanwhile.
    """
    read_anew(session, request)
    present = waiting(session, request)
    if present is None or present.id != decision_id:
        raise DecidedMeanwhile
    _withdraw(session, request, present, author)


def withdraw_any(session: Session, request: RightsRequest, author: str) -> None:
    """Let no decision of a request wait any more, as it ended in another way."""
    read_anew(session, request)
    present = waiting(session, request)
    if present is not None:
        _withdraw(session, request, present, author)


def _withdraw(session: Session, request: RightsRequest, decision: RightsDecision, author: str) -> None:
    letter = session.get(RightsLetter, decision.letter_id)
    decision.withdrawn_by, decision.withdrawn_at = author, clock.now()
    decision.letter_id = decision.told = None
    session.flush()
    if letter is not None:
        letters.discard(session, letter)
    requests.note(session, request, Step.DECISION_WITHDRAWN, author)


def _waiting() -> Select[RightsDecision]:
    # Read anew: another officer may have written since this transaction first saw the row.
    return (
        select(RightsDecision)
        .where(RightsDecision.sent_at.is_(None), RightsDecision.withdrawn_at.is_(None))
        .execution_options(populate_existing=True)
    )


def _seal(session: Session, decision: RightsDecision, column: str, words: Mapping[str, object]) -> bytes:
    written = json.dumps(words, ensure_ascii=False).encode()
    return keyring(session).seal(decision.request_id, _place(decision, column), written)


def _unseal(session: Session, decision: RightsDecision, column: str, sealed: bytes) -> dict[str, Any]:
    opened = keyring(session).unseal(decision.request_id, _place(decision, column), sealed)
    words: dict[str, Any] = json.loads(opened)
    return words


def _place(decision: RightsDecision, column: str) -> str:
    return f"rights_decisions.{column}:{decision.id}"
