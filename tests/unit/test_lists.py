"""In which order a list stands, and that no cell of its file runs."""

import csv
import io
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer, String, column, create_engine, func, select
from sqlalchemy.orm import Session

from portal.fields import csv_table
from portal.lists import Column, Listing, Sort, choice, listing, ranked, text, within
from portal.lists.listing import BadListing, declare
from portal.lists.sources import InMemory, Streamed, place
from tests.walkers.test_lists import faults_of_cells


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("be", "Ёлка Жук Зоя Ігар Іспанія Латвія Літва Узда Украіна Ўзда Эстонія Янка"),
        ("be", "Елка Ёлка Ігар Йод Узор Ўзор"),
        ("ru", "Елена Ёлка Жук Латвия Литва Эстония Яна"),
        ("en", "anna Anna Berta cécile Cedar"),
        ("be", "К-12 K-9 K-10 K-0011"),
    ],
)
def test_words_stand_as_readers_of_the_language_look_for_them(language: str, words: str) -> None:
    expected = words.split()
    assert sorted({*expected}, key=lambda word: place(word, language)) == expected


class Row(NamedTuple):
    name: str | None
    number: int | None


LIST: Listing[Row] = Listing(
    key="tests",
    title="",
    page="",
    file="",
    columns=(Column("name", "Name", lambda row: row.name), Column("number", "Number", lambda row: row.number)),
    order="name",
    filters=(text("find", "Find", within(lambda row: row.name)), choice("kind", "Kind", dict)),
)
EVERYTHING = {"find": "", "kind": ""}
rows_of_a_list = st.lists(
    st.builds(Row, st.none() | st.text("аёіўЎ9 ", max_size=3), st.none() | st.integers(-2, 2)), max_size=12
)


@given(rows_of_a_list, st.sampled_from(["name", "-name", "number", "-number"]), st.integers(0, 4), st.integers(1, 5))
def test_a_page_is_a_part_of_the_whole_order_and_nothing_comes_last(
    rows: list[Row], by: str, start: int, most: int
) -> None:
    sort, source = Sort.read(by), InMemory(LIST, rows, EVERYTHING, "be")
    whole, total = source.part(sort, 0, None)
    assert (sorted(whole, key=str), total) == (sorted(rows, key=str), len(rows))
    assert source.part(sort, start, most) == (whole[start : start + most], total)
    places = [place(getattr(row, sort.key), "be") for row in whole]
    there = [each for each in places if each is not None]
    assert there == sorted(there, reverse=sort.descending)
    assert places[len(there) :] == [None] * (len(places) - len(there))


@given(rows_of_a_list, st.sampled_from(["name", "-name", "number", "-number"]), st.integers(0, 4))
def test_what_streams_by_is_picked_as_if_it_were_held(rows: list[Row], by: str, start: int) -> None:
    def met(fits: Any, first: Any, skip: int, most: int) -> tuple[list[Row], int]:
        fitting = [row for row in rows if fits(row)]
        picked = list(first(iter(fitting), skip + most)) if first else fitting[: skip + most]
        return picked[skip:], len(fitting)

    got, total = Streamed(LIST, EVERYTHING, "be", met).part(Sort.read(by), start, 3)
    key = Sort.read(by).key
    if by != LIST.order:
        held, _ = InMemory(LIST, rows, EVERYTHING, "be").part(Sort.read(by), start, 3)
        assert [place(getattr(row, key), "be") for row in got] == [place(getattr(row, key), "be") for row in held]
    assert total == len(rows)


def test_a_filter_keeps_what_has_the_letters_in_whatever_case() -> None:
    rows = [Row("Янка", 1), Row("Зоя", 2), Row(None, 3)]
    assert InMemory(LIST, rows, {"find": "ЯНК", "kind": ""}, "be").part(Sort("name", False), 0, None) == ([rows[0]], 1)


def test_the_database_sorts_sealed_names_by_their_rank() -> None:
    engine = create_engine("sqlite://")
    names = {"1": "Літва", "2": "Латвія", "3": "Іспанія"}
    with Session(engine) as session:
        values = select(column("id", String)).select_from(
            select(column("value", Integer).label("id"))
            .select_from(func.json_each('["1","2","3","4"]').table_valued("value"))
            .subquery()
        )
        by = ranked(column("id", String), names, "be")
        assert session.scalars(values.order_by(by.nulls_last())).all() == ["3", "2", "1", "4"]


@pytest.mark.parametrize("change", [{"order": "nothing"}, {"key": ""}, {"filters": (text("sort", "x"),)}])
def test_a_list_that_declares_nonsense_is_refused(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_declared", {})
    declared = {name: getattr(LIST, name) for name in ("title", "page", "file", "columns", "order", "filters", "key")}
    if change == {"key": ""}:
        declare(Listing(**{**declared, "key": "tests.twice"}))
        change = {"key": "tests.twice"}
    with pytest.raises(BadListing):
        declare(Listing(**{**declared, **change}))


CELLS = st.text(st.sampled_from("=+-@＝＋－＠;,|\t\r\n \"'a1ж:"), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=3))
def test_no_cell_runs_whichever_sign_a_spreadsheet_cuts_lines_at(rows: list[tuple[str, str]]) -> None:
    written = "".join(csv_table.lines(("one", "two"), rows))
    assert [*faults_of_cells(written)] == []
    read = list(csv.reader(io.StringIO(written, newline="")))
    # What is written is what was there, with a mark before what would run.
    assert [[cell.replace("'", "") for cell in row] for row in read[1:]] == [
        [cell.replace("'", "") for cell in row] for row in rows
    ]
