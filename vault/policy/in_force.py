"""Which value of law or policy is in force at a moment, and how it is changed: from a day on, never backwards."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from vault import audit, clock
from vault.audit import Actor
from vault.columns import Clear, clear
from vault.database import Base, new_id
from vault.policy.settings import Setting, Value, written
from vault.refusals import Refused
from vault.types import BigKey, Id, Instant

_READ = "values of policy"


class PolicyValue(Base):
    """A value that was set, from when it is in force, by whom and when. Append-only."""

    __tablename__ = "policy_values"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True)
    key: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    value: Mapped[str] = mapped_column(String(40), info=clear(Clear.NUMBER))
    effective_from: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(Id)
    set_at: Mapped[datetime] = mapped_column(Instant)


class OutOfBounds(Refused):
    """The law or the guideline that bounds the value does not allow it."""

    field = "value"


class NotTheirs(Refused):
    """The role may not change this value; of one that the law fixes, nobody may."""


class InThePast(Refused):
    """A value counts from today at the soonest: what was decided stays as it was decided."""

    field = "effective_from"


def value(session: Session, setting: Setting[Value], at: datetime | None = None) -> Value:
    """The value of `setting` in force at a moment, which is now where none is named.

    All values are read once in a transaction. What is promised to somebody (a deadline) is kept with them when it is
    promised, and not worked out anew from here.
    """
    moment, found = at or clock.now(), setting.default
    for row in history(session, setting):
        if row.effective_from <= moment:
            found = setting.read(row.value)
    # A later state of the law may leave less room than when it was set.
    return min(max(found, setting.least), setting.most)


def beside(row: Base, setting: Setting[Value]) -> Value:
    """The value of `setting` in force now, as the transaction knows it that `row` was read in.

    Raises:
        LookupError: the row belongs to none.
    """
    session = object_session(row)
    if session is None:
        raise LookupError(setting.key)
    return value(session, setting)


def history(session: Session, setting: Setting[Any]) -> list[PolicyValue]:
    """What was set for `setting`, in the order in which it comes into force; of one moment the last word counts."""
    if _READ not in session.info:
        order = select(PolicyValue).order_by(PolicyValue.effective_from, PolicyValue.position)
        session.info[_READ] = list(session.scalars(order))
    return [row for row in session.info[_READ] if row.key == setting.key]


def change(session: Session, setting: Setting[Value], to: Value, from_day: date, actor: Actor) -> PolicyValue:
    """Let `setting` be `to` from the beginning of a day on, where whoever acts is; from now on, where that is today.

    Raises:
        NotTheirs, OutOfBounds, InThePast: see there. Nothing is written.
    """
    if actor.role not in setting.who or actor.account_id is None:
        raise NotTheirs(setting.key)
    if not setting.least <= to <= setting.most:
        raise OutOfBounds(setting.key)
    if from_day < clock.today():
        raise InThePast(setting.key)
    row = PolicyValue(
        id=new_id(),
        key=setting.key,
        value=written(to),
        effective_from=max(clock.start_of(from_day, clock.zone()), clock.now()),
        set_by=actor.account_id,
        set_at=clock.now(),
    )
    session.add(row)
    session.flush()
    session.info.pop(_READ, None)
    audit.record(session, actor, "policy.change", target=row.id)
    return row
