"""A directory that was written as HSDS and brought into an empty house is the same directory."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mhpss.hsds import bringing_in, fields, reading, writing
from tests.hsds import SCHEMAS, directories, empty, fill, published, snapshot, validator
from vault.database import Database

ordinary = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
checkers = {name: validator(name) for name in ("service", "organization")} if SCHEMAS.is_dir() else {}
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted({name for table in fields.tables().values() for name in table})), inner
        )
    ),
    max_leaves=12,
)


@ordinary
@given(drawn=directories)
def test_out_and_in_again_gives_the_same_directory_and_once_more_changes_nothing(
    database: Database, drawn: list[Any]
) -> None:
    with database.writing() as session:
        empty(session)
        fill(session, drawn)
        before, written = snapshot(session), writing.export(session, confidential=True)
        empty(session)
        checked = reading.check(json.dumps(written).encode())
        assert (checked.faults, checked.unread) == ((), 0)
        assert bringing_in.bring_in(session, checked) == bringing_in.BroughtIn(len(written), 0, 0, 0)
        assert snapshot(session) == before
        assert bringing_in.bring_in(session, checked) == bringing_in.BroughtIn(0, 0, len(written), 0)
        assert writing.export(session, confidential=True) == written
        assert "sealed contact" not in json.dumps(written)


@published
@ordinary
@given(drawn=directories)
def test_everything_written_holds_against_the_published_schemas(database: Database, drawn: list[Any]) -> None:
    with database.writing() as session:
        empty(session)
        fill(session, drawn)
        for service in writing.export(session, confidential=True):
            assert [error.message for error in checkers["service"].iter_errors(service)] == []
            assert [error.message for error in checkers["organization"].iter_errors(service["organization"])] == []


@settings(max_examples=200)
@given(document=documents)
def test_no_document_breaks_the_reading_whatever_is_in_it(document: Any) -> None:
    try:
        checked = reading.check(json.dumps([document]).encode())
    except reading.Unreadable:
        return
    assert bool(checked.faults) != bool(checked.services)
