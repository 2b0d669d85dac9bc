"""Deciding reads what the question needs, and a selection goes through a store by an index."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from consent.deciding import decisions
from consent.ledger import scopes
from consent.ledger.answers import AnswerRow
from tests.consortium import Consortium


@pytest.fixture
def full(consortium: Consortium) -> Consortium:
    """Twenty people who have answered everything, each in an item of their own."""
    with consortium.database.reading() as session:
        every = [key for key, scope in scopes.catalogue(session).items() if not scope.one_partner]
    for number in range(20):
        consortium.answer(consortium.enrol(f"V-{number}"), "granted", *every)
    consortium.register(*({"item": f"F-{number}", "subjects": [f"alder/V-{number}"]} for number in range(20)))
    return consortium


@contextmanager
def answers_loaded() -> Iterator[list[AnswerRow]]:
    loaded: list[AnswerRow] = []

    def note(row: AnswerRow, _context: object) -> None:
        loaded.append(row)

    event.listen(AnswerRow, "load", note)
    try:
        yield loaded
    finally:
        event.remove(AnswerRow, "load", note)


def select_all(full: Consortium) -> list[decisions.Selected]:
    return list(decisions.select_items(full.database, full.store, "share.icc", "icc-otp", None))


def decide_all(full: Consortium) -> list[object]:
    asked = [decisions.Asked(f"F-{number}", "share.icc", "icc-otp") for number in range(20)]
    with full.database.reading() as session:
        return list(decisions.decide_many(session, full.store.id, asked))


@pytest.mark.parametrize("ask", [select_all, decide_all])
def test_one_answer_of_each_person_is_read_where_one_scope_is_asked(
    full: Consortium, ask: Callable[[Consortium], list[object]]
) -> None:
    with answers_loaded() as loaded:
        assert len(ask(full)) == 20
    assert [row.scope for row in loaded] == ["share.icc"] * 20


def test_a_selection_reads_a_store_page_by_page_without_sorting_it(full: Consortium) -> None:
    if full.database.engine.dialect.name != "sqlite":
        pytest.skip("the other engine plans by the size of what is there")
    sent: list[tuple[str, tuple[object, ...]]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        sent.append((statement, parameters))  # type: ignore[arg-type]

    event.listen(full.database.engine, "before_cursor_execute", note)
    try:
        select_all(full)
    finally:
        event.remove(full.database.engine, "before_cursor_execute", note)
    pages = [(statement, parameters) for statement, parameters in sent if "ORDER BY items.id" in statement]
    assert pages
    with full.database.engine.connect() as connection:
        for statement, parameters in pages:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert len(plan) == 1
            assert "ix_items_store_id (store_id=? AND id>?)" in plan[0]


def test_alike_items_are_decided_once_and_told_each(full: Consortium, monkeypatch: pytest.MonkeyPatch) -> None:
    full.register(*({"item": f"map-{number}", "no_data_subject": True} for number in range(50)))
    decided = []
    decide = decisions.rules.decide
    monkeypatch.setattr(decisions.rules, "decide", lambda view, *rest: decided.append(view) or decide(view, *rest))
    assert len(select_all(full)) == 70
    assert len(decided) == 21
