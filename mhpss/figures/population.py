"""Who is counted in the figures of a period, and in which cells: persons, never sessions or referrals."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.people import support
from mhpss import cases, entries, measuring, meetings
from mhpss.cases import HARMLESS, Case
from mhpss.figures.periods import Period
from mhpss.measures import instruments, scoring
from mhpss.meetings import Attendance
from mhpss.referral import feedback, referrals
from mhpss.referral.referral_table import ReferralState
from mhpss.services import directory
from vault.database import keyring
from vault.keys import KeyDestroyed
from vault.policy import in_force, law

# Fixed, so that not even the list of rows says where somebody is.
COUNTRIES = ("BY", "PL", "LT", "DE", "GE", "other")
LAYERS = ("1", "2", "3", "4", "none")
SATISFACTION = "satisfaction"
# A service counts by what it answers first.
KINDS: Mapping[str, tuple[str, ...]] = {
    "psychological": ("mental_health", "psychological", "psychosocial"),
    "health": ("physical_health", "rehabilitation"),
    "protection": ("protection", "tracing", "legal"),
    "daily_life": ("education", "shelter", "material", "nutrition", "livelihood", "financial", "other"),
}
# Why a referral came to nothing; neither in these nor completed, it is under way.
REASONS: Mapping[str, tuple[str, ...]] = {
    "declined": (ReferralState.DECLINED,),
    "unanswered": (ReferralState.EXPIRED,),
    "not_wanted": (ReferralState.DECLINED_BY_PERSON, ReferralState.WITHDRAWN),
    "ended_otherwise": (
        ReferralState.ENDED_EARLY,
        ReferralState.LOST,
        ReferralState.CANCELLED,
        ReferralState.RECALLED,
        ReferralState.REDIRECTED,
    ),
}
WAITS = (("within_4_weeks", 28), ("within_13_weeks", 91))
SESSIONS = (("1_to_4", 4),)
_NEVER = Attendance()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody supported in the period: taken in during it, or seen in a session."""

    subject_id: str
    partner: str
    country: str
    layer: str
    is_new: bool
    waited: int | None
    engagement: str
    sessions: Mapping[str, int]
    referral: tuple[str, str, str] | None
    scores: Mapping[str, tuple[int, int]]
    helped: str | None = None

    def columns(self) -> Iterator[tuple[str, str]]:
        """The columns they are counted in, as indicator and name."""
        yield "people", "all"
        yield "people", "new" if self.is_new else "continuing"
        yield "engagement", self.engagement
        yield "sessions", _band(self.sessions.get("attended", 0) or None, SESSIONS, "none", "5_or_more")
        if self.is_new:
            yield "waiting", _band(self.waited, WAITS, "none_yet", "longer")
            if self.waited is not None:
                yield "waiting", "begun"
        yield "referrals", "none" if self.referral is None else self.referral[0]
        if self.referral is not None:
            yield "referrals", "made"
            if self.referral[0] == "ended":
                yield "referrals", self.referral[1]
        for key, totals in self.scores.items():
            yield f"outcome:{key}", "all"
            if (change := verdict(key, *totals)) is not None:
                yield f"outcome:{key}", change
        if self.helped is not None:
            yield SATISFACTION, "all"
            yield SATISFACTION, self.helped

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The rows they are counted in, one of each way to break down."""
        return ("partner", self.partner), ("country", self.country), ("layer", self.layer)


def verdict(key: str, first: int, last: int) -> str | None:
    """What two totals of a measure say, by its published reliable change; None where none is published."""
    return scoring.change(instruments.instrument(key), first, last).verdict


def _band(value: int | None, bands: Sequence[tuple[str, int]], missing: str, above: str) -> str:
    if value is None:
        return missing
    return next((name for name, upto in bands if value <= upto), above)


def supported(session: Session, period: Period, *, outcomes: bool = True) -> list[Person]:
    """Everybody supported in the period. An erased case is in no figure.

    Scores, and whether a referral helped, are there only of people whose `mhpss.outcomes` stands now.
    """
    held = meetings.attendance(session, period.begins, period.ends)
    asked = select(Case).where(Case.asked_at < period.ends, Case.subject_id.not_in(HARMLESS)).order_by(Case.number)
    found = [
        case
        for case in session.scalars(asked)
        if case.asked_at >= period.begins or held.get(case.id, _NEVER).counts.get("attended")
    ]
    countries = _countries(session, found)
    closed = entries.closed_by(session, period.ends)
    gone_after = in_force.value(session, law.DROPPED_OUT)
    referred = _referred(session, period)
    counted = _counted(session, found) if outcomes else []
    scores = measuring.first_with_last(session, counted, period.begins, period.ends)
    said = feedback.said_in(session, counted, period.begins, period.ends)
    return [
        Person(
            subject_id=case.subject_id,
            partner=case.organisation,
            country=countries[case.id],
            layer=str(case.layer or "none"),
            is_new=case.asked_at >= period.begins,
            waited=_waited(case, held.get(case.id, _NEVER)),
            engagement=_engagement(held.get(case.id, _NEVER), gone_after, is_closed=case.id in closed),
            sessions=held.get(case.id, _NEVER).counts,
            referral=referred.get(case.id),
            scores=scores.get(case.id, {}),
            helped=said.get(case.id),
        )
        for case in found
        if case.id in countries
    ]


def _countries(session: Session, found: Sequence[Case]) -> dict[str, str]:
    """By case the row of its person's country, which lies sealed; what cannot be opened is left out."""
    keyring(session).fetch(case.id for case in found)
    countries = {}
    for case in found:
        with suppress(KeyDestroyed):
            said = cases.intake_of(session, case).country.strip().upper()
            countries[case.id] = said if said in COUNTRIES else "other"
    return countries


def _waited(case: Case, held: Attendance) -> int | None:
    return None if held.first is None else max(0, (held.first.date() - case.asked_at.date()).days)


def _engagement(held: Attendance, gone_after: timedelta, *, is_closed: bool) -> str:
    if held.came is None:
        return "not_begun"
    if held.missed is not None and held.missed > held.came:
        came_back = held.next_came is not None and held.next_came - held.missed <= gone_after
        if not came_back:
            return "dropped_out"
    return "closed" if is_closed else "going_on"


def _referred(session: Session, period: Period) -> dict[str, tuple[str, str, str]]:
    """By case how its last referral of the period came out, why to nothing, and what kind of service it went to."""
    kind_of = {service.id: _kind(service.needs) for service, _provider in directory.listed(session)}
    return {
        made.case_id: (*_result(made.state), kind_of[made.service_id])
        for made in referrals.made(session, period.begins, period.ends)
    }


def _result(state: str) -> tuple[str, str]:
    reason = next((reason for reason, states in REASONS.items() if state in states), "")
    return ("completed" if state == ReferralState.COMPLETED else "ended" if reason else "under_way"), reason


def _kind(needs: Sequence[str]) -> str:
    return next(kind for kind, answered in KINDS.items() if next(iter(needs), "other") in answered)


def _counted(session: Session, found: Sequence[Case]) -> list[str]:
    """The cases of people who may enter outcome figures, and that can be opened."""
    counted = support.counted_in_outcomes(session, [case.subject_id for case in found])
    return [case.id for case in found if case.subject_id in counted and keyring(session).is_there(case.id)]
