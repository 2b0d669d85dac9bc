"""Measures in a case: filled in by the person or entered from paper, scored here, with what follows from an alert."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mhpss import cases, entries, on_call, risk, sealed
from mhpss.cases import Case
from mhpss.entries import EntryKind
from mhpss.measures import instruments, packs, scoring
from mhpss.measures.instruments import Instrument
from mhpss.measures.scoring import Change
from mhpss.risk import RiskSign
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, in_parts, new_id
from vault.policy import in_force, law
from vault.refusals import Refused
from vault.types import Id, Instant

# The measures of which an item asks about life itself: a clinic offers them only where somebody stands behind.
ALERTING = frozenset({"phq-9"})


class FilledBy(StrEnum):
    """Who gave the answers to a measure."""

    CLINICIAN = "clinician"
    PERSON = "person"


class NothingAnswered(Refused):
    """Not one question is answered, and nothing is said in own words: that is no measure."""


class NotOffered(Refused):
    """The measure has no wording in the language, or nobody is there to catch its alert."""


class CaseMeasure(Base):
    """Answers to a measure and what they came to, sealed under the case's key."""

    __tablename__ = "case_measures"
    __table_args__ = (CheckConstraint("filled_by IN ('clinician', 'person')", name="filled_by"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    instrument: Mapped[str] = mapped_column(String(20), info=clear(Clear.CODE))
    version: Mapped[str] = mapped_column(String(10), info=clear(Clear.CODE))
    language: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    filled_by: Mapped[FilledBy] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


class MeasureOffer(Base):
    """A measure that waits for the person in the portal."""

    __tablename__ = "measure_offers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    instrument: Mapped[str] = mapped_column(String(20), info=clear(Clear.CODE))
    offered_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Point:
    """One filling of a measure, and what changed since the first one that has a total."""

    measure: CaseMeasure
    total: int | None
    band: str | None
    criteria: Mapping[str, bool | None]
    alerts: tuple[str, ...]
    missing: tuple[int, ...]
    reason: str | None
    words: Mapping[str, str]
    change: Change | None


def record(
    session: Session,
    case: Case,
    instrument: Instrument,
    answers: Sequence[int | None],
    *,
    language: str,
    filled_by: FilledBy,
    author: str,
    words: Mapping[str, str] | None = None,
) -> scoring.Score:
    """Score and keep answers; a positive or unanswered item on life opens a risk review at once, whatever the total.

    Raises:
        scoring.BadAnswers: too many, too few, or out of range. Nothing is written.
        cases.NoConsent, cases.NotNow: nothing may be written.
        NothingAnswered: no answer, and no word.
    """
    cases.demand_consent(session, case)
    cases.demand(case, "write")
    if all(each is None for each in answers) and not any((words or {}).values()):
        raise NothingAnswered
    score = scoring.score(instrument, answers)
    measure_id = new_id()
    content = {"answers": list(answers), "words": dict(words or {}), **score.as_value()}
    session.add(
        CaseMeasure(
            id=measure_id,
            case_id=case.id,
            instrument=instrument.key,
            version=instrument.version,
            language=language,
            filled_by=filled_by,
            at=clock.now(),
            sealed=sealed.close(session, case.id, _place(measure_id), content),
        )
    )
    entries.write(session, case.id, EntryKind.MEASURE, author, {"measure": instrument.title})
    for alert in score.alerts:
        risk.open_review(session, case, RiskSign(alert), author)
    return score


def offer(session: Session, case: Case, instrument: Instrument, author: str, *, able: Collection[str]) -> MeasureOffer:
    """Let a measure wait for the person in the portal; one that waits already is not doubled.

    `able` are the accounts that can act as psychologists now, here and below.

    Raises:
        NotOffered: no wording in the case's language, or it can raise an alert and nobody would catch it.
        cases.NoConsent: it was withdrawn.
    """
    cases.demand_consent(session, case)
    if packs.wording(session, instrument, case.language) is None:
        raise NotOffered
    if not _is_caught(session, case, instrument.key, able):
        raise NotOffered
    for waiting in offered(session, case, able):
        if waiting.instrument == instrument.key:
            return waiting
    made = MeasureOffer(id=new_id(), case_id=case.id, instrument=instrument.key, offered_at=clock.now())
    session.add(made)
    entries.write(session, case.id, EntryKind.MEASURE_OFFERED, author, {"measure": instrument.title})
    return made


def fill_in(
    session: Session,
    case: Case,
    waiting: MeasureOffer,
    answers: Sequence[int | None],
    words: Mapping[str, str],
    language: str,
    author: str,
    *,
    able: Collection[str],
) -> scoring.Score:
    """Take the person's own answers to a measure that waits for them.

    Raises:
        cases.NotNow: answered already. See `record` for the rest.
        NotOffered: nobody would catch its alert by now.
    """
    if waiting.answered_at is not None or waiting.case_id != case.id:
        raise cases.NotNow
    if not _is_caught(session, case, waiting.instrument, able):
        raise NotOffered
    instrument = instruments.instrument(waiting.instrument)
    score = record(
        session, case, instrument, answers, language=language, filled_by=FilledBy.PERSON, author=author, words=words
    )
    waiting.answered_at = clock.now()
    return score


def offered(session: Session, case: Case, able: Collection[str]) -> list[MeasureOffer]:
    """The measures that wait for the person, oldest first; none while nobody would catch its alert."""
    query = select(MeasureOffer).where(MeasureOffer.case_id == case.id, MeasureOffer.answered_at.is_(None))
    waiting = session.scalars(query.order_by(MeasureOffer.offered_at))
    return [each for each in waiting if _is_caught(session, case, each.instrument, able)]


def _is_caught(session: Session, case: Case, key: str, able: Collection[str]) -> bool:
    """Whether an alert of the measure has somebody on call now, and a supervisor to whom an unopened one goes."""
    covered = case.supervisor in able and on_call.is_covered(session, case.organisation, able)
    return key not in ALERTING or covered


def curves(session: Session, case_id: str) -> dict[str, list[Point]]:
    """By measure, its fillings from the first to the last."""
    query = select(CaseMeasure).where(CaseMeasure.case_id == case_id).order_by(CaseMeasure.at, CaseMeasure.id)
    found: dict[str, list[Point]] = {}
    for measure in session.scalars(query):
        points = found.setdefault(measure.instrument, [])
        content = sealed.content(session, case_id, _place(measure.id), measure.sealed)
        points.append(_point(measure, content, points))
    return found


def _point(measure: CaseMeasure, content: Mapping[str, Any], before: Sequence[Point]) -> Point:
    total = content["total"]
    first = next((point.total for point in before if point.total is not None), None)
    instrument = instruments.instrument(measure.instrument)
    return Point(
        measure=measure,
        total=total,
        band=content["band"],
        criteria=content["criteria"],
        alerts=tuple(content["alerts"]),
        missing=tuple(content["missing"]),
        reason=content.get("reason"),
        words=content["words"],
        change=None if first is None or total is None else scoring.change(instrument, first, total),
    )


def due(session: Session, case_ids: Collection[str]) -> dict[str, datetime]:
    """When each case that is being measured is to be measured again."""
    found: dict[str, datetime] = {}
    for part in in_parts(case_ids):
        last = select(CaseMeasure.case_id, func.max(CaseMeasure.at)).where(CaseMeasure.case_id.in_(part))
        for case_id, at in session.execute(last.group_by(CaseMeasure.case_id)):
            found[case_id] = at + in_force.value(session, law.MEASURED_AGAIN)
    return found


def first_with_last(
    session: Session, case_ids: Collection[str], since: datetime, until: datetime
) -> dict[str, dict[str, tuple[int, int]]]:
    """By case and measure the first total ever and the last one of a period, where they are two.

    Only what is needed is unsealed: from both ends, until there is a total.
    """
    rows: dict[tuple[str, str], list[tuple[str, datetime, bytes]]] = {}
    for part in in_parts(case_ids):
        columns = (CaseMeasure.case_id, CaseMeasure.instrument, CaseMeasure.id, CaseMeasure.at, CaseMeasure.sealed)
        query = select(*columns).where(CaseMeasure.case_id.in_(part), CaseMeasure.at < until)
        for case_id, key, measure_id, at, shut in session.execute(query.order_by(CaseMeasure.at, CaseMeasure.id)):
            rows.setdefault((case_id, key), []).append((measure_id, at, shut))
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for (case_id, key), fillings in rows.items():
        if len(fillings) < 2 or fillings[-1][1] < since:
            continue
        first = _first_total(session, case_id, fillings)
        last = _first_total(session, case_id, [each for each in reversed(fillings) if each[1] >= since])
        if first is not None and last is not None and first[0] != last[0]:
            found.setdefault(case_id, {})[key] = (first[1], last[1])
    return found


def _first_total(
    session: Session, case_id: str, fillings: Sequence[tuple[str, datetime, bytes]]
) -> tuple[str, int] | None:
    for measure_id, _at, shut in fillings:
        total = sealed.content(session, case_id, _place(measure_id), shut)["total"]
        if total is not None:
            return measure_id, int(total)
    return None


def _place(measure_id: str) -> str:
    return f"case_measures.sealed:{measure_id}"
