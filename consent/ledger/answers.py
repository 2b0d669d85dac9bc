"""The present answers and restrictions: a projection of the ledger that can be rebuilt and must equal it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, delete, insert, inspect, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent import rules
from consent.ledger.events import Event, Kind
from consent.rules import ReasonCode
from vault import clock
from vault.columns import Clear, clear
from vault.database import Base, in_parts
from vault.types import Id, Instant, Json

CONDITIONS = (
    "identity",
    "only_recipients",
    "except_recipients",
    "except_kinds",
    "onward",
    "valid_until",
    "review_on",
)
PERMITTING = rules.PERMITTING
_DENIALS = (ReasonCode.REFUSED, ReasonCode.WITHDRAWN, ReasonCode.UNANSWERED, ReasonCode.INVALIDATED)
ANSWERING = frozenset(
    {
        Kind.GIVEN,
        Kind.CHANGED,
        Kind.REFUSED,
        Kind.UNANSWERED,
        Kind.ASKED,
        Kind.ANSWERED,
        Kind.WITHDRAWN,
        Kind.INVALIDATED,
        Kind.EXPIRED,
        Kind.SUPERSEDED,
    }
)
_RESTRICTING = {
    Kind.RESTRICTED: (ReasonCode.RESTRICTED, True),
    Kind.RESTRICTION_LIFTED: (ReasonCode.RESTRICTED, False),
    Kind.OBJECTED: (ReasonCode.OBJECTED, True),
    Kind.OBJECTION_SETTLED: (ReasonCode.OBJECTED, False),
    Kind.ERASURE_REQUESTED: (ReasonCode.ERASURE_PENDING, True),
    Kind.ERASURE_CANCELLED: (ReasonCode.ERASURE_PENDING, False),
    Kind.ERASED: (ReasonCode.ERASED, True),
    Kind.HELD: (ReasonCode.SAFETY_HOLD, True),
    Kind.HOLD_LIFTED: (ReasonCode.SAFETY_HOLD, False),
}


class AnswerRow(Base):
    """The answer of a person to a scope, in a context (empty, or one request), as it stands."""

    __tablename__ = "answers"

    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(String(60), primary_key=True, info=clear(Clear.CATALOGUE))
    context: Mapped[str] = mapped_column(String(60), primary_key=True, info=clear(Clear.IDENTIFIER))
    code: Mapped[ReasonCode] = mapped_column(String(24))
    conditions: Mapped[dict[str, Any]] = mapped_column(Json, info=clear(Clear.CODE))
    partners: Mapped[list[str] | None] = mapped_column(Json, info=clear(Clear.CATALOGUE))
    ends_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    majority_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    review_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    form_version: Mapped[str | None] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    language: Mapped[str | None] = mapped_column(String(2), info=clear(Clear.CODE))
    effective_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    event_id: Mapped[str] = mapped_column(Id)

    def as_rule(self) -> rules.Answer:
        """This answer as the rule reads it."""
        return rules.Answer(
            code=self.code,
            identity=self.conditions.get("identity"),
            only_recipients=tuple(self.conditions.get("only_recipients", ())),
            except_recipients=tuple(self.conditions.get("except_recipients", ())),
            except_kinds=tuple(self.conditions.get("except_kinds", ())),
            onward=self.conditions.get("onward"),
            ends_at=self.ends_at,
            majority_at=self.majority_at,
            partners=None if self.partners is None else tuple(self.partners),
        )


class RestrictionRow(Base):
    """Something that holds a person back, in one scope or (empty) in every scope."""

    __tablename__ = "restrictions"

    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    state: Mapped[ReasonCode] = mapped_column(String(20), primary_key=True)
    scope: Mapped[str] = mapped_column(String(60), primary_key=True, info=clear(Clear.CATALOGUE))
    active: Mapped[bool]
    open_scopes: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CATALOGUE))
    effective_at: Mapped[datetime] = mapped_column(Instant)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))


AnswerKey = tuple[str, str, str]
_ANSWER_COLUMNS = tuple(column.key for column in AnswerRow.__table__.columns)
_RESTRICTION_COLUMNS = tuple(column.key for column in RestrictionRow.__table__.columns)


@dataclass(slots=True)
class Folded:
    """What a history of events comes to."""

    answers: dict[AnswerKey, AnswerRow]
    restrictions: dict[AnswerKey, RestrictionRow]


def fold(events: Iterable[Event], onto: Folded | None = None) -> Folded:
    """Fold `events`, in any order, by the moment they count until, then revision; at one moment the denying wins."""
    folded = onto or Folded({}, {})
    for event in events:
        if event.subject_id is None:
            continue
        if event.kind in ANSWERING and event.scope is not None:
            answer = _answer(event.subject_id, event.scope, event)
            answer_key = (answer.subject_id, answer.scope, answer.context)
            if _answer_wins(answer, folded.answers.get(answer_key)):
                folded.answers[answer_key] = answer
        elif event.kind in _RESTRICTING:
            restriction = _restriction(event.subject_id, event)
            key = (restriction.subject_id, restriction.state, restriction.scope)
            if _restriction_wins(restriction, folded.restrictions.get(key)):
                folded.restrictions[key] = restriction
    return folded


def _answer(subject_id: str, scope: str, event: Event) -> AnswerRow:
    code = answer_code(event)
    conditions = {name: event.body[name] for name in CONDITIONS if event.body.get(name) and code in PERMITTING}
    ends = conditions.get("valid_until")
    majority = event.body.get("majority_at") if code in PERMITTING else None
    review = conditions.get("review_on")
    return AnswerRow(
        subject_id=subject_id,
        scope=scope,
        context=event.context,
        code=code,
        conditions=conditions,
        partners=event.body.get("partners"),
        ends_at=clock.end_of_validity(ends) if ends else None,
        majority_at=clock.parse_instant(majority) if majority else None,
        review_at=clock.start_of(date.fromisoformat(review)) if review else None,
        form_version=event.body.get("form_version"),
        language=event.body.get("language"),
        effective_at=event.effective_at,
        recorded_at=event.recorded_at,
        revision=event.revision,
        event_id=event.id,
    )


def answer_code(event: Event) -> ReasonCode:
    """The code of the answer that `event` leaves behind."""
    if event.kind in (Kind.GIVEN, Kind.CHANGED, Kind.ANSWERED):
        return ReasonCode(event.body["answer"])
    if event.kind is Kind.EXPIRED and event.body.get("cause") == "majority":
        return ReasonCode.MAJORITY_UNCONFIRMED
    return ReasonCode(event.kind.value)


def _restriction(subject_id: str, event: Event) -> RestrictionRow:
    state, active = _RESTRICTING[event.kind]
    if state == ReasonCode.SAFETY_HOLD and event.body.get("ground") == "wish":
        state = ReasonCode.PAUSED_BY_WISH
    return RestrictionRow(
        subject_id=subject_id,
        state=state,
        scope=event.scope or "",
        active=active,
        open_scopes=list(event.body.get("open_scopes", ())),
        effective_at=event.effective_at,
        recorded_at=event.recorded_at,
        revision=event.revision,
    )


def counts_until(code: str, effective_at: datetime, recorded_at: datetime) -> datetime:
    """The moment up to which an answer is a later word than a permit.

    Of a denial that is known by its day alone nobody knows the hour: it counts from the day's beginning, and beats
    every permit of that day but one that was said after the denial had been recorded.
    """
    by_its_day = code in _DENIALS and effective_at == clock.start_of(effective_at.date())
    if not by_its_day:
        return effective_at
    end_of_day = effective_at + timedelta(days=1) - clock.MICROSECOND
    return max(effective_at, min(end_of_day, recorded_at))


def _answer_wins(new: AnswerRow, old: AnswerRow | None) -> bool:
    return old is None or _place(new) >= _place(old)


def _place(row: AnswerRow) -> tuple[datetime, bool, int]:
    counts = counts_until(row.code, row.effective_at, row.recorded_at)
    return counts, row.code not in PERMITTING, row.revision


def _restriction_wins(new: RestrictionRow, old: RestrictionRow | None) -> bool:
    return old is None or (new.effective_at, new.active, new.revision) >= (
        old.effective_at,
        old.active,
        old.revision,
    )


def present(session: Session, subject_ids: Collection[str], *scopes: str) -> Folded:
    """The present answers (to these scopes; to all where none is named) and restrictions of some people.

    They are values that no later flush writes back.
    """
    folded = Folded({}, {})
    for part in in_parts(subject_ids):
        query = select(AnswerRow).where(AnswerRow.subject_id.in_(part))
        for answer in session.scalars(query.where(AnswerRow.scope.in_(scopes)) if scopes else query):
            session.expunge(answer)
            folded.answers[answer.subject_id, answer.scope, answer.context] = answer
        for row in session.scalars(select(RestrictionRow).where(RestrictionRow.subject_id.in_(part))):
            session.expunge(row)
            folded.restrictions[row.subject_id, row.state, row.scope] = row
    return folded


def project(session: Session, events: Collection[Event]) -> Folded:
    """Fold new `events` into the present state, and answer the state of the people they concern."""
    people = {event.subject_id for event in events if event.subject_id is not None}
    before = present(session, people)
    after = fold(events, Folded(dict(before.answers), dict(before.restrictions)))
    _store(session, AnswerRow, _ANSWER_COLUMNS, before.answers, after.answers)
    _store(session, RestrictionRow, _RESTRICTION_COLUMNS, before.restrictions, after.restrictions)
    return after


def _store(
    session: Session,
    table: type[Base],
    columns: tuple[str, ...],
    before: Mapping[AnswerKey, Any],
    after: Mapping[AnswerKey, Any],
) -> None:
    changed = [key for key, row in after.items() if row is not before.get(key)]
    replaced = [key for key in changed if key in before]
    key_columns = inspect(table).primary_key
    for part in in_parts(replaced):
        session.execute(
            delete(table).where(tuple_(*key_columns).in_(part)).execution_options(synchronize_session=False)
        )
    if changed:
        session.execute(insert(table), [{column: getattr(after[key], column) for column in columns} for key in changed])


def restrictions_on(folded: Folded, subject_id: str, scope: str) -> rules.Restrictions:
    """What holds `subject_id` back from `scope`."""
    states = set()
    for state in (*rules.RESTRICTING, ReasonCode.OBJECTED):
        for covered in ("", scope):
            row = folded.restrictions.get((subject_id, state, covered))
            if row is not None and row.active and scope not in row.open_scopes:
                states.add(state)
    return rules.Restrictions(**dict.fromkeys(states, True)) if states else rules.NO_RESTRICTIONS


def standing(folded: Folded, subject_id: str, scope: str, now: datetime) -> rules.Standing:
    """Where a person stands on a scope, outside any request."""
    row = folded.answers.get((subject_id, scope, ""))
    return rules.standing(restrictions_on(folded, subject_id, scope), None if row is None else row.as_rule(), now)


def said_yes(folded: Folded, subject_id: str, scope: str, request: str | None) -> bool:
    """Whether a person said yes to this very request, and not before the "ask me first" that stands now."""
    if request is None:
        return False
    answer = folded.answers.get((subject_id, scope, request))
    first = folded.answers.get((subject_id, scope, ""))
    return (
        answer is not None
        and first is not None
        and answer.code == ReasonCode.GRANTED
        and (answer.effective_at, answer.revision) >= (first.effective_at, first.revision)
    )
