"""Releasing: proposed by one person with an assessment of the danger, released by another after a fresh check."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, String, UniqueConstraint, exists, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure import marks, sealed
from consent.disclosure.check import Check, Checked, Obstacle
from consent.disclosure.requests import DisclosureRequest, Route, State, demand
from consent.disclosure.terms import TransferBasis
from consent.ledger import ledger, stores
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import open_moment
from consent.people.persons import TwoPeopleNeeded
from consent.proofs import digest
from consent.rules import ReasonCode
from vault import clock, numbering, staff
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, new_id
from vault.policy import in_force, law
from vault.refusals import Refused
from vault.types import BigKey, Id, Instant

# An assessment of danger says how things stood on its day; after this it is made anew.
_SAID = ("danger_people", "danger_near", "measures", "transfer_ground")
_COUNSEL = ("counsel", "opinion")


class Incomplete(Exception):
    """Something that a release needs is missing; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class NothingToRelease(Refused):
    """Not one item of the list can be released as things stand."""


class ReleaseProposal(Base):
    """What the first person answers for: the danger assessed on a day, the transfer basis, counsel's opinion."""

    __tablename__ = "release_proposals"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("disclosure_requests.id"), index=True)
    assessed_on: Mapped[date] = mapped_column(Date)
    transfer_basis: Mapped[TransferBasis] = mapped_column(String(3))
    sealed: Mapped[bytes] = mapped_column(info=sealed_to(Owner.HOUSE))
    proposed_by: Mapped[str] = mapped_column(Id)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(Id)


class Release(Base):
    """What left, to whom, at which revision of consent. Append-only."""

    __tablename__ = "releases"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("disclosure_requests.id"), index=True)
    proposal_id: Mapped[str] = mapped_column(ForeignKey("release_proposals.id"), unique=True)
    number: Mapped[str] = mapped_column(String(24), unique=True, info=clear(Clear.IDENTIFIER))
    recipient: Mapped[str] = mapped_column(String(60), index=True, info=clear(Clear.CATALOGUE))
    scope: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    released_by: Mapped[str] = mapped_column(Id)
    released_at: Mapped[datetime] = mapped_column(Instant)
    revision: Mapped[int] = mapped_column(BigKey)
    asked_for: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    items: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    list_sha256: Mapped[str] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))
    event_position: Mapped[int] = mapped_column(BigKey)


class CopyKind(StrEnum):
    """Which bytes of an item left: its own, or those of a copy that shows people otherwise."""

    ORIGINAL = "original"
    NAMED = "named"
    PSEUDONYMISED = "pseudonymised"
    ANONYMISED = "anonymised"


class ReleasedItem(Base):
    """An item of a release and the digest of the bytes that left. Append-only."""

    __tablename__ = "released_items"
    __table_args__ = (Index("ix_released_items_item_id", "item_id"),)

    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=clear(Clear.NUMBER))
    item_id: Mapped[int] = mapped_column(BigKey, ForeignKey("items.id"))
    copy: Mapped[CopyKind] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))


class ReleasedPerson(Base):
    """A person in a release, and in how many of its items. Append-only."""

    __tablename__ = "released_people"
    __table_args__ = (Index("ix_released_people_subject_id", "subject_id"),)

    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    items: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))


class WithheldCount(Base):
    """How many items were withheld for a reason, and how many of them may exonerate somebody. Append-only."""

    __tablename__ = "withheld_counts"

    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    reason: Mapped[ReasonCode | Obstacle] = mapped_column(String(30), primary_key=True)
    items: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    may_exonerate: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))


class CustodyStep(StrEnum):
    """A step of the chain of custody."""

    HANDED_OVER = "handed_over"
    CONFIRMED = "confirmed"
    RECALLED = "recalled"


class HandoverStep(Base):
    """A step of the chain of custody: "handed_over" and "confirmed", or "recalled". Append-only."""

    __tablename__ = "handover_steps"
    __table_args__ = (UniqueConstraint("release_id", "step"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"))
    step: Mapped[CustodyStep] = mapped_column(String(12))
    sealed: Mapped[bytes] = mapped_column(info=sealed_to(Owner.HOUSE))
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is proposed: the danger to the people in the items and to those near them, what is done against it."""

    assessed_on: date
    danger_people: str
    danger_near: str
    measures: str
    transfer_basis: str
    transfer_ground: str
    counsel: str = ""
    opinion: str = ""


def propose(session: Session, request: DisclosureRequest, assessment: Assessment, proposed_by: str) -> ReleaseProposal:
    """Propose the release of whatever of the list may go; a second person decides.

    Raises:
        WrongState: the request is not open.
        Incomplete: a part of the assessment is missing or out of date, or the transfer basis is none (GDPR Art. 44),
            or counsel has not been heard about an order.
    """
    demand(session, request, "propose")
    _refuse_incomplete(session, request, assessment)
    proposal = ReleaseProposal(
        id=new_id(),
        request_id=request.id,
        assessed_on=assessment.assessed_on,
        transfer_basis=assessment.transfer_basis,
        sealed=b"",
        proposed_by=proposed_by,
        proposed_at=clock.now(),
    )
    said = {name: getattr(assessment, name) for name in (*_SAID, *_COUNSEL)}
    proposal.sealed = sealed.close(session, _place(proposal), said)
    session.add(proposal)
    request.state = State.PROPOSED
    session.flush()
    return proposal


def _refuse_incomplete(session: Session, request: DisclosureRequest, assessment: Assessment) -> None:
    needed = (*_SAID, *_COUNSEL) if request.route == Route.COMPELLED else _SAID
    for name in needed:
        if not getattr(assessment, name).strip():
            raise Incomplete(name)
    if assessment.transfer_basis not in tuple(TransferBasis):
        raise Incomplete("transfer_basis")
    _refuse_stale(session, assessment.assessed_on)


def _refuse_stale(session: Session, assessed_on: date) -> None:
    today = clock.today()
    if not today - in_force.value(session, law.ASSESSMENT_HOLDS) <= assessed_on <= today:
        raise Incomplete("assessed_on")


def said_of(session: Session, proposal: ReleaseProposal) -> dict[str, Any]:
    """What the proposal says, opened."""
    return sealed.content(session, _place(proposal), proposal.sealed)


def pending(session: Session, request: DisclosureRequest) -> ReleaseProposal | None:
    """The proposal that waits for a second person."""
    query = select(ReleaseProposal).where(ReleaseProposal.request_id == request.id, ReleaseProposal.ended_at.is_(None))
    return session.scalar(query)


def take_back(session: Session, request: DisclosureRequest, ended_by: str) -> None:
    """End a proposal without a release; the request is open again."""
    demand(session, request, "take_back")
    proposal = pending(session, request)
    if proposal is not None:
        proposal.ended_at, proposal.ended_by = clock.now(), ended_by
    request.state = State.OPEN
    session.flush()


@dataclass(frozen=True, slots=True)
class Released:
    """A release as it was just written, with what its certificate is made from."""

    release: Release
    check: Check
    items: Sequence[Checked]


def release(session: Session, request: DisclosureRequest, released_by: str) -> Released:
    """Release what may go at this moment, checked anew under the ledger's lock.

    Nothing goes whose withdrawal committed first.

    Raises:
        WrongState: nothing is proposed.
        TwoPeopleNeeded: the same person proposed it, by whatever account.
        Incomplete: the assessment of danger has become too old.
        NothingToRelease: no item is ready.
    """
    moment = open_moment(session)
    demand(session, request, "release")
    proposal = pending(session, request)
    if proposal is None or staff.same_person(session, proposal.proposed_by, released_by):
        raise TwoPeopleNeeded
    _refuse_stale(session, proposal.assessed_on)
    check = Check(session, request)
    ready, held = _parted(check.each())
    if not ready:
        raise NothingToRelease
    written = Release(
        id=new_id(),
        request_id=request.id,
        proposal_id=proposal.id,
        number=_next_number(session, request),
        recipient=request.recipient,
        scope=request.scope,
        released_by=released_by,
        released_at=moment.recorded_at,
        revision=moment.revision,
        asked_for=len(ready) + len(held),
        items=len(ready),
        list_sha256=_list_digest(session, ready),
        event_position=0,
    )
    _record(session, written)
    _write(session, written, ready, held)
    proposal.ended_at, proposal.ended_by = clock.now(), released_by
    request.state = State.RELEASED
    session.flush()
    return Released(written, check, ready)


def _next_number(session: Session, request: DisclosureRequest) -> str:
    number = numbering.draw(session, f"releases:{request.id}")
    return f"{request.number}-R{number if number > 1 else ''}"


def _list_digest(session: Session, ready: Sequence[Checked]) -> str:
    names = {store.id: store.name for store in stores.listed(session)}
    return digest([[names[each.line.store_id], each.line.name, sha256_of(each)] for each in ready])


def _parted(checked: Iterable[Checked]) -> tuple[list[Checked], list[Checked]]:
    ready: list[Checked] = []
    held: list[Checked] = []
    for each in checked:
        (ready if each.is_ready else held).append(each)
    return ready, held


def _record(session: Session, written: Release) -> None:
    body = {"release": written.id, "list_sha256": written.list_sha256, "items": written.items}
    ledger.append(session, [Draft(Kind.DISCLOSED, author=written.released_by, body=body)])
    written.event_position = open_moment(session).position
    session.add(written)
    session.flush()


def _write(session: Session, written: Release, ready: Sequence[Checked], held: Sequence[Checked]) -> None:
    session.execute(
        insert(ReleasedItem),
        [
            {
                "release_id": written.id,
                "position": position,
                "item_id": each.line.item_id,
                "copy": CopyKind(each.identity or CopyKind.ORIGINAL),
                "sha256": sha256_of(each),
            }
            for position, each in enumerate(ready, start=1)
        ],
    )
    people = Counter(subject for each in ready for subject in each.people)
    _write_people(session, written, people)
    exonerating = marks.marked_on_list(session, written.request_id)
    reasons = Counter(withheld_for(each) for each in held)
    among = Counter(withheld_for(each) for each in held if each.line.item_id in exonerating)
    rows = [
        {"release_id": written.id, "reason": reason, "items": count, "may_exonerate": among[reason]}
        for reason, count in reasons.items()
    ]
    if rows:
        session.execute(insert(WithheldCount), rows)


def _write_people(session: Session, written: Release, people: Counter[str]) -> None:
    rows = [{"release_id": written.id, "subject_id": subject, "items": count} for subject, count in people.items()]
    if rows:
        session.execute(insert(ReleasedPerson), rows)


def sha256_of(each: Checked) -> str:
    """The digest of the bytes that leave: the copy's, where an obligation asks for one."""
    digest_of_it = each.copy.sha256 if each.identity is not None and each.copy is not None else each.line.sha256
    if digest_of_it is None:
        raise ValueError(each.line.name)
    return digest_of_it


def withheld_for(each: Checked) -> str:
    """The one reason under which a withheld item is counted: the first that the rule gives, in its own order."""
    return each.missing or each.codes[0]


def find(session: Session, release_id: str) -> Release | None:
    """The release of that id."""
    return session.get(Release, release_id)


def of_request(session: Session, request: DisclosureRequest) -> Release | None:
    """What was released for a request and not recalled, if anything was."""
    return session.scalar(select(Release).where(Release.request_id == request.id, stands()))


def stands() -> ColumnElement[bool]:
    """The condition that a release was not recalled before its handover."""
    return ~exists().where(HandoverStep.release_id == Release.id, HandoverStep.step == CustodyStep.RECALLED)


def recalled(session: Session) -> set[str]:
    """The ids of the releases that were recalled before their handover."""
    return set(session.scalars(select(Release.id).where(~stands())))


def is_recalled(session: Session, release_id: str) -> bool:
    """Whether a release was recalled before its handover."""
    return session.scalar(select(Release.id).where(Release.id == release_id, stands())) is None


def listed(session: Session) -> list[Release]:
    """All releases, latest first."""
    return list(session.scalars(select(Release).order_by(Release.revision.desc())))


def withheld(session: Session, release_id: str) -> list[WithheldCount]:
    """The schedule of what was withheld, the most frequent reason first."""
    query = select(WithheldCount).where(WithheldCount.release_id == release_id)
    return list(session.scalars(query.order_by(WithheldCount.items.desc(), WithheldCount.reason)))


def people_in(session: Session, release_id: str) -> int:
    """How many people a release is about."""
    return session.scalar(select(func.count()).where(ReleasedPerson.release_id == release_id)) or 0


def _place(proposal: ReleaseProposal) -> str:
    return f"release_proposals.sealed:{proposal.id}"
