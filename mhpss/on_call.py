"""The rota of clinicians on call: who has a sign of danger at once, and reads its case until the review is settled."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, Date, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.people import zones
from mhpss import risk
from mhpss.cases import RUNNING, Case
from mhpss.risk import RiskReview
from vault import clock
from vault.database import Base, new_id
from vault.types import Id


class Duty(Base):
    """Days on which an account is on call for an organisation, the first and the last included, where that is."""

    __tablename__ = "on_call_duties"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="days"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"), index=True)
    account_id: Mapped[str] = mapped_column(Id, index=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)


def put_on(session: Session, organisation: str, account_id: str, first_day: date, last_day: date) -> Duty:
    """Put an account on the rota.

    Raises:
        ValueError: the last day lies before the first, or has passed.
    """
    if last_day < first_day or last_day < clock.today():
        raise ValueError(last_day)
    duty = Duty(id=new_id(), organisation=organisation, account_id=account_id, first_day=first_day, last_day=last_day)
    session.add(duty)
    session.flush()
    return duty


def take_off(session: Session, organisation: str, duty_id: str) -> bool:
    """Take a duty of the organisation off the rota; whether there was one."""
    duty = session.get(Duty, duty_id)
    if duty is None or duty.organisation != organisation:
        return False
    session.delete(duty)
    session.flush()
    return True


def rota(session: Session, organisation: str) -> list[Duty]:
    """The duties of an organisation from today on, by their first day."""
    query = select(Duty).where(Duty.organisation == organisation, Duty.last_day >= _day_at(session, organisation))
    return list(session.scalars(query.order_by(Duty.first_day, Duty.id)))


def gaps(duties: Collection[Duty], days: int, able: Collection[str]) -> list[date]:
    """The days, of so many from today on, on which nobody of `duties` is on call who can act (the accounts `able`)."""
    today = clock.today()
    ahead = (today + timedelta(days=number) for number in range(days))
    held = [duty for duty in duties if duty.account_id in able]
    return [day for day in ahead if not any(duty.first_day <= day <= duty.last_day for duty in held)]


def is_covered(session: Session, organisation: str, able: Collection[str]) -> bool:
    """Whether somebody who can act (one of the accounts `able`) is on call for the organisation today."""
    return any(duty.account_id in able for duty in _today(session, Duty.organisation == organisation))


def today(session: Session, organisation: str) -> set[str]:
    """The accounts that are on call for an organisation today."""
    return {duty.account_id for duty in _today(session, Duty.organisation == organisation)}


def reviews_for(session: Session, account_id: str) -> list[tuple[Case, RiskReview]]:
    """The open reviews that are an account's because it is on call, with their cases; the soonest due first."""
    organisations = {duty.organisation for duty in _today(session, Duty.account_id == account_id)}
    query = select(Case).where(Case.organisation.in_(organisations), Case.state.in_(RUNNING))
    by_id = {case.id: case for case in session.scalars(query)} if organisations else {}
    return [(by_id[review.case_id], review) for review in risk.open_reviews(session, by_id)]


def may_read(session: Session, case: Case, account_id: str) -> bool:
    """Whether an account reads the case now because it is on call and a review of the case is open."""
    on_duty = _today(session, Duty.organisation == case.organisation, Duty.account_id == account_id)
    return bool(on_duty) and case.state in RUNNING and bool(risk.open_reviews(session, [case.id]))


def _today(session: Session, *conditions: ColumnElement[bool]) -> list[Duty]:
    """The duties of today, each where its organisation is: days differ by one from UTC at most."""
    now = clock.now().date()
    near = (Duty.first_day <= now + timedelta(days=1), Duty.last_day >= now - timedelta(days=1))
    found = list(session.scalars(select(Duty).where(*near, *conditions)))
    days = {key: _day_at(session, key) for key in {duty.organisation for duty in found}}
    return [duty for duty in found if duty.first_day <= days[duty.organisation] <= duty.last_day]


def _day_at(session: Session, organisation: str) -> date:
    return clock.now().astimezone(zones.of_partner(session, organisation)).date()
