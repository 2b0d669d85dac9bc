"""The rota: whoever is on call has a sign of danger, for as long as it is open and they are on call."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhpss import on_call, risk
from mhpss.on_call import Duty
from tests.consortium import Consortium
from tests.support import case_of, get, person_with_consent
from vault import clock
from vault.database import Database

ANNA, BELA, CORA = "a" * 32, "b" * 32, "c" * 32
DAY = timedelta(days=1)


@pytest.fixture
def number(consortium: Consortium) -> str:
    return case_of(consortium, person_with_consent(consortium), ANNA, BELA, "active")


def test_only_whoever_is_on_call_today_for_that_partner_reads_and_only_while_a_review_is_open(
    consortium: Consortium, database: Database, number: str
) -> None:
    today = clock.now().date()
    with database.writing() as session:
        case = get(session, number)
        on_call.put_on(session, "alder", CORA, today, today)
        on_call.put_on(session, "birch", BELA, today, today)
        assert not on_call.may_read(session, case, CORA)
        review = risk.open_review(session, case, "item_9", ANNA)
        assert on_call.may_read(session, case, CORA)
        assert not on_call.may_read(session, case, BELA)
        assert [each.id for _, each in on_call.reviews_for(session, CORA)] == [review.id]
        assert on_call.reviews_for(session, BELA) == []
        risk.settle(session, case, review, "low", today + DAY, "spoken", CORA)
        assert not on_call.may_read(session, case, CORA)
        risk.open_review(session, case, "item_9", ANNA)
    with clock.moved_to(clock.now() + DAY), database.reading() as session:
        assert not on_call.may_read(session, get(session, number), CORA)


def test_a_duty_that_ends_before_it_begins_or_is_over_is_refused(consortium: Consortium, database: Database) -> None:
    today = clock.now().date()
    with database.writing() as session:
        for first, last in ((today, today - DAY), (today - 3 * DAY, today - DAY)):
            with pytest.raises(ValueError, match=str(last)):
                on_call.put_on(session, "alder", ANNA, first, last)
        duty = on_call.put_on(session, "alder", ANNA, today, today)
        assert not on_call.take_off(session, "birch", duty.id)
        assert on_call.is_covered(session, "alder", [ANNA, BELA])
        assert not on_call.is_covered(session, "alder", [BELA])
        assert on_call.take_off(session, "alder", duty.id)
        assert not on_call.is_covered(session, "alder", [ANNA, BELA])


SPANS = st.tuples(st.integers(-5, 20), st.integers(0, 6), st.sampled_from([ANNA, BELA, CORA]))


@given(st.lists(SPANS, max_size=6), st.sets(st.sampled_from([ANNA, BELA, CORA])))
def test_a_day_is_a_gap_exactly_when_no_duty_of_somebody_who_can_act_holds_it(
    spans: list[tuple[int, int, str]], able: set[str]
) -> None:
    today = clock.now().date()
    duties = [
        Duty(account_id=account, first_day=today + first * DAY, last_day=today + (first + length) * DAY)
        for first, length, account in spans
    ]
    held = {
        today + number * DAY
        for first, length, account in spans
        for number in range(first, first + length + 1)
        if account in able
    }
    assert set(on_call.gaps(duties, 14, able)) == {today + number * DAY for number in range(14)} - held
