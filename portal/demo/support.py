"""The support cases of the demonstration: sixty across every state, with sessions, curves and referrals."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from consent.catalogue import forms
from consent.ledger import scopes
from consent.people import subjects
from consent.rules import ReasonCode
from consent.saying import answering
from consent.saying.answering import Method
from mhpss import break_glass, cases, closing, measuring, meetings, on_call, risk
from mhpss.cases import Case, CaseState, Intake, RiskLevel
from mhpss.entries import EntryKind
from mhpss.measures.instruments import instrument
from mhpss.measuring import FilledBy
from mhpss.meetings import Modality, SessionOutcome
from mhpss.referral import agreement, referrals, silence
from mhpss.referral.referral_table import ReferralState, Urgency
from mhpss.referral.referrals import Step
from portal.access.accounts import Role
from portal.demo.house import House
from portal.demo.person import Person
from portal.demo.timeline import Act, Timeline
from vault import clock

Plan = Mapping[str, Any]
_PARTNERS = ("alder", "birch", "cedar", "dogwood")
_SUPERVISORS = {"alder": "birch", "birch": "alder", "cedar": "alder", "dogwood": "alder"}
_ENDS = (
    CaseState.ACTIVE,
    CaseState.ACTIVE,
    CaseState.CLOSED,
    CaseState.ACTIVE,
    CaseState.ASSIGNED,
    CaseState.ACTIVE,
    CaseState.OPEN,
    CaseState.INTAKE,
    CaseState.REOPENED,
)
_GRANTED = ("contact.followup", "mhpss.case", "mhpss.refer", "mhpss.outcomes")
_WEEK = 7


class Support:
    """The cases of support.toml; `services` are the ids of what people are referred to, once there is some."""

    def __init__(
        self, plan: Plan, house: House, people: Sequence[Person], timeline: Timeline, services: Sequence[str]
    ) -> None:
        self._house = house
        willing = [person for person in people if person.wants_support]
        for number in range(plan["cases"]):
            person = willing[number] if number < len(willing) else None
            _CaseStory(number, person, plan, house, timeline, services)
        for days_ago in range(860, 0, -_WEEK):
            timeline.at(days_ago, silence.follow, risk.escalate)
        timeline.at(0, silence.follow, risk.escalate, self._put_on_call)

    def _put_on_call(self, session: Session) -> None:
        """Everywhere somebody for the days to come, and at one partner a gap to be filled."""
        today = clock.now().date()
        for number, partner in enumerate(_PARTNERS):
            until = today + timedelta(days=20 - 4 * number)
            on_call.put_on(session, partner, self._house.of(Role.PSYCHOLOGIST, partner).id, today, until)


class _CaseStory:
    """One case of the plan, put on the timeline from its beginning."""

    def __init__(
        self, number: int, person: Person | None, plan: Plan, house: House, timeline: Timeline, services: Sequence[str]
    ) -> None:
        self._number, self._person, self._plan = number, person, plan
        self._services = services
        partner = person.plan["partner"] if person else _PARTNERS[number % len(_PARTNERS)]
        self._partner: str = partner
        self._language: str = person.plan["language"] if person else scopes.LANGUAGES[number % 3]
        self._ends = _ENDS[number % len(_ENDS)]
        self._random = Random(number)  # noqa: S311 - a story, the same each time
        self._subject_id = ""
        self._case_id = ""
        self._referral_id = ""
        self._house = house
        last = person.last_talk_days_ago - 2 if person else 820
        begins = max(8, min(last, 40 + self._random.randrange(600)))
        self._tell(begins, timeline)

    def _tell(self, begins: int, timeline: Timeline) -> None:
        if self._person is None:
            timeline.at(begins + 1, self._enrol)
        timeline.at(begins, self._begin)
        if self._ends == CaseState.INTAKE:
            return
        timeline.at(begins - 1, self._open)
        if self._ends == CaseState.OPEN:
            return
        timeline.at(begins - 2, self._assign)
        if self._ends == CaseState.ASSIGNED:
            timeline.at(0, self._plan_ahead)
            return
        days = list(range(begins - 4, 2, -21))[:14]
        for place, days_ago in enumerate(days):
            timeline.at(days_ago, partial(self._meet, place=place, of=len(days)))
        self._refer(days, timeline)
        if self._ends in (CaseState.CLOSED, CaseState.REOPENED):
            timeline.at(2, self._close)
        if self._ends == CaseState.REOPENED:
            timeline.at(1, self._reopen)
        if self._ends == CaseState.ACTIVE:
            timeline.at(0, self._plan_ahead)

    def _refer(self, days: Sequence[int], timeline: Timeline) -> None:
        paths = list(self._plan["paths"].items())
        end, steps = paths[self._number % len(paths)]
        waits = end in (ReferralState.SENT, ReferralState.RECEIVED, ReferralState.WAITLISTED)
        start = days[-1] if waits or not days else days[len(days) // 2]
        # What happens on one day happens in one go, so that its order holds.
        by_day: dict[int, list[Act]] = {start: [self._draft]}
        for place, step in enumerate(steps):
            by_day.setdefault(max(1, start - place // 2), []).append(partial(self._move, step=step))
        for days_ago, acts in by_day.items():
            timeline.at(days_ago, *acts)

    @property
    def _texts(self) -> Mapping[str, str]:
        texts: Mapping[str, str] = self._plan["texts"][self._language]
        return texts

    @property
    def _psychologist(self) -> str:
        return self._house.of(Role.PSYCHOLOGIST, self._partner).id

    @property
    def _supervisor(self) -> str:
        return self._house.of(Role.PSYCHOLOGIST, _SUPERVISORS[self._partner]).id

    def _case(self, session: Session) -> Case:
        return session.get_one(Case, self._case_id)

    def _enrol(self, session: Session) -> None:
        self._subject_id = subjects.enrol(session, self._partner).subject_id
        form = forms.current(session)
        given = {
            scope: answering.Given(ReasonCode.GRANTED if scope in _GRANTED else ReasonCode.REFUSED)
            for scope in scopes.catalogue(session)
        }
        circumstances = answering.Circumstances(
            form_version=form.id,
            form_digest=form.digest,
            language=self._language,
            method=Method.WRITTEN,
            author=self._house.of(Role.DOCUMENTER, self._partner).id,
        )
        answering.answer(session, self._subject_id, given, circumstances)

    def _begin(self, session: Session) -> None:
        if self._person is not None:
            self._subject_id = self._person.subject_id
        intake = Intake(
            asked_for=self._texts["asked_for"],
            safe_contact=self._texts["safe_contact"],
            support_person={"be": "Вера", "ru": "Вера", "en": "Vera"}[self._language],
            country=("LT", "PL", "BY", "DE")[self._number % 4],
        )
        self._case_id = cases.begin(
            session,
            self._subject_id,
            self._partner,
            intake,
            language=self._language,
            remote=self._number % 3 > 0,
            psychologist=self._psychologist,
            author=self._psychologist,
        ).id

    def _open(self, session: Session) -> None:
        cases.open_case(session, self._case(session), 2 + self._number % 3, self._psychologist)

    def _assign(self, session: Session) -> None:
        coordinator = self._house.of(Role.COORDINATOR, "alder" if self._partner in ("alder", "birch") else "cedar")
        cases.assign(session, self._case(session), self._psychologist, self._supervisor, coordinator.id)

    def _meet(self, session: Session, place: int, of: int) -> None:
        case, author = self._case(session), self._psychologist
        with suppress(cases.NoConsent):
            begun = clock.now() - timedelta(hours=1)
            meeting = meetings.plan(session, case, begun, 50, tuple(meetings.Modality)[self._number % 4], author)
            outcome = SessionOutcome.MISSED if place and self._random.random() < 0.1 else SessionOutcome.ATTENDED
            meetings.hold(session, case, meeting, outcome, self._texts["note"], author)
            if place == 0:
                self._first(session, case)
            if place % 2 == 0:
                self._measure(session, case, place, of)

    def _first(self, session: Session, case: Case) -> None:
        author, texts = self._psychologist, self._texts
        plan = {part: texts[part] for part in ("signs", "alone", "people")}
        cases.keep(session, case, EntryKind.SAFETY_PLAN, author, plan)
        cases.keep(session, case, EntryKind.GOALS, author, {"goals": texts["goals"]})
        level = (RiskLevel.NONE, RiskLevel.LOW, RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH)[self._number % 5]
        again = None if level == RiskLevel.NONE else clock.now().date() + timedelta(days=30)
        risk.set_level(session, case, level, again, author)

    def _measure(self, session: Session, case: Case, place: int, of: int) -> None:
        burden = 2.4 - 1.6 * place / max(of, 1) + self._random.uniform(-0.3, 0.3)
        answers: list[int | None] = [max(0, min(3, round(burden + self._random.uniform(-0.6, 0.6)))) for _ in range(8)]
        answers.append(1 if place >= of - 2 and self._number % 5 == 1 else 0)
        key = "phq-9" if self._number % 3 else "gad-7"
        given = answers if key == "phq-9" else answers[:7]
        author = self._psychologist
        measuring.record(
            session, case, instrument(key), given, language=self._language, filled_by=FilledBy.CLINICIAN, author=author
        )
        reviews = risk.open_reviews(session, [case.id])
        # Some of the latest signs still wait, so that the desk has something to show.
        if reviews and self._number % 2:
            again = clock.now().date() + timedelta(days=14)
            risk.settle(session, case, reviews[0], RiskLevel.MODERATE, again, self._texts["assessment"], author)

    def _plan_ahead(self, session: Session) -> None:
        case, author = self._case(session), self._psychologist
        with suppress(cases.NoConsent):
            starts_at = clock.now() + timedelta(days=1 + self._number % 9)
            meetings.plan(session, case, starts_at, 50, Modality.VIDEO, author)
            due_on = clock.now().date() + timedelta(days=self._number % 5)
            meetings.follow_up(session, case, due_on, self._texts["follow_up"], author)
            measuring.offer(session, case, instrument("goals"), author, able=())
        if self._number % 10 == 0 and case.supervisor is not None:
            break_glass.break_glass(session, case, case.supervisor, self._texts["reason"])

    def _draft(self, session: Session) -> None:
        told = {
            "name": f"{self._number} (fictional)",
            "contact": self._texts["safe_contact"],
            "needs": self._texts["needs"],
        }
        service = self._services[self._number % len(self._services)]
        with suppress(cases.NoConsent):
            urgency = (Urgency.NORMAL, Urgency.URGENT, Urgency.NORMAL)[self._number % 3]
            case, author = self._case(session), self._psychologist
            self._referral_id = referrals.draft(session, case, service, urgency, told, author).id

    def _move(self, session: Session, step: str) -> None:
        if not self._referral_id:
            return
        referral = session.get_one(referrals.Referral, self._referral_id)
        author = self._psychologist
        # Who does not want to be referred, or stopped it meanwhile, is not moved on.
        with suppress(referrals.NoLiveConsent, referrals.NotAllowed):
            if step in ("yes", "no"):
                said = ReasonCode.GRANTED if step == "yes" else ReasonCode.REFUSED
                method = Method.SPOKEN_RECORDED
                agreement.answer(session, referral, said, language=self._language, method=method, author=author)
            elif step == "stop":
                agreement.withdraw(session, referral, "in_person", author)
            else:
                party, to = step.split()
                soon = clock.now() + timedelta(days=5)
                brought = Step(self._texts["reason"], soon if to == ReferralState.SCHEDULED else None, soon.date())
                referrals.move(session, referral, to, party, author, brought)

    def _close(self, session: Session) -> None:
        case, texts = self._case(session), self._texts
        for review in risk.open_reviews(session, [case.id]):
            risk.settle(session, case, review, RiskLevel.NONE, None, texts["assessment"], self._psychologist)
        author = self._psychologist
        closing.close(session, case, texts["close"], texts["plan"], may_contact=True, author=author)

    def _reopen(self, session: Session) -> None:
        with suppress(cases.NoConsent):
            cases.reopen(session, self._case(session), self._psychologist)
