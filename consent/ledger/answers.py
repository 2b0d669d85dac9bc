"""The present answers and restrictions: a projection of the ledger that can be rebuilt and must equal it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
# In the body of an event: dates as they were written, and until when the day lasts by which a word is known.
AS_WRITTEN, DAY_ENDS_AT = "as_written", "day_ends_at"
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
    """The answer of a person to a scope, in a context (empty, or one request), as it stands.

    `day_ends_at` is there where the answer is known by its day alone: `effective_at` is that day's beginning.
    """

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
    day_ends_at: Mapped[datetime | None] = mapped_column(Instant)
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


def fold(events: Iterable[Event], onto: Folded | None = None, at: datetime | None = None) -> Folded:
    """Fold `events`, in any order, by the moment they count until, then revision; at one moment the denying wins.

    With a moment, permits that count only from a later one are left out: nobody knows that they had been said by then.
    A permit known by its day, and what it hid, cannot be told from a row that stands: `project` folds those from the
    first event.
    """
    folded = onto or Folded({}, {})
    said: dict[AnswerKey, list[AnswerRow]] = {}
    for event in events:
        if event.subject_id is None:
            continue
        if (answer_key := _answer_key(event)) is not None:
            said.setdefault(answer_key, []).append(_answer(answer_key[0], answer_key[1], event))
        elif event.kind in _RESTRICTING:
            restriction = _restriction(event.subject_id, event)
            key = (restriction.subject_id, restriction.state, restriction.scope)
            if _restriction_wins(restriction, folded.restrictions.get(key)):
                folded.restrictions[key] = restriction
    for answer_key, rows in said.items():
        stood = folded.answers.get(answer_key)
        if (latest := _latest([stood, *rows] if stood else rows, at)) is not None:
            folded.answers[answer_key] = latest
    return folded


def _answer_key(event: Event) -> AnswerKey | None:
    if event.subject_id is None or event.scope is None or event.kind not in ANSWERING:
        return None
    return event.subject_id, event.scope, event.context


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
        day_ends_at=clock.parse_instant(day_ends) if (day_ends := event.body.get(DAY_ENDS_AT)) else None,
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


def known_by(day: clock.Day) -> dict[str, Any]:
    """What the body of an event says whose hour nobody knows; it takes effect at the day's beginning."""
    return {AS_WRITTEN: {"effective_at": day.date.isoformat()}, DAY_ENDS_AT: clock.rfc3339(day.ends)}


def denial_counts_until(effective_at: datetime, day_ends_at: datetime | None, recorded_at: datetime) -> datetime:
    """The moment up to which a denial is a later word than a permit.

    Of one that is known by its day alone nobody knows the hour: it counts from the day's beginning, and beats
    every permit of that day but one that was said after the denial had been recorded. One at midnight UTC that names
    no day was known by its day before events told where that was.
    """
    if day_ends_at is None and effective_at == clock.start_of(effective_at.date()):
        day_ends_at = effective_at + timedelta(days=1)
    return _last_of_its_day(effective_at, day_ends_at, recorded_at)


def _last_of_its_day(effective_at: datetime, day_ends_at: datetime | None, recorded_at: datetime) -> datetime:
    if day_ends_at is None:
        return effective_at
    return max(effective_at, min(day_ends_at - clock.MICROSECOND, recorded_at))


def permit_counts_from(
    row: AnswerRow, denials: Collection[tuple[datetime, datetime]] = (), permits: Collection[AnswerRow] = ()
) -> datetime:
    """The moment from which a permit is a later word than others of its day.

    One that is known by its day alone counts from the day's end, or from when it was recorded if that is sooner; beside
    a denial of that day, or a permit of a known hour of it that allows less, from the day's beginning. `denials` are
    such moments: from when each counts, and until when.
    """
    if row.day_ends_at is None:
        return row.effective_at
    day_ends = row.day_ends_at
    denied = any(since < day_ends and until >= row.effective_at for since, until in denials)
    if denied or any(
        each.day_ends_at is None and row.effective_at <= each.effective_at < day_ends and _allows_less(each, row)
        for each in permits
    ):
        return row.effective_at
    return _last_of_its_day(row.effective_at, day_ends, row.recorded_at)


def _allows_less(permit: AnswerRow, than: AnswerRow) -> bool:
    """Whether `permit` asks first, or has a condition, where the other does not or is not as strict."""
    mine, other, never_alone = permit.as_rule(), than.as_rule(), rules.Onward.NOT_WITHOUT_ME
    ends = [
        (mine.ends_at, other.ends_at),
        (mine.majority_at, other.majority_at),
    ]
    return (
        (mine.code == ReasonCode.ASK_FIRST and other.code != ReasonCode.ASK_FIRST)
        or rules.strictest([mine.identity, other.identity]) != rules.strictest([other.identity])
        or bool(mine.only_recipients and not (set(other.only_recipients or ("",)) <= set(mine.only_recipients)))
        or not set(mine.except_recipients) <= set(other.except_recipients)
        or not set(mine.except_kinds) <= set(other.except_kinds)
        or (mine.onward != other.onward and (mine.onward == never_alone or other.onward == rules.Onward.ALLOWED))
        or any(end is not None and (later is None or end < later) for end, later in ends)
    )


def _latest(rows: Sequence[AnswerRow], at: datetime | None) -> AnswerRow | None:
    """Of answers to one scope the one that stands (`at` a moment); of two of one place the one that came later."""
    denials = [(row.effective_at, _counts_until(row)) for row in rows if row.code not in PERMITTING]
    permits = [row for row in rows if row.code in PERMITTING]

    def place(numbered: tuple[int, AnswerRow]) -> tuple[datetime, bool, int, int]:
        number, row = numbered
        denies = row.code not in PERMITTING
        counts = _counts_until(row) if denies else permit_counts_from(row, denials, permits)
        return counts, denies, row.revision, number

    said = [each for each in enumerate(rows) if at is None or each[1].code not in PERMITTING or place(each)[0] <= at]
    return max(said, key=place)[1] if said else None


def _counts_until(denial: AnswerRow) -> datetime:
    if denial.code not in _DENIALS:
        return denial.effective_at
    return denial_counts_until(denial.effective_at, denial.day_ends_at, denial.recorded_at)


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


def project(session: Session, events: Collection[Event], past: Callable[[Collection[str]], Iterable[Event]]) -> Folded:
    """Fold new `events` into the present state, and answer the state of the people they concern.

    `past` answers every event of some people, the new ones among them: it is asked where a permit that is known by its
    day alone has a part, since that may bring back a word which a row no longer holds.
    """
    people = {event.subject_id for event in events if event.subject_id is not None}
    before = present(session, people)
    anew = _to_be_folded_anew(before, events)
    whole = [event for event in past({key[0] for key in anew}) if _answer_key(event) in anew] if anew else []
    new = [event for event in events if _answer_key(event) not in anew]
    kept = {key: row for key, row in before.answers.items() if key not in anew}
    after = fold([*whole, *new], Folded(kept, dict(before.restrictions)))
    _store(session, AnswerRow, _ANSWER_COLUMNS, before.answers, after.answers)
    _store(session, RestrictionRow, _RESTRICTION_COLUMNS, before.restrictions, after.restrictions)
    return after


def _to_be_folded_anew(before: Folded, events: Collection[Event]) -> set[AnswerKey]:
    found = set()
    for event in events:
        key = _answer_key(event)
        stood = before.answers.get(key) if key is not None else None
        if key is not None and stood is not None:
            permits = answer_code(event) in PERMITTING
            stood_by_its_day = stood.day_ends_at is not None and stood.code in PERMITTING
            if stood_by_its_day or (permits and DAY_ENDS_AT in event.body):
                found.add(key)
    return found


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
        and (answer.effective_at, answer.revision) >= (permit_counts_from(first), first.revision)
    )
