"""Capture, decide, withdraw, tell the stores: on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from consent.ledger import feed, ledger
from consent.people import persons
from consent.rules import Outcome
from tests.consortium import Consortium, codes
from vault import clock


def test_withdrawing_binds_the_very_next_decision(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    assert consortium.decide("F-1").outcome is Outcome.PERMIT
    consortium.withdraw(anna, "share.icc")
    assert codes(consortium.decide("F-1")) == ["withdrawn"]
    assert consortium.faults() == []


def test_what_was_allowed_then_is_answered_as_known_then_and_as_known_now(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    now = clock.now()
    consortium.answer(anna, "granted", "share.icc", at=now - timedelta(days=9))
    before_recording = clock.now()
    consortium.withdraw(anna, "share.icc", said_at=now - timedelta(days=3))
    four, two = now - timedelta(days=4), now - timedelta(days=2)
    assert consortium.decide("F-1", at=four).outcome is Outcome.PERMIT
    assert codes(consortium.decide("F-1", at=two)) == ["withdrawn"]
    assert consortium.decide("F-1", at=two, known_at=before_recording).outcome is Outcome.PERMIT


def test_a_store_is_told_where_a_person_stands_when_they_are_first_linked(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", "contact.followup", "mhpss.case")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.withdraw(anna, "share.icc")
    with consortium.database.reading() as session:
        told = [entry.content for entry in feed.read(session, consortium.store.id, 0, 100)]
    assert [(row["cursor"], row["kind"], row.get("scope"), row.get("code")) for row in told if row] == [
        (1, "answer", "share.icc", "granted"),
        (2, "item", None, None),
        (3, "answer", "share.icc", "withdrawn"),
    ]


def test_a_destroyed_key_leaves_a_tombstone_and_a_ledger_that_verifies(consortium: Consortium) -> None:
    anna, boris = consortium.enrol("V-1"), consortium.enrol("V-2")
    consortium.answer(anna, "granted", "share.icc")
    consortium.answer(boris, "granted", "share.icc")
    consortium.register({"item": "group photo", "subjects": ["V-1", "V-2"]})
    with consortium.database.writing() as session:
        persons.erase(session, anna, "test")
    with consortium.database.writing() as session:
        persons.forget_key(session, anna)
    assert codes(consortium.decide("group photo")) == ["erased"]
    assert codes(consortium.decide("group photo", at=clock.now())) == ["erased"]
    assert consortium.faults() == []
    with consortium.database.reading() as session:
        told = [entry.content for entry in feed.read(session, consortium.store.id, 0, 100)]
    assert told.count(None) == 1


@pytest.mark.parametrize("table", ["events", "revisions", "feed", "form_versions", "audit_entries"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "INSERT OR REPLACE", "TRUNCATE {0} CASCADE"]
)
def test_the_database_itself_refuses_to_change_what_was_recorded(
    consortium: Consortium, table: str, statement: str
) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    sqlite = consortium.database.engine.dialect.name == "sqlite"
    if statement.startswith("TRUNCATE" if sqlite else "INSERT"):
        pytest.skip("not a statement of this engine")
    if table == "audit_entries":
        _write_audit(consortium)
    column = "recorded_at" if table in ("events", "revisions", "feed") else "id" if table == "form_versions" else "act"
    change = statement.format(table, column)
    if statement.startswith("INSERT"):
        change = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(DBAPIError, match="append-only"), consortium.database.writing() as session:
        session.execute(text(change))


def _write_audit(consortium: Consortium) -> None:
    from vault import audit

    with consortium.database.writing() as session:
        audit.record(session, audit.SYSTEM, "test")


def test_nothing_takes_effect_in_the_future(consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    with pytest.raises(ledger.NotYetSaid):
        consortium.answer(anna, "granted", "share.icc", at=clock.now() + timedelta(minutes=1))
    assert consortium.faults() == []
