"""The clinical part of a copy that a person asks for (GDPR Art. 15): prepared and sealed by the psychologist alone.

The officer who answers the request learns nothing of it, not even that there is one: it goes its own way, and never
keeps the officer waiting. It is fetched on the person's own page alone, with the officer's part or after it; to
somebody without a page the psychologist gives it by hand.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.rights.requests import RequestOutcome, RequestState, Right, RightsRequest
from mhpss import cases, entries, measuring, meetings, sealed
from mhpss.cases import Case, NotNow
from mhpss.entries import EntryKind
from mhpss.referral import referrals
from mhpss.referral.referral_table import ReferralState
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, in_parts
from vault.types import Id, Instant

PARTS = ("intake", "sessions", "notes", "safety_plan", "goals", "measures", "referrals")


# The officer answers without the clinical part: it is owed until then, and after that too.
_STILL_OWED = (RightsRequest.state == RequestState.OPEN) | (
    (RightsRequest.state == RequestState.ANSWERED) & (RightsRequest.outcome != RequestOutcome.REFUSED)
)


class ClinicalCopy(Base):
    """The clinical part asked for by one request; sealed under the case's key once it is prepared."""

    __tablename__ = "clinical_copies"

    request_id: Mapped[str] = mapped_column(ForeignKey("rights_requests.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    prepared_at: Mapped[datetime | None] = mapped_column(Instant)
    prepared_by: Mapped[str | None] = mapped_column(Id)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


def ask(session: Session, request: RightsRequest) -> None:
    """Ask the psychologist for the clinical part of a copy, where there is a case; asking twice changes nothing."""
    case = cases.of_person(session, request.subject_id) if request.subject_id else None
    if request.right != Right.ACCESS or case is None or of_request(session, request) is not None:
        return
    session.add(ClinicalCopy(request_id=request.id, case_id=case.id, asked_at=clock.now()))
    session.flush()


def of_request(session: Session, request: RightsRequest) -> ClinicalCopy | None:
    """The clinical part of a request's copy."""
    return session.get(ClinicalCopy, request.id)


def waiting(session: Session, case_ids: Collection[str]) -> list[tuple[ClinicalCopy, RightsRequest]]:
    """The copies that some cases are to give and that are not prepared, with their requests; the soonest due first."""
    found = []
    for part in in_parts(case_ids):
        query = select(ClinicalCopy, RightsRequest).join(RightsRequest, RightsRequest.id == ClinicalCopy.request_id)
        found += [
            (copy, request)
            for copy, request in session.execute(
                query.where(
                    ClinicalCopy.case_id.in_(part),
                    ClinicalCopy.prepared_at.is_(None),
                    _STILL_OWED,
                )
            )
        ]
    return sorted(found, key=lambda each: each[1].due_on)


def prepare(
    session: Session, case: Case, request: RightsRequest, parts: Collection[str], words: str, author: str
) -> None:
    """Seal what the person gets of their case; `words` explains it, and says why something is left out.

    Raises:
        NotNow: this request asks nothing of the case, or was refused or taken back, or has its part already.
        ValueError: a part that is none, or something is left out and no word says why (GDPR Art. 15(4)).
    """
    asked = of_request(session, request)
    owed = session.scalar(select(RightsRequest.id).where(RightsRequest.id == request.id, _STILL_OWED)) is not None
    if asked is None or asked.case_id != case.id or not owed or asked.prepared_at is not None:
        raise NotNow
    if set(parts) - set(PARTS) or (set(PARTS) - set(parts) and not words.strip()):
        raise ValueError("words")
    content = {"words": words.strip(), **{part: _PARTS[part](session, case) for part in PARTS if part in parts}}
    asked.sealed = sealed.close(session, case.id, _place(request.id), content)
    asked.prepared_at, asked.prepared_by = clock.now(), author
    entries.write(session, case.id, EntryKind.COPY_PREPARED, author, {"request": request.reference})


def is_waiting(session: Session, request: RightsRequest) -> bool:
    """Whether a part that the psychologist prepared waits for the person."""
    asked = of_request(session, request)
    return asked is not None and asked.sealed is not None


def fetch(session: Session, request: RightsRequest) -> dict[str, Any] | None:
    """What the psychologist prepared, this once: it is kept no longer here; None where nothing waits."""
    asked = of_request(session, request)
    if asked is None or asked.sealed is None:
        return None
    support = sealed.content(session, asked.case_id, _place(request.id), asked.sealed)
    asked.sealed = None
    return support


def drop_unneeded(session: Session) -> int:
    """Let go of what was sealed for requests that were taken back or refused; how many."""
    query = (
        select(ClinicalCopy)
        .join(RightsRequest, RightsRequest.id == ClinicalCopy.request_id)
        .where(
            ClinicalCopy.sealed.is_not(None),
            (RightsRequest.state == RequestState.ENDED) | (RightsRequest.outcome == RequestOutcome.REFUSED),
        )
    )
    dropped = list(session.scalars(query))
    for copy in dropped:
        copy.sealed = None
    session.flush()
    return len(dropped)


def _sessions(session: Session, case: Case) -> list[dict[str, Any]]:
    return [
        {"at": clock.rfc3339(each.starts_at), "minutes": each.minutes, "how": each.modality, "state": each.outcome}
        for each in meetings.of_case(session, case.id)
    ]


def _notes(session: Session, case: Case) -> list[dict[str, Any]]:
    noted = [(each, meetings.note_of(session, each)) for each in meetings.of_case(session, case.id)]
    return [{"at": clock.rfc3339(each.starts_at), "note": note} for each, note in noted if note]


def _measures(session: Session, case: Case) -> list[dict[str, Any]]:
    return [
        {"measure": key, "at": clock.rfc3339(point.measure.at), "total": point.total, "band": point.band}
        for key, points in measuring.curves(session, case.id).items()
        for point in points
    ]


def _referrals(session: Session, case: Case) -> list[dict[str, Any]]:
    return [
        {
            "to": referrals.service_of(session, each)[1].name,
            "state": each.state,
            "since": clock.rfc3339(each.changed_at),
            "told": referrals.content_of(session, each),
        }
        for each in referrals.of_case(session, case.id)
        if each.state != ReferralState.ENTERED_IN_ERROR
    ]


def _intake(session: Session, case: Case) -> dict[str, str]:
    noted = cases.intake_of(session, case)
    return {
        "asked_for": noted.asked_for,
        "immediate_needs": noted.immediate_needs,
        "safe_contact": noted.safe_contact,
        "may_be_told": noted.may_be_told,
    }


_PARTS = {
    "intake": _intake,
    "sessions": _sessions,
    "notes": _notes,
    "safety_plan": lambda session, case: entries.latest(session, case.id, EntryKind.SAFETY_PLAN),
    "goals": lambda session, case: entries.latest(session, case.id, EntryKind.GOALS),
    "measures": _measures,
    "referrals": _referrals,
}


def _place(request_id: str) -> str:
    return f"clinical_copies.sealed:{request_id}"
