"""When a mean, set against others, would tell of a few."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhpss.figures.means import Added, tells_of_few

THRESHOLD = 10
MEANS = st.dictionaries(st.sampled_from([f"p{number}" for number in range(14)]), st.sampled_from("ab"))


def people(*numbers: int, value: str = "a") -> Added:
    return {f"person {number}": value for number in numbers}


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (people(*range(30)), [], False),
        (people(*range(9)), [], True),
        (people(*range(30)), [people(*range(30))], False),
        (people(*range(30)), [people(*range(29))], True),
        (people(*range(20)), [people(*range(29))], True),
        (people(*range(20)), [people(*range(30))], False),
        # One person's last total is another one now.
        ({**people(*range(30)), "person 0": "b"}, [people(*range(30))], True),
        # Neither of two is near, but both together are.
        (people(*range(30)), [people(*range(15)), people(*range(15, 29))], True),
        (people(*range(15, 30)), [people(*range(31)), people(*range(15))], True),
        (people(*range(30)), [people(*range(number)) for number in range(8)], True),
    ],
)
def test_what_is_left_of_a_mean_is_of_nobody_or_of_many(own: Added, others: list[Added], expected: bool) -> None:
    assert tells_of_few(own, others, THRESHOLD) is expected


@given(MEANS, st.lists(MEANS, max_size=3))
def test_every_way_to_add_and_take_away_is_looked_at(own: Added, others: list[Added]) -> None:
    found = False
    for signs in product((-1, 0, 1), repeat=len(others)):
        left: dict[tuple[str, str], int] = {}
        for sign, each in zip((1, *signs), (own, *others), strict=True):
            for item in each.items():
                left[item] = left.get(item, 0) + sign
        found |= 0 < len({who for (who, _what), times in left.items() if times}) < THRESHOLD
    if len({frozenset(each.items()) for each in others}) == len(others):
        assert tells_of_few(own, others, THRESHOLD) is found
