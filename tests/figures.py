"""Short ways to people who are counted: cases with sessions, measures and referrals at given days."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from mhpss import cases, measuring, meetings
from mhpss.cases import Intake
from mhpss.measures import instruments
from mhpss.referral import referrals
from tests.consortium import Consortium
from vault import clock
from vault.clock import start_of

NOW = datetime(2026, 2, 10, 12, tzinfo=start_of(date(2026, 2, 10)).tzinfo)
AGREED = ("mhpss.case", "mhpss.refer", "mhpss.outcomes")


def supported(
    consortium: Consortium,
    asked: date,
    came: Sequence[date],
    *,
    missed: Sequence[date] = (),
    partner: str = "alder",
    country: str = "PL",
    layer: int = 3,
    scores: Sequence[tuple[date, int]] = (),
    agreed: Sequence[str] = AGREED,
    referred: tuple[date, str, str] | None = None,
) -> str:
    """Somebody with a case, sessions attended and missed, GAD-7 totals from 0 to 7, and a referral that came out so."""
    subject_id = consortium.enrol(organisation=partner)
    consortium.answer(subject_id, "granted", *agreed, at=_moment(asked - timedelta(days=1)))
    with clock.moved_to(_moment(asked)), consortium.database.writing() as session:
        intake = Intake("to sleep", "Signal", country=country)
        case = cases.begin(
            session, subject_id, partner, intake, language="be", remote=True, psychologist="p", author="p"
        )
        cases.open_case(session, case, layer, "p")
        cases.assign(session, case, "p", None, "c")
    days = sorted([(day, "attended") for day in came] + [(day, "missed") for day in missed])
    for day, outcome in days:
        with clock.moved_to(_moment(day)), consortium.database.writing() as session:
            case = session.merge(case)
            meeting = meetings.plan(session, case, clock.now() - timedelta(hours=1), 50, "video", "p")
            meetings.hold(session, case, meeting, outcome, "", "p")
    for day, total in scores:
        with clock.moved_to(_moment(day)), consortium.database.writing() as session:
            case = session.merge(case)
            answers = [int(number < total) for number in range(7)]
            gad = instruments.instrument("gad-7")
            measuring.record(session, case, gad, answers, language="be", filled_by="clinician", author="p")
    if referred is not None:
        day, service, state = referred
        with clock.moved_to(_moment(day)), consortium.database.writing() as session:
            case = session.merge(case)
            made = referrals.draft(session, case, service, "normal", {"needs": "sleep"}, "p")
            made.state = state
    return subject_id


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(12), NOW.tzinfo)
