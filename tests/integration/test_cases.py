"""A support case from intake to its reopening, and the wall around it."""

from datetime import timedelta

import pytest

from mhpss import break_glass, caseload, cases, closing, entries, meetings, risk
from portal.jobs import tasks
from tests.consortium import Consortium
from tests.support import INTAKE, case_of, get, person_with_consent, rows_of
from vault import clock
from vault.database import Database, keyring
from vault.keys import KeyDestroyed
from vault.policy import law

ANNA, BELA, CORA = "a" * 32, "b" * 32, "c" * 32
# spec/40, "Case": intake → open → assigned → active → closed → reopened.
LINE = ("intake", "open", "assigned", "active", "closed", "reopened")


@pytest.fixture
def number(consortium: Consortium) -> str:
    return case_of(consortium, person_with_consent(consortium), ANNA, BELA)


def test_nobody_is_taken_in_without_their_yes(consortium: Consortium, database: Database) -> None:
    never_asked = consortium.enrol("V-2")
    refused = consortium.enrol("V-3")
    consortium.answer(refused, "refused", "mhpss.case")
    for subject_id in (never_asked, refused):
        with pytest.raises(cases.NoConsent):
            case_of(consortium, subject_id, ANNA)
    assert rows_of(database, "cases") == "[]"


def test_after_a_withdrawal_nothing_new_is_written_and_the_old_stays_locked(
    consortium: Consortium, database: Database, number: str
) -> None:
    with database.reading() as session:
        subject_id = get(session, number).subject_id
    consortium.withdraw(subject_id, "mhpss.case")
    with database.writing() as session:
        case = get(session, number)
        tries = (
            lambda: meetings.plan(session, case, clock.now(), 50, "video", ANNA),
            lambda: meetings.follow_up(session, case, clock.now().date(), "call", ANNA),
            lambda: cases.keep(session, case, "goals", ANNA, {"goals": "x"}),
            lambda: cases.keep_intake(session, case, INTAKE, ANNA),
        )
        for attempt in tries:
            with pytest.raises(cases.NoConsent):
                attempt()
        assert cases.intake_of(session, case) == INTAKE
        closing.close(session, case, "consent withdrawn", "none", may_contact=False, author=ANNA)


def test_a_case_walks_the_line_and_the_first_session_attended_makes_it_active(
    consortium: Consortium, database: Database
) -> None:
    number = case_of(consortium, person_with_consent(consortium), ANNA, state="intake")
    walked = []
    with database.writing() as session:
        case = get(session, number)
        walked.append(case.state)
        cases.open_case(session, case, 3, ANNA)
        walked.append(case.state)
        cases.assign(session, case, ANNA, None, CORA)
        walked.append(case.state)
        held = meetings.plan(session, case, clock.now() - timedelta(hours=1), 50, "video", ANNA)
        meetings.hold(session, case, held, "attended", "slept badly", ANNA)
        walked.append(case.state)
        closing.close(session, case, "goals reached", "a letter in spring", may_contact=True, author=ANNA)
        walked.append(case.state)
        cases.reopen(session, case, ANNA)
        walked.append(case.state)
    assert tuple(walked) == LINE


def test_the_ways_of_a_case_are_the_published_ones() -> None:
    assert {state: set(cases.STATES.ways(state)) for state in cases.CaseState} == {
        "intake": {"open", "closed", "erased"},
        "open": {"assigned", "closed", "erased"},
        "assigned": {"active", "closed", "erased"},
        "active": {"assigned", "closed", "erased"},
        "closed": {"reopened", "erased"},
        "reopened": {"assigned", "active", "closed", "erased"},
        "erased": set(),
    }


def test_what_is_written_in_a_case_lies_sealed_and_goes_with_the_cases_key(
    consortium: Consortium, database: Database, number: str
) -> None:
    with database.writing() as session:
        case = get(session, number)
        held = meetings.plan(session, case, clock.now() - timedelta(hours=1), 50, "voice", ANNA)
        meetings.hold(session, case, held, "attended", "the word is birch-bark", ANNA)
        cases.keep(session, case, "safety_plan", ANNA, {"alone": "birch-bark walks"})
        meetings.follow_up(session, case, clock.now().date(), "birch-bark call", ANNA)
        case_id = case.id
    for table in ("cases", "case_entries", "case_sessions", "case_follow_ups", "audit_entries", "events"):
        assert "birch-bark" not in rows_of(database, table)
        assert "sleep again" not in rows_of(database, table)
    with database.writing() as session:
        keyring(session).destroy(case_id)
    with database.reading() as session, pytest.raises(KeyDestroyed):
        meetings.note_of(session, meetings.of_case(session, case_id)[0])


def test_the_houses_own_audit_says_of_no_act_whose_case_it_was(
    consortium: Consortium, database: Database, number: str
) -> None:
    from vault import audit

    with database.writing() as session:
        case = get(session, number)
        entries.note_act(session, audit.Actor("psychologist", ANNA, "alder"), case.id, "read")
        case_id, subject_id = case.id, case.subject_id
    with database.reading() as session:
        (entry,) = [each for each in audit.latest(session, 100) if each.act.startswith("support")]
        assert (entry.subject_id, entry.target, entry.act) == (None, None, "support.work")
        assert case_id not in rows_of(database, "audit_entries")
        assert subject_id not in repr(entry.content())
        (act,) = entries.acts_in(session, case_id)
        assert (act.account_id, act.act) == (ANNA, "read")


def test_a_closed_case_asks_for_no_assessment_until_it_is_taken_up_again(
    consortium: Consortium, database: Database, number: str
) -> None:
    with database.writing() as session:
        case = get(session, number)
        risk.set_level(session, case, "low", clock.now().date(), ANNA)
        assert [need.kind for need in caseload.needs(session, [case])] == ["risk_again"]
        closing.close(session, case, "goals reached", "", may_contact=True, author=ANNA)
        assert caseload.needs(session, [case]) == []
        cases.reopen(session, case, ANNA)
        assert [need.kind for need in caseload.needs(session, [case])] == ["risk_again"]


def test_a_risk_review_is_due_in_a_day_blocks_closing_and_goes_to_the_supervisor_when_nobody_opens_it(
    consortium: Consortium, database: Database, number: str
) -> None:
    begun = clock.now()
    with database.writing() as session:
        case = get(session, number)
        review = risk.open_review(session, case, "item_9", "system")
        assert review.due_at - review.opened_at == timedelta(hours=24)
        with pytest.raises(closing.ReviewOpen):
            closing.close(session, case, "x", "y", may_contact=True, author=ANNA)
    (task,) = [each for each in tasks.TASKS if each.name == "escalate-risk"]
    tasks.run(database, task, "holder")
    with database.reading() as session:
        assert caseload.passed_on(session, cases.supervised_by(session, BELA)) == []
    with clock.moved_to(begun + law.RISK_SEEN.default + timedelta(minutes=1)):
        tasks.run(database, task, "holder")
        tasks.run(database, task, "another")
    with database.writing() as session:
        case = get(session, number)
        ((_case, passed),) = caseload.passed_on(session, cases.supervised_by(session, BELA))
        kinds = [entry.kind for entry, _content in entries.of_case(session, case.id)]
        assert kinds.count("risk_escalated") == 1
        risk.settle(session, case, passed, "moderate", clock.now().date(), "safe tonight", ANNA)
        closing.close(session, case, "x", "y", may_contact=True, author=ANNA)


def test_a_second_sign_joins_the_open_review_and_never_makes_it_due_later(
    consortium: Consortium, database: Database, number: str
) -> None:
    with database.writing() as session:
        case = get(session, number)
        first = risk.open_review(session, case, "clinician", ANNA)
        late = first.due_at
        assert risk.open_review(session, case, "item_9", "system").id == first.id
        assert first.due_at < late
        early = first.due_at
        risk.open_review(session, case, "clinician", ANNA)
        assert first.due_at == early


def test_somebody_at_risk_is_looked_at_again_on_a_day_that_has_not_passed(
    consortium: Consortium, database: Database, number: str
) -> None:
    with database.writing() as session:
        case = get(session, number)
        for level, on in (("high", None), ("low", clock.now().date() - timedelta(days=1)), ("grave", None)):
            with pytest.raises(ValueError):  # noqa: PT011
                risk.set_level(session, case, level, on, ANNA)
        risk.set_level(session, case, "none", None, ANNA)
        assert case.risk == "none"


def test_only_the_named_supervisor_breaks_the_glass_with_a_reason_for_a_day_and_the_psychologist_reads_of_it(
    consortium: Consortium, database: Database, number: str
) -> None:
    begun = clock.now()
    with database.writing() as session:
        case = get(session, number)
        for somebody, reason in ((CORA, "curious"), (ANNA, "mine"), (BELA, "  ")):
            with pytest.raises(break_glass.NotSupervisor):
                break_glass.break_glass(session, case, somebody, reason)
        assert not break_glass.is_broken(session, case, BELA)
        break_glass.break_glass(session, case, BELA, "Anna is ill")
        assert break_glass.is_broken(session, case, BELA)
        assert not break_glass.is_broken(session, case, CORA)
        ((_glass, reason),) = break_glass.not_told(session, [case.id])
        assert reason == "Anna is ill"
        break_glass.tell(session, case)
        assert break_glass.not_told(session, [case.id]) == []
        with clock.moved_to(begun + timedelta(hours=24, minutes=1)):
            assert not break_glass.is_broken(session, case, BELA)


def test_who_handed_a_case_over_has_it_no_more(consortium: Consortium, database: Database, number: str) -> None:
    with database.writing() as session:
        case = get(session, number)
        with pytest.raises(ValueError, match=BELA):
            cases.assign(session, case, BELA, BELA, CORA)
        cases.assign(session, case, BELA, None, CORA)
        assert cases.held_by(session, ANNA) == []
        assert [each.number for each in cases.held_by(session, BELA)] == [number]


def test_the_history_of_a_case_cannot_be_changed(consortium: Consortium, database: Database, number: str) -> None:
    from sqlalchemy import delete, update
    from sqlalchemy.exc import DBAPIError

    for table in (entries.CaseEntry, entries.CaseAct):
        with database.writing() as session:
            from vault import audit

            entries.note_act(session, audit.SYSTEM, get(session, number).id, "read")
        for statement in (update(table).values(at=clock.now()), delete(table)):
            with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
                session.execute(statement)
