"""Values of law and policy: within their bounds, by whose role it is, from a day on and never backwards."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.support import account_id
from vault import audit, clock
from vault.audit import Actor, AuditEntry
from vault.policy import in_force, law

DAY = timedelta(days=1)


@pytest.fixture
def officer(consortium: Consortium) -> Actor:
    return Actor(Role.DPO, account_id(consortium, Role.DPO), "alder")


def test_a_value_counts_from_its_day_and_what_was_decided_before_stays(consortium: Consortium, officer: Actor) -> None:
    today, now = clock.today(), clock.now()
    with consortium.database.writing() as session:
        assert in_force.value(session, law.ERASURE_SAFETY) == 14 * DAY
        in_force.change(session, law.ERASURE_SAFETY, 21 * DAY, today + 2 * DAY, officer)
        in_force.change(session, law.ERASURE_SAFETY, 10 * DAY, today, officer)
        in_force.change(session, law.ERASURE_SAFETY, 9 * DAY, today, officer)
    with consortium.database.reading() as session:
        assert in_force.value(session, law.ERASURE_SAFETY) == 9 * DAY
        assert in_force.value(session, law.ERASURE_SAFETY, now) == 14 * DAY
        begins = clock.start_of(today + 2 * DAY)
        assert in_force.value(session, law.ERASURE_SAFETY, begins - clock.MICROSECOND) == 9 * DAY
        assert in_force.value(session, law.ERASURE_SAFETY, begins) == 21 * DAY
        acts = session.scalars(select(AuditEntry.target).where(AuditEntry.act == "policy.change")).all()
        assert acts == [row.id for row in sorted(in_force.history(session, law.ERASURE_SAFETY), key=by_position)]


def by_position(row: in_force.PolicyValue) -> int:
    return row.position


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_nobody_sets_what_is_not_theirs_or_what_the_law_does_not_allow(consortium: Consortium, officer: Actor) -> None:
    today = clock.today()
    stranger = Actor(Role.ADMINISTRATOR, officer.account_id, "alder")
    with consortium.database.writing() as session:
        for setting in law.every():
            for actor in (stranger, officer, audit.SYSTEM):
                if actor.role not in setting.who:
                    with pytest.raises(in_force.NotTheirs):
                        in_force.change(session, setting, setting.default, today, actor)
        for beyond in (law.ERASURE_SAFETY.least - DAY, law.ERASURE_SAFETY.most + DAY):
            with pytest.raises(in_force.OutOfBounds):
                in_force.change(session, law.ERASURE_SAFETY, beyond, today, officer)
        with pytest.raises(in_force.InThePast):
            in_force.change(session, law.ERASURE_SAFETY, 9 * DAY, today - DAY, officer)
        assert session.scalars(select(in_force.PolicyValue)).all() == []


def test_what_was_set_is_neither_changed_nor_removed(consortium: Consortium, officer: Actor) -> None:
    with consortium.database.writing() as session:
        in_force.change(session, law.ERASURE_SAFETY, 9 * DAY, clock.today(), officer)
    for statement in (update(in_force.PolicyValue).values(value="21 d"), delete(in_force.PolicyValue)):
        with pytest.raises(DBAPIError), consortium.database.writing() as session:
            session.execute(statement)


def test_of_two_at_once_both_stand_and_the_later_word_counts(consortium: Consortium, officer: Actor) -> None:
    def set_to(days: int) -> None:
        with consortium.database.writing() as session:
            in_force.change(session, law.ORDER_DUE, days * DAY, clock.today() + DAY, officer)

    both = [threading.Thread(target=set_to, args=(days,)) for days in (3, 4)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with consortium.database.reading() as session:
        last = max(in_force.history(session, law.ORDER_DUE), key=by_position)
        tomorrow = in_force.value(session, law.ORDER_DUE, clock.start_of(clock.today() + DAY))
        assert (len(in_force.history(session, law.ORDER_DUE)), tomorrow) == (2, law.ORDER_DUE.read(last.value))


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_all_values_are_read_once_in_a_transaction(consortium: Consortium, monkeypatch: pytest.MonkeyPatch) -> None:
    with consortium.database.reading() as session:
        in_force.value(session, law.STAFF_IDLE)
        monkeypatch.setattr(session, "scalars", lambda *_: pytest.fail("read again"))
        for each in law.every():
            assert in_force.value(session, each) == each.default
