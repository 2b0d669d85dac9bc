"""The desk of support with 700 cases and ten years of work: its pages, and the report of figures.

The consortium is one of its own: 700 people who agreed, their cases, 200 sessions with notes and 10 questionnaires
each, all in one psychologist's hands. What is not there is made first, in some minutes.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

from flask_login import FlaskLoginClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bench import kept
from bench.bars import Figure
from bench.desks import page_seconds
from bench.measuring import Row
from consent.catalogue import forms
from consent.catalogue.forms import FormVersion
from consent.people import organisations, subjects
from consent.saying import answering
from mhpss import cases, entries, meetings, sealed
from mhpss.cases import Case, Intake
from mhpss.figures import periods, population, releases, report
from mhpss.figures.releases import Purpose
from mhpss.measures import instruments, scoring
from mhpss.measuring import CaseMeasure
from mhpss.meetings import CaseSession
from mhpss.referral import referrals
from mhpss.services import directory
from mhpss.services.directory import Service
from portal.access import accounts, sessions
from portal.access.accounts import Account, Role
from portal.app import create_app
from portal.settings import Settings
from vault import clock
from vault.database import Database, new_id

CASES, SESSIONS, MEASURES, DAYS = 700, 200, 10, 3650
_PARTNERS = ("alder", "birch", "cedar", "dogwood")
_NOTE = "spoke of the week; sleeps a little better (fictional)"
_DESK = "psychologist.bench@example.org"


def rows(folder: Path) -> Iterator[Row]:
    """The rows about support; `folder` keeps the consortium that they are measured with."""
    with kept.consortium(folder, Case, _make) as (settings, database):
        yield from _pages(settings, database)
        yield from _reports(database)


def _pages(settings: Settings, database: Database) -> Iterator[Row]:
    app = create_app(settings, database)
    app.test_client_class = FlaskLoginClient
    with database.writing() as session:
        account = _desk(session)
        number = session.scalar(select(Case.number).order_by(Case.asked_at).limit(1))
        client = app.test_client(user=sessions.begin(session, account))
    size = f"{CASES} cases, {SESSIONS} sessions each, in one hand"
    for figure, what, page in (
        (Figure.CASELOAD, "caseload: what needs me today", "/support/"),
        (Figure.CASES, "caseload: the list of cases", "/support/cases/"),
        (Figure.CASE, "a case of ten years", f"/support/cases/{number}"),
        (Figure.HISTORY, "the whole history of a case", f"/support/cases/{number}/history"),
    ):
        taken = page_seconds(client, page)
        yield Row(figure, taken, what, f"{taken * 1e3:.0f} ms", size)


def _reports(database: Database) -> Iterator[Row]:
    year = clock.now().year - 1
    for name, period in (
        ("a quarter", periods.named(f"{year}-Q2")),
        ("a year", periods.named(f"{year}")),
        ("ten years", periods.months(f"{year - 9}-01", f"{year}-12")),
    ):
        with database.reading() as session:
            people = f"{len(population.supported(session, period))} people"
            if period.is_quarter:
                begun = time.perf_counter()
                report.inside(session, period)
                whole = time.perf_counter() - begun
                what = f"report of {name}, as partner leads read it"
                yield Row(Figure.REPORT_INSIDE, whole, what, f"{whole:.2f} s", people)
        with database.writing() as session:
            begun = time.perf_counter()
            releases.release(session, period, Purpose("bench", "bench", "bench", "alder"))
            out = time.perf_counter() - begun
            session.rollback()
        yield Row(Figure.REPORT_RELEASED, out, f"report of {name}, released", f"{out:.2f} s", people)


def _desk(session: Session) -> Account:
    known = accounts.find(session, _DESK)
    return known or accounts.create(session, Role.PSYCHOLOGIST, "alder", _DESK, "river lamp stone apple", language="en")


def _make(database: Database) -> None:
    with database.writing() as session:
        for key in _PARTNERS:
            session.add(organisations.Organisation(key=key, name=f"{key} (fictional)", country="DK"))
        session.flush()
        forms.ship(session)
        services = [_service(session, needs).id for needs in population.KINDS.values()]
        desk = _desk(session).id
    for start in range(0, CASES, 50):
        with database.writing() as session:
            form = forms.current(session)
            for number in range(start, start + 50):
                _person(session, number, form, services, desk)


def _service(session: Session, needs: Sequence[str]) -> Service:
    provider = directory.enter_provider(
        session, "Somebody (fictional)", "LT", "letter", confidential=True, agreement_until=None
    )
    return directory.enter_service(
        session,
        provider,
        names=dict.fromkeys(("be", "ru", "en"), "Help (fictional)"),
        about={},
        needs=list(needs),
        layer=3,
        languages=["be"],
        country="LT",
        place="Vilnius",
        remote=True,
        genders=["woman"],
        least_age=18,
        greatest_age=99,
        cost="free",
        accessible=True,
        capacity="free",
        waiting_days=7,
        public=False,
    )


def _person(session: Session, number: int, form: FormVersion, services: Sequence[str], desk: str) -> None:
    chance = Random(number)
    partner = _PARTNERS[chance.choices(range(4), (4, 3, 2, 1))[0]]
    subject_id = subjects.enrol(session, partner).subject_id
    given = {scope: answering.Given("granted") for scope in ("mhpss.case", "mhpss.refer", "mhpss.outcomes")}
    told = answering.Circumstances(form.id, form.digest, "be", "written", "bench")
    answering.answer(session, subject_id, given, told)
    country = chance.choices(population.COUNTRIES[:-1], (3, 8, 6, 4, 3))[0]
    intake = Intake("to sleep (fictional)", "Signal (fictional)", country=country)
    case = cases.begin(session, subject_id, partner, intake, language="be", remote=True, psychologist=desk, author=desk)
    case.asked_at = clock.now() - timedelta(days=chance.randrange(30, DAYS))
    case.layer, case.state = chance.choices((1, 2, 3, 4), (1, 3, 4, 2))[0], "active"
    # From some months to all the years since; most cases are closed, or given up, in the end.
    span = min(clock.now() - case.asked_at, timedelta(days=chance.randrange(200, 2 * DAYS)))
    _meet(session, case, span, chance)
    _measure(session, case, span, chance)
    for _ in range(chance.randrange(4)):
        made = referrals.draft(session, case, chance.choice(services), "normal", {"needs": "(fictional)"}, "bench")
        made.state = chance.choice(("completed", "in_service", "declined", "expired", "withdrawn", "ended_early"))
        made.created_at = case.asked_at + span * chance.random()
    if case.asked_at + span < clock.now() - timedelta(days=1):
        with clock.moved_to(case.asked_at + span):
            entries.write(session, case.id, "closed", "bench")


def _meet(session: Session, case: Case, span: timedelta, chance: Random) -> None:
    first = case.asked_at + timedelta(days=chance.choice((5, 20, 60, 120)))
    step = (case.asked_at + span - first) / SESSIONS
    outcomes = chance.choices(("attended", "missed", "cancelled"), (8, 1, 1), k=SESSIONS)
    if chance.random() < 0.2:
        outcomes[-3:] = ["missed"] * 3
    ids = [new_id() for _ in outcomes]
    rows = [
        {
            "id": meeting_id,
            "case_id": case.id,
            "starts_at": first + step * place,
            "minutes": 50,
            "modality": "video",
            "outcome": outcome,
            "author": "bench",
            "sealed": sealed.close(session, case.id, f"case_sessions.sealed:{meeting_id}", {"note": _NOTE}),
        }
        for place, (meeting_id, outcome) in enumerate(zip(ids, outcomes, strict=True))
    ]
    session.execute(insert(CaseSession), rows)
    for row in rows[:: SESSIONS // 20]:
        entries.write(session, case.id, f"session_{row['outcome']}", "bench")
    meetings.follow_up(session, case, clock.now().date() + timedelta(days=chance.randrange(-9, 9)), _NOTE, "bench")


def _measure(session: Session, case: Case, span: timedelta, chance: Random) -> None:
    instrument = instruments.instrument(chance.choice(("phq-9", "gad-7", "pcl-5")))
    rows = []
    for place in range(MEASURES):
        answers = [min(3, max(0, round(chance.gauss(2.2 - 0.1 * place, 0.9)))) for _ in instrument.items]
        measure_id = new_id()
        content = {"answers": answers, "words": {}, **scoring.score(instrument, answers).as_value()}
        shut = sealed.close(session, case.id, f"case_measures.sealed:{measure_id}", content)
        at = case.asked_at + span * (place + 1) / (MEASURES + 1)
        row = {"id": measure_id, "case_id": case.id, "instrument": instrument.key, "version": "1", "language": "be"}
        rows.append({**row, "filled_by": "clinician", "at": at, "sealed": shut})
    session.execute(insert(CaseMeasure), rows)
