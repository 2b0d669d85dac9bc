"""The means of a report: what is told of some people together, and whether two of them would tell of a few."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import mean, median, stdev
from typing import Any, TypeAlias

import numpy as np

from mhpss.figures.population import Person
from mhpss.figures.tables import PEOPLE, WHOLE
from mhpss.measures import instruments
from mhpss.meetings import SessionOutcome

# Indicator and name.
Mean: TypeAlias = tuple[str, str]
# By the digest of a person the digest of what they add to a mean.
Added: TypeAlias = Mapping[str, str]
Place: TypeAlias = tuple[str, str]

# Session outcomes of which a share is told.
HELD = (SessionOutcome.ATTENDED, SessionOutcome.MISSED, SessionOutcome.CANCELLED)
# A year, its halves and its quarters are seven; each more triples the ways to set them against one another.
_SET_AGAINST = 6
# Of one person few values are compared, so that a short digest tells them apart.
_DIGITS = 16


def told(people: Sequence[Person], threshold: int) -> Iterator[tuple[str, str, tuple[str, str], int]]:
    """Indicator, name, the column of the people it is of, and the mean as a whole number."""
    if waited := [each.waited for each in people if each.is_new and each.waited is not None]:
        yield "waiting", "median", ("waiting", "begun"), round(median(waited))
    for name, share in _shares(people, threshold):
        yield "sessions", name, PEOPLE, share
    for key in instruments.instruments():
        totals = [each.scores[key] for each in people if key in each.scores]
        if len(totals) > 1:
            yield from (
                (f"outcome:{key}", name, (f"outcome:{key}", "all"), value) for name, value in _change(key, totals)
            )


def _shares(people: Sequence[Person], threshold: int) -> Iterator[tuple[str, int]]:
    """Shares of sessions in per cent, each where `threshold` people had such a session, and as many another.

    A share of nothing or of everything would tell a count of nobody. Two of the three tell the third, so that all are
    given or one.
    """
    counts = [{name: each.sessions.get(name, 0) for name in HELD} for each in people]
    held = sum(sum(each.values()) for each in counts)
    given = [
        name
        for name in HELD
        if sum(each[name] > 0 for each in counts) >= threshold
        and sum(sum(each.values()) > each[name] for each in counts) >= threshold
    ]
    for name in given if len(given) == len(HELD) else given[:1]:
        yield name, round(100 * sum(each[name] for each in counts) / held)


def _change(key: str, totals: Sequence[tuple[int, int]]) -> Iterator[tuple[str, int]]:
    yield "first", round(10 * mean(first for first, _last in totals))
    yield "last", round(10 * mean(last for _first, last in totals))
    if (effect := effect_size(key, totals)) is not None:
        yield "effect", round(100 * effect)


def effect_size(key: str, totals: Sequence[tuple[int, int]]) -> float | None:
    """Cohen's d of a paired change, standardised by the standard deviation of the first totals; above zero is better.

    The mean of last minus first over the sample standard deviation (n - 1) of the first ones: Becker's (1988)
    standardised mean change without its small-sample correction. None where the first totals do not differ.
    """
    spread = stdev(first for first, _last in totals)
    if spread == 0:
        return None
    gain = mean(last - first for first, last in totals) / spread
    return gain if instruments.instrument(key).higher_is_better else -gain


@dataclass(frozen=True, slots=True)
class Behind:
    """Who is behind the means of a report, in digests: the rows that each person is in, and what they add to each."""

    rows: Mapping[str, frozenset[Place]]
    added: Mapping[Mean, Added]

    def in_rows(self, of: Mean, places: Collection[Place]) -> Added:
        """What the people of some rows, or of the whole, add to a mean."""
        added = self.added.get(of, {})
        if WHOLE in places:
            return added
        return {who: what for who, what in added.items() if not self.rows[who].isdisjoint(places)}

    def as_value(self) -> dict[str, Any]:
        """Both as they are kept, people by their number."""
        number = {who: place for place, who in enumerate(self.rows)}
        return {
            "rows": [[who, sorted(rows)] for who, rows in self.rows.items()],
            "added": [[*of, [[number[who], what] for who, what in each.items()]] for of, each in self.added.items()],
        }

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> "Behind":
        """What was kept; nothing where a report went out before it was."""
        people = [who for who, _rows in value.get("rows", ())]
        return cls(
            {who: frozenset((way, row) for way, row in rows) for who, rows in value.get("rows", ())},
            {
                (indicator, name): {people[number]: what for number, what in added}
                for indicator, name, added in value.get("added", ())
            },
        )


def behind(people: Sequence[Person], digest: Callable[[str], str]) -> Behind:
    """Who is behind the means of these people; `digest` is one that only the house can make."""
    rows = {}
    added: dict[Mean, dict[str, str]] = {}
    for person in people:
        who = digest(person.subject_id)
        rows[who] = frozenset(person.rows)
        for of, what in _adds(person):
            added.setdefault(of, {})[who] = digest(f"{person.subject_id} {what}")[:_DIGITS]
    return Behind(rows, added)


def _adds(person: Person) -> Iterator[tuple[Mean, Any]]:
    if person.is_new and person.waited is not None:
        yield ("waiting", "median"), person.waited
    held = [person.sessions.get(name, 0) for name in HELD]
    for name in HELD:
        yield ("sessions", name), held
    for key, (first, last) in person.scores.items():
        yield (f"outcome:{key}", "first"), first
        yield (f"outcome:{key}", "last"), last
        yield (f"outcome:{key}", "effect"), (first, last)


def tells_of_few(own: Added, others: Collection[Added], threshold: int) -> bool:
    """Whether a mean, or what is left of it when others are added to it and taken away, is of 1 to `threshold` - 1.

    With more others than can be set against it, it counts as telling.
    """
    known = list({frozenset(each.items()): each for each in others}.values())
    if 0 < len(own) < threshold or len(known) > _SET_AGAINST:
        return True
    if len(known) < 2:
        apart = {who for each in known for who, _what in own.items() ^ each.items()}
        return 0 < len(apart) < threshold
    together = (own, *known)
    # Of a person that adds the same to two of them, nothing is left where one is taken from the other.
    alike = Counter(
        frozenset(
            tuple(each.get(who) == what for each in together)
            for what in {each[who] for each in together if who in each}
        )
        for who in set().union(*together)
    )
    signs = np.array([(1, *rest) for rest in product((-1, 0, 1), repeat=len(known))])
    left = np.zeros(len(signs), dtype=int)
    for patterns, number in alike.items():
        left += number * (signs @ np.array(list(patterns), dtype=int).T != 0).any(axis=1)
    return bool(((left > 0) & (left < threshold)).any())
