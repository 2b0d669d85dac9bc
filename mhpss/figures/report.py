"""A report: what was counted in a period, protected, with the means that its shown cells allow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from consent.people import organisations
from mhpss.figures import means, population, protection, tables
from mhpss.figures.periods import BadPeriod, Period
from mhpss.figures.population import Person
from mhpss.figures.protection import Linked
from mhpss.figures.tables import PEOPLE, WHOLE, Counted, Key, Layout
from vault import clock
from vault.policy import in_force, law


@dataclass(frozen=True)
class Report:
    """What may be read. A cell of None is hidden.

    `means` holds whole numbers: the median of days waited, shares in per cent, mean totals times ten, and effect sizes
    times a hundred; only from shown cells of at least `threshold` people.
    """

    period: Period
    threshold: int
    layout: Layout
    cells: Mapping[Key, int | None]
    means: Mapping[Key, int]

    def cell(self, indicator: str, column: str, place: tuple[str, str] = WHOLE) -> int | None:
        """A count, or None where it is hidden."""
        return self.cells.get((indicator, column, *place))

    def mean(self, indicator: str, name: str, place: tuple[str, str] = WHOLE) -> int | None:
        """A mean, or None where the people it is of are not shown."""
        return self.means.get((indicator, name, *place))

    def share(self, column: tuple[str, str], of: tuple[str, str], place: tuple[str, str] = WHOLE) -> int | None:
        """A shown count in per cent of another shown one."""
        part, whole = self.cell(*column, place), self.cell(*of, place)
        return None if part is None or not whole else round(100 * part / whole)

    def as_value(self) -> dict[str, Any]:
        """The report as it is kept and digested."""
        return {
            "since": self.period.since.isoformat(),
            "until": self.period.until.isoformat(),
            "threshold": self.threshold,
            "partners": list(self.layout.partners),
            "partial": [[name, list(columns)] for name, columns in self.layout.partial],
            "cells": [[*cell, count] for cell, count in sorted(self.cells.items())],
            "means": [[*cell, value] for cell, value in sorted(self.means.items())],
        }

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> "Report":
        """The report that was kept."""
        return cls(
            Period(date.fromisoformat(value["since"]), date.fromisoformat(value["until"])),
            value["threshold"],
            Layout(tuple(value["partners"]), tuple((name, tuple(columns)) for name, columns in value["partial"])),
            {(each[0], each[1], each[2], each[3]): each[4] for each in value["cells"]},
            {(each[0], each[1], each[2], each[3]): each[4] for each in value["means"]},
        )


def inside(session: Session, period: Period) -> Report:
    """The figures of a quarter as partner leads read them, cells under 5 hidden.

    No register stands behind them: of periods that overlap, one could be taken from another. So only quarters that
    have ended can be read, of which no two have a day in common.

    Raises:
        BadPeriod: another period.
    """
    if not period.is_quarter or period.ends > clock.now():
        raise BadPeriod(f"{period.since} to {period.until}")
    threshold = in_force.value(session, law.FIGURES_INSIDE)
    people = population.supported(session, period)
    partial = tables.partial_of(people, threshold)
    counted = tables.count(people, Layout(partners_of(session), partial))
    hidden = hidden_in(counted, linked(counted, threshold), threshold)
    return made(period, people, counted, hidden, threshold)


def partners_of(session: Session) -> tuple[str, ...]:
    """The partners that tables have a row for."""
    return tuple(organisation.key for organisation in organisations.listed(session))


def linked(counted: Counted, threshold: int) -> Linked:
    """The tables of one report as a system. How many are not in a measure's figures is never shown, nor to be told."""
    rest = [cell for cell in counted.counts if cell[1] == "rest"]
    return Linked(
        counted.counts,
        counted.sums,
        small=counted.small(threshold),
        rank={cell: _rank(cell) for cell in counted.counts},
        unseen=rest,
        watched=[cell for cell in rest if 0 < counted.counts[cell] < threshold],
    )


def _rank(cell: Key) -> int:
    """Which cells are given up last: how many people there are in all, then what else is told of all."""
    margin = 2 if cell[:2] == PEOPLE else int(cell[1] in ("all", "made", "begun"))
    return margin + 3 * (cell[2] == "")


def hidden_in(counted: Counted, system: Linked, threshold: int) -> frozenset[Key]:
    """The cells of a report to hide: none is recomputed by a reader, nor by a partner that knows its own.

    Raises:
        protection.Exposed: what is out already tells one, whatever is hidden now.
    """
    while True:
        found = protection.hidden_among(system, threshold)
        hidden = frozenset(cell for cell in counted.counts if cell in found or cell[1] == "rest")
        more = frozenset(counted.told_by_partners(hidden, threshold))
        if not more:
            return hidden
        system = protection.hiding(system, hidden | more)


def made(period: Period, people: Sequence[Person], counted: Counted, hidden: Collection[Key], threshold: int) -> Report:
    """The report with `hidden` cells left empty."""
    cells = {cell: None if cell in hidden else number for cell, number in counted.counts.items() if cell[1] != "rest"}
    found = {
        (indicator, name, *place): value
        for place in counted.layout.places
        for indicator, name, of, value in means.told([each for each in people if _is_in(each, place)], threshold)
        if (cells.get((*of, *place)) or 0) >= threshold
    }
    return Report(period, threshold, counted.layout, cells, found)


def _is_in(person: Person, place: tuple[str, str]) -> bool:
    return place == WHOLE or place in person.rows
