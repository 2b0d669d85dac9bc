"""From any tables that went out together no count under the threshold can be recomputed."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from mhpss.figures import means, report, successive, tables
from mhpss.figures.periods import Period, months, named
from mhpss.figures.population import COUNTRIES, LAYERS, REASONS, Person
from mhpss.figures.protection import Exposed
from mhpss.figures.successive import Before
from mhpss.figures.tables import WHOLE, Layout
from mhpss.referral.feedback import Helped

PARTNERS = ("alder", "birch", "cedar", "dogwood")
QUARTERS = tuple(named(f"2025-Q{number}") for number in (1, 2, 3, 4))
# Places of each kind; to look at all of them would take ten times as long.
WATCHED = (WHOLE, ("country", "LT"), ("partner", "birch"), ("layer", "3"))
PERIODS = (*QUARTERS, months("2025-01", "2025-06"), named("2025"))
# What a longer period holds at least as many of: columns that are added up.
GROWN = {
    "people": ("all",),
    "referrals": ("made",),
    "sessions": ("5_or_more",),
    "ever came": ("1_to_4", "5_or_more"),
    "engagement": ("going_on", "closed", "dropped_out"),
    "satisfaction": ("all",),
    "outcome:gad-7": ("all",),
}

# `make figures` asks for many more.
EXAMPLES = int(os.environ.get("FIGURES_EXAMPLES", "2"))


@st.composite
def populations(draw: st.DrawFn) -> list[tuple[int, int, Person]]:
    """People with the quarters in which they were new and were last seen."""
    found = []
    for _ in range(draw(st.integers(3, 7))):
        size = draw(st.one_of(st.integers(1, 12), st.integers(8, 60)))
        begun = draw(st.integers(-1, 3))
        last = draw(st.integers(max(begun, 0), 3))
        made = draw(st.sampled_from(("", "completed", "under_way", *REASONS)))
        person = Person(
            subject_id="",
            partner=draw(st.sampled_from(PARTNERS)),
            country=draw(st.sampled_from(COUNTRIES)),
            layer=draw(st.sampled_from(LAYERS)),
            is_new=False,
            waited=draw(st.sampled_from((None, 5, 40, 200))),
            engagement=draw(st.sampled_from(("going_on", "closed", "dropped_out", "not_begun"))),
            sessions={"attended": draw(st.integers(0, 8))},
            referral=("ended", made, "health") if made in REASONS else (made, "", "health") if made else None,
            scores=draw(st.sampled_from(({}, {"gad-7": (10, 3)}, {"gad-7": (10, 9)}))),
            helped=draw(st.sampled_from((None, *Helped))),
        )
        found += [(begun, last, person)] * size
    return found


def seen_in(people: Sequence[tuple[int, int, Person]], period: Period) -> list[Person]:
    inside = [number for number, quarter in enumerate(QUARTERS) if period.holds(quarter)]
    return [
        Person(**{name: getattr(person, name) for name in Person.__slots__} | {"is_new": begun in inside})
        for begun, last, person in people
        if any(begun <= number <= last for number in inside)
    ]


def let_out(
    people: Sequence[tuple[int, int, Person]], asked: Sequence[Period], threshold: int, monkey: Any
) -> list[Before]:
    """What the register would let out of these periods, one after another."""
    out: list[Before] = []
    monkey(lambda _session, piece, outcomes=True: seen_in(people, piece))
    for period in asked:
        here = seen_in(people, period)
        counted = tables.count(here, Layout(PARTNERS, tables.partial_of(here, threshold)))
        system, linked = report.linked(counted, threshold), successive.connected(period, out)
        if linked:
            system = successive.joined(None, period, counted, system, linked, threshold)  # type: ignore[arg-type]
        try:
            hidden = report.hidden_in(counted, system, threshold)
        except Exposed:
            continue
        behind = means.behind(here, lambda text: text)
        made = report.made(period, here, counted, hidden, threshold)
        out.append(Before(successive.with_means_of_many(made, behind, out), counted.counts, behind))
    return out


def told(out: Sequence[Before], threshold: int) -> dict[Any, tuple[float, float]]:
    """The interval of each hidden count for a reader of everything that went out, by linear programming.

    The reader knows how each table is laid out, that somebody is new once, and that who was seen in a period, referred,
    measured or asked was so in a longer one around it. How many more these are is a hidden count, if it is small.
    """
    few: list[Any] = []
    names: dict[Any, int] = {}
    lines: list[tuple[dict[Any, float], float]] = []

    def known(line: Mapping[Any, float], total: float = 0.0) -> None:
        for name in line:
            names.setdefault(name, len(names))
        lines.append((dict(line), total))

    for number, each in enumerate(out):
        for parts, total in each.report.layout.sums():
            known({**{(number, part): 1.0 for part in parts}, (number, total): -1.0})
        for cell, count in each.report.cells.items():
            if count is not None:
                known({(number, cell): 1.0}, count)
        new = [cell for cell in each.counts if cell[:2] == ("people", "new") or cell[0] == "waiting"]
        for cell in new:
            pieces = {("new", place, cell): 1.0 for place, q in enumerate(QUARTERS) if each.period.holds(q)}
            known({**pieces, (number, cell): -1.0})
        for other, one in enumerate(out):
            if one is each or not each.period.holds(one.period):
                continue
            for name, columns in GROWN.items():
                for place in each.report.layout.places:
                    cells = [("sessions" if name == "ever came" else name, column, *place) for column in columns]
                    if not all(cell in one.counts and cell in each.counts for cell in cells):
                        continue
                    more = ("more", other, number, name, place)
                    before, after = ([(of, cell) for cell in cells] for of in (other, number))
                    known({**dict.fromkeys(before, 1.0), more: 1.0, **dict.fromkeys(after, -1.0)})
                    if place in WATCHED and 0 < sum(each.counts[c] - one.counts[c] for c in cells) < threshold:
                        few.append(more)
    entries = [(row, names[name], sign) for row, (line, _total) in enumerate(lines) for name, sign in line.items()]
    rows, columns, signs = zip(*entries, strict=True)
    matrix = csr_array((signs, (rows, columns)), shape=(len(lines), len(names)))
    totals = np.array([total for _line, total in lines])
    hidden = [
        (number, cell)
        for number, each in enumerate(out)
        for cell, count in each.report.cells.items()
        if count is None and cell[2:] in WATCHED
    ]
    found = {}
    for name in (*hidden, *few):
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(names))
            goal[names[name]] = sign
            solved = linprog(goal, A_eq=matrix, b_eq=totals, bounds=(0, 10_000), method="highs-ds")
            assert solved.success
            ends.append(sign * solved.fun)
        found[name] = (ends[0], ends[1])
    return found


@given(populations(), st.lists(st.sampled_from(PERIODS), min_size=1, max_size=3, unique=True), st.sampled_from((5, 10)))
@settings(max_examples=EXAMPLES)
def test_no_small_count_is_told_by_any_reports_together(
    people: list[tuple[int, int, Person]], asked: list[Period], threshold: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        out = let_out(
            people, asked, threshold, lambda reading: patch.setattr(successive.population, "supported", reading)
        )
    assume(out)
    for each in out:
        for count in each.report.cells.values():
            assert count is None or count >= threshold
    for name, (least, most) in told(out, threshold).items():
        assert most - least >= threshold - 1e-4, (name, least, most)
        assert most >= threshold - 1e-4


@given(populations(), st.sampled_from((5, 10)))
@settings(max_examples=2 * EXAMPLES)
def test_no_partner_can_subtract_its_own_from_what_is_shown(
    people: list[tuple[int, int, Person]], threshold: int
) -> None:
    here = seen_in(people, PERIODS[-1])
    counted = tables.count(here, Layout(PARTNERS, tables.partial_of(here, threshold)))
    hidden = report.hidden_in(counted, report.linked(counted, threshold), threshold)
    for cell, count in counted.counts.items():
        own = [counted.partners.get(cell, {}).get(partner, 0) for partner in PARTNERS]
        if cell not in hidden and cell[2] != "partner":
            assert sum(each > 0 for each in own) >= 3 or all(count - each >= threshold for each in own)
    for column in {cell[:2] for cell in counted.counts if cell[2] == "partner"}:
        covered = [counted.counts[(*column, "partner", key)] for key in PARTNERS if (*column, "partner", key) in hidden]
        if covered and (*column, *WHOLE) not in hidden:
            few = sum(each > 0 for each in covered) < 3
            assert not few or all(sum(covered) - each >= threshold for each in covered)
