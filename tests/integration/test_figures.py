"""Who is counted where, in which figures, and what the register lets out: on both engines."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mhpss import cases
from mhpss.figures import periods, population, releases, report
from mhpss.figures.means import effect_size
from mhpss.figures.releases import NotEnded, Purpose, TooClose, TooFew
from mhpss.figures.tables import CHANGES
from mhpss.referral import feedback, referrals
from tests.consortium import Consortium
from tests.figures import AGREED, NOW, supported
from tests.support import rows_of, service_of
from vault import clock

QUARTER, YEAR = periods.named("2025-Q2"), periods.named("2025")
HELD = ("attended", "missed", "cancelled")
WHY = Purpose("report of the year", "a donor (fictional)", "account", "alder")
APRIL = date(2025, 4, 10)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.moved_to(NOW):
        yield


def weeks(*numbers: int, after: date = APRIL) -> list[date]:
    return [after + timedelta(weeks=number) for number in numbers]


def many(consortium: Consortium, count: int, **said: object) -> list[str]:
    return [supported(consortium, APRIL, weeks(1, 2), **said) for _ in range(count)]  # type: ignore[arg-type]


def test_a_person_is_new_once_and_then_continues(consortium: Consortium) -> None:
    supported(consortium, APRIL, weeks(3, 20))
    with consortium.database.reading() as session:
        (then,) = population.supported(session, QUARTER)
        (later,) = population.supported(session, periods.named("2025-Q3"))
        assert population.supported(session, periods.named("2025-Q1")) == []
        assert population.supported(session, periods.named("2025-Q4")) == []
    assert (then.is_new, then.waited, then.country, then.layer, then.partner) == (True, 21, "PL", "3", "alder")
    assert (later.is_new, later.engagement) == (False, "going_on")
    assert ("sessions", "1_to_4") in set(then.columns())


def test_who_missed_the_last_session_and_stayed_away_has_dropped_out(consortium: Consortium) -> None:
    supported(consortium, APRIL, weeks(1), missed=weeks(3))
    supported(consortium, APRIL, weeks(1, 16), missed=weeks(11))
    supported(consortium, APRIL, [])
    with consortium.database.reading() as session:
        found = [each.engagement for each in population.supported(session, QUARTER)]
    assert found == ["dropped_out", "going_on", "not_begun"]


def test_persons_are_counted_and_not_their_referrals(consortium: Consortium) -> None:
    service = service_of(consortium)
    supported(consortium, APRIL, weeks(1), referred=(APRIL, service, "declined"))
    supported(consortium, APRIL, weeks(1), referred=(APRIL, service, "withdrawn"))
    supported(consortium, APRIL, weeks(1), referred=(APRIL, service, "entered_in_error"))
    with consortium.database.reading() as session:
        found = [each.referral for each in population.supported(session, QUARTER)]
    assert found == [("ended", "declined", "psychological"), ("ended", "not_wanted", "psychological"), None]


def test_only_who_agreed_to_it_now_enters_outcome_figures(consortium: Consortium) -> None:
    scores = [(APRIL, 7), (weeks(4)[0], 2)]
    supported(consortium, APRIL, weeks(1), scores=scores)
    supported(consortium, APRIL, weeks(1), scores=scores, agreed=("mhpss.case", "mhpss.refer"))
    withdrawn = supported(consortium, APRIL, weeks(1), scores=scores)
    with consortium.database.reading() as session:
        assert [dict(each.scores) for each in population.supported(session, QUARTER)] == [
            {"gad-7": (7, 2)},
            {},
            {"gad-7": (7, 2)},
        ]
    consortium.withdraw(withdrawn, "mhpss.outcomes")
    with consortium.database.reading() as session:
        assert [bool(each.scores) for each in population.supported(session, QUARTER)] == [True, False, False]
        assert not any(each.scores for each in population.supported(session, QUARTER, outcomes=False))


def test_what_people_said_of_a_referral_counts_only_of_who_agreed_and_the_last_time(consortium: Consortium) -> None:
    service = service_of(consortium)
    made = (APRIL, service, "completed")
    silent = ("mhpss.case", "mhpss.refer")
    people = [supported(consortium, APRIL, weeks(1), referred=made, agreed=agreed) for agreed in (AGREED, silent)]
    with clock.moved_to(NOW.replace(year=2025, month=6)), consortium.database.writing() as session:
        for subject_id in people:
            case = cases.of_person(session, subject_id)
            assert case is not None
            (referral,) = referrals.of_case(session, case.id)
            referral.sent_at = clock.now()
            for said in ("no", "partly"):
                feedback.give(session, case, referral, said, "", "person")
    with consortium.database.reading() as session:
        assert [each.helped for each in population.supported(session, QUARTER)] == ["partly", None]
        assert [each.helped for each in population.supported(session, YEAR, outcomes=False)] == [None, None]


def test_the_effect_is_the_mean_change_over_the_spread_of_the_first_totals() -> None:
    assert effect_size("gad-7", [(10, 8), (14, 8)]) == pytest.approx(4 / 8**0.5)
    assert effect_size("who-5", [(20, 40), (40, 60)]) == pytest.approx(20 / 200**0.5)
    assert effect_size("gad-7", [(10, 8), (10, 2)]) is None


def test_a_report_hides_small_cells_and_takes_means_from_shown_ones_alone(consortium: Consortium) -> None:
    many(consortium, 12, scores=[(APRIL, 7), (weeks(4)[0], 2)])
    many(consortium, 12, partner="birch", country="LT")
    many(consortium, 3, partner="birch", country="BY")
    with consortium.database.reading() as session:
        found = report.inside(session, QUARTER)
    assert found.cell("people", "all") == 27
    assert found.cell("people", "all", ("country", "BY")) is None
    assert found.mean("waiting", "median", ("country", "BY")) is None
    assert found.mean("outcome:gad-7", "first", ("country", "LT")) is None
    assert [place for _i, _n, *place in found.means if found.cell("people", "all", tuple(place)) is None] == []


def test_a_share_of_sessions_tells_of_as_many_who_had_such_a_session_and_who_had_another(
    consortium: Consortium,
) -> None:
    for partner in ("alder", "birch"):
        many(consortium, 6, partner=partner)
    with consortium.database.reading() as session:
        found = report.inside(session, QUARTER)
    assert found.cell("people", "all") == 12
    assert [name for name in HELD if found.mean("sessions", name) is not None] == []
    for _ in range(5):
        supported(consortium, APRIL, weeks(1), missed=weeks(3))
    with consortium.database.reading() as session:
        found = report.inside(session, QUARTER)
    # Nobody cancelled: who is told of those who missed as well would know.
    assert [(name, found.mean("sessions", name)) for name in HELD] == [
        ("attended", 85),
        ("missed", None),
        ("cancelled", None),
    ]


def test_the_same_people_go_out_the_same_and_nearly_the_same_not_at_all(consortium: Consortium) -> None:
    many(consortium, 14)
    with consortium.database.writing() as session:
        first = releases.release(session, QUARTER, WHY)
    with consortium.database.writing() as session:
        again = releases.release(session, QUARTER, WHY)
    assert (again.content, again.sha256) == (first.content, first.sha256)
    assert releases.is_unchanged(again)
    supported(consortium, APRIL, weeks(1))
    with consortium.database.writing() as session, pytest.raises(TooClose) as refused:
        releases.release(session, QUARTER, WHY)
    assert refused.value.earlier.id in (first.id, again.id)
    with consortium.database.writing() as session, pytest.raises(TooClose):
        releases.release(session, YEAR, WHY)
    many(consortium, 12, country="LT")
    with consortium.database.writing() as session:
        year = releases.release(session, YEAR, WHY)
    assert year.report.cell("people", "all", ("partner", "alder")) == 27
    with consortium.database.reading() as session:
        assert len(releases.listed(session)) == 3


def test_a_measure_with_nearly_the_same_people_is_left_out(consortium: Consortium) -> None:
    scores = [(APRIL, 7), (weeks(4)[0], 2)]
    measured = many(consortium, 20, scores=scores)
    with consortium.database.writing() as session:
        assert releases.release(session, QUARTER, WHY).report.layout.partial == (("outcome:gad-7", CHANGES),)
    many(consortium, 12)
    consortium.withdraw(measured[0], "mhpss.outcomes")
    with consortium.database.writing() as session:
        assert releases.release(session, YEAR, WHY).report.layout.partial == ()


def test_one_more_who_was_measured_and_referred_is_told_by_no_two_reports(consortium: Consortium) -> None:
    august = date(2025, 8, 10)
    held = weeks(1, 2, after=august)
    service = service_of(consortium)
    partners = ("alder", "birch")
    for partner in partners:
        measured = [(APRIL, 3), (weeks(3)[0], 2)]
        many(consortium, 12, partner=partner, scores=measured, referred=(APRIL, service, "completed"))
        many(consortium, 12, partner=partner)
    with consortium.database.writing() as session:
        quarter = releases.release(session, QUARTER, WHY).report
    one = {"scores": [(august, 7), (held[1], 7)], "referred": (august, service, "completed")}
    supported(consortium, august, held[:1], **one)  # type: ignore[arg-type]
    for _ in range(12):
        supported(consortium, august, held[:1])
    for partner in partners[1:]:
        for _ in range(13):
            supported(consortium, august, held[:1], partner=partner, **one)  # type: ignore[arg-type]
    with consortium.database.writing() as session:
        year = releases.release(session, YEAR, WHY).report
    place = ("partner", "alder")
    for cell in (("referrals", "made", *place), ("outcome:gad-7", "all", *place)):
        assert quarter.cells[cell] == 12
        assert year.cells[cell] is None
    for name in ("first", "last", "effect"):
        assert year.mean("outcome:gad-7", name, place) is None
    assert year.cell("people", "all") == 74


def test_nothing_goes_out_of_a_few_people_or_of_a_period_under_way(consortium: Consortium) -> None:
    many(consortium, 9)
    with consortium.database.writing() as session:
        with pytest.raises(TooFew):
            releases.release(session, QUARTER, WHY)
        with pytest.raises(NotEnded):
            releases.release(session, periods.named("2026-Q1"), WHY)


def test_the_register_names_nobody_and_cannot_be_changed(consortium: Consortium) -> None:
    people = many(consortium, 12)
    with consortium.database.writing() as session:
        releases.release(session, QUARTER, WHY)
    kept = rows_of(consortium.database, "released_tables")
    assert not any(subject_id in kept for subject_id in people)
    for change in ("UPDATE released_tables SET purpose = 'x'", "DELETE FROM released_tables"):
        with (
            pytest.raises(DatabaseError),
            consortium.database.engine.execution_options(zhoda_writes=True).begin() as connection,
        ):
            connection.execute(text(change))


def test_periods_are_whole_months() -> None:
    assert periods.months("2025-04", "2025-06") == QUARTER
    assert periods.named("2025") == periods.months("2025-01", "2025-12")
    for bad in ("2025-Q5", "25", "2025-Q1 ", "0000"):
        with pytest.raises(periods.BadPeriod):
            periods.named(bad)
    with pytest.raises(periods.BadPeriod):
        periods.months("2025-06", "2025-04")
    ended = periods.quarters_ended(date(2026, 5, 1), 3)
    assert [each.name for each in ended] == ["2026-Q1", "2025-Q4", "2025-Q3"]
    assert [periods.named(each.name) for each in ended] == ended
    assert periods.quarters_ended(date(2026, 3, 31), 1) == [periods.named("2025-Q4")]


def test_partner_leads_read_quarters_alone_and_only_when_they_have_ended(consortium: Consortium) -> None:
    asked = (YEAR, periods.named("2026-Q1"), periods.months("2025-04", "2025-05"), periods.months("2025-05", "2025-07"))
    with consortium.database.reading() as session:
        assert report.inside(session, QUARTER).period == QUARTER
        for period in asked:
            with pytest.raises(periods.BadPeriod):
                report.inside(session, period)
