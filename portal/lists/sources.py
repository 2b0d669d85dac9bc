"""Where a list's rows come from, and how they are put in order."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nlargest, nsmallest
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.lists import collation
from portal.lists.listing import Listing

Row = TypeVar("Row")
Rows = TypeVar("Rows", covariant=True)


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column, and whether the other way round."""

    key: str
    descending: bool

    @classmethod
    def read(cls, text: str) -> "Sort":
        """As the address has it: the column's key, with a minus before it for the other way round."""
        return cls(text.removeprefix("-"), text.startswith("-"))

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key


class Source(Protocol[Rows]):
    """Rows that have to be sorted and cut where they are. It has kept to the filters already."""

    def part(self, sort: Sort, start: int, most: int | None) -> tuple[Sequence[Rows], int]:
        """Some of the rows in order, from the `start`-th (0 is the first), `most` or all; and how many there are."""


class InMemory(Source[Row]):
    """Rows that are there: the list's filters are kept to, and texts sorted as a language has them."""

    def __init__(self, listing: Listing[Row], rows: Iterable[Row], wanted: Mapping[str, Any], language: str) -> None:
        fits = fitting(listing, wanted)
        self._rows = [row for row in rows if fits(row)]
        self._listing, self._language = listing, language

    def part(self, sort: Sort, start: int, most: int | None) -> tuple[Sequence[Row], int]:
        """Some of them; those that are alike stay in the list's own order, and nothing comes last either way."""
        rows = self._rows
        for each in dict.fromkeys((Sort.read(self._listing.order), sort)):
            rows = self._sorted(rows, each)
        return rows[start : None if most is None else start + most], len(rows)

    def _sorted(self, rows: list[Row], sort: Sort) -> list[Row]:
        placed_by = self._listing.column(sort.key).placed_by
        placed = [(place(placed_by(row), self._language), row) for row in rows]
        there = [each for each in placed if each[0] is not None]
        there.sort(key=lambda each: each[0], reverse=sort.descending)
        return [row for _place, row in there] + [row for at, row in placed if at is None]


class OfQuery(Source[Row]):
    """Rows that a query finds, too many to be held: `orders` says by what each column is sorted, `alike` those that are
    alike, and `made` makes rows of what was found."""

    def __init__(
        self,
        session: Session,
        query: Select[Any],
        orders: Mapping[str, ColumnElement[Any]],
        alike: ColumnElement[Any],
        made: Callable[[Sequence[Any]], Sequence[Row]],
    ) -> None:
        self._session, self._query, self._orders, self._alike, self._made = session, query, orders, alike, made

    def part(self, sort: Sort, start: int, most: int | None) -> tuple[Sequence[Row], int]:
        """Some of them in order; nothing comes last either way."""
        by = self._orders[sort.key]
        ordered = (by.desc() if sort.descending else by.asc()).nulls_last()
        query = self._query.order_by(ordered, self._alike).offset(start).limit(most)
        counted = select(func.count()).select_from(self._query.subquery())
        return self._made(self._session.scalars(query).all()), self._session.scalar(counted) or 0


class Streamed(Source[Row]):
    """Rows that come one by one, too many to be held: `met` goes through those that fit, gives what is wanted of them
    the first so many, and says how many there are."""

    def __init__(
        self,
        listing: Listing[Row],
        wanted: Mapping[str, Any],
        language: str,
        met: Callable[[Callable[[Row], bool], "First[Row] | None", int, int], tuple[Sequence[Row], int]],
    ) -> None:
        self._listing, self._language, self._met = listing, language, met
        self._fits = fitting(listing, wanted)

    def part(self, sort: Sort, start: int, most: int | None) -> tuple[Sequence[Row], int]:
        """Some of them; the list's own order is that in which they come."""
        first = None if str(sort) == self._listing.order else self._first(sort)
        return self._met(self._fits, first, start, sys.maxsize - start if most is None else most)

    def _first(self, sort: Sort) -> "First[Row]":
        placed_by, pick = self._listing.column(sort.key).placed_by, nlargest if sort.descending else nsmallest

        def placed(row: Row) -> tuple[bool, Any]:
            at = place(placed_by(row), self._language)
            return (at is None) is not sort.descending, b"" if at is None else at

        return lambda rows, most: pick(most, rows, key=placed)


First = Callable[[Iterable[Row], int], Iterable[Row]]


def fitting(listing: Listing[Row], wanted: Mapping[str, Any]) -> Callable[[Row], bool]:
    """Whether a row fits the filters of a list that say so by themselves."""
    keeping = [(each.keeps, wanted[each.name]) for each in listing.filters if each.keeps and wanted[each.name]]
    return lambda row: all(keeps(row, value) for keeps, value in keeping)


def ranked(column: ColumnElement[Any] | InstrumentedAttribute[Any], names: Mapping[str, Any], language: str) -> Any:
    """What the database sorts a column by whose codes have `names` that it does not know: sealed ones, or words."""
    known = sorted(names, key=lambda code: collation.place(str(names[code]), language))
    return case({code: rank for rank, code in enumerate(known)}, value=column) if known else null()


def place(value: Any, language: str) -> Any:
    """What a value of a column is ordered by among its like; None where there is nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | int | float | date):
        return value
    if isinstance(value, tuple | list):
        return place("; ".join(str(each) for each in value), language)
    return collation.place(str(value), language)
