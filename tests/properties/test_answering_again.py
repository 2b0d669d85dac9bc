"""Answering again never allows more than what was said before, until a condition is dropped by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import rules
from consent.saying import answering
from consent.saying.answering import BadCondition, Given
from vault import clock

RECIPIENTS = ("lt-prosecution", "pl-prosecution", "icc-otp")
KINDS = ("photo", "medical", "video")
DAYS = ("2027-01-01", "2027-06-30", "2028-01-01T12:00:00Z")


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True)


conditions = st.fixed_dictionaries(
    {},
    optional={
        "identity": st.sampled_from(rules.IDENTITIES),
        "only_recipients": some(RECIPIENTS),
        "except_recipients": some(RECIPIENTS),
        "except_kinds": some(KINDS),
        "onward": st.sampled_from(["not_without_me", "allowed"]),
        "valid_until": st.sampled_from(DAYS),
        "review_on": st.sampled_from(DAYS[:2]),
    },
)
names = st.sets(st.sampled_from(["identity", "only_recipients", "except_recipients", "except_kinds", "valid_until"]))


def allowed(said: dict[str, Any]) -> set[tuple[str, str, str, int]]:
    """Everything that an answer with these conditions lets happen: recipient, kind, day, how far identity is shown."""
    ends = clock.end_of_validity(said["valid_until"]) if "valid_until" in said else None
    strict = rules.IDENTITIES.index(said.get("identity", "named"))
    return {
        (recipient, kind, day, shown)
        for recipient in RECIPIENTS
        if not said.get("only_recipients") or recipient in said["only_recipients"]
        if recipient not in said.get("except_recipients", ())
        for kind in KINDS
        if kind not in said.get("except_kinds", ())
        for day in ("2026-12-31", "2027-03-01", "2027-12-31", "2029-01-01")
        if ends is None or clock.end_of_validity(day) <= ends
        for shown in range(strict, len(rules.IDENTITIES))
    }


@given(conditions, conditions, names)
def test_a_second_yes_allows_no_more_than_each_of_the_two(
    before: dict[str, Any], said: dict[str, Any], dropped: set[str]
) -> None:
    stood = answering.check_conditions(before)
    kept = {name: value for name, value in stood.items() if name not in dropped}
    both = kept.get("only_recipients"), said.get("only_recipients")
    if all(both) and not set(kept["only_recipients"]) & set(said["only_recipients"]):
        with pytest.raises(BadCondition, match="only_recipients"):
            answering.with_standing(stood, Given("granted", said, dropped))
        return
    together = answering.with_standing(stood, Given("granted", said, dropped))
    assert allowed(together) == allowed(kept) & allowed(answering.check_conditions(said))
    if "onward" in kept or said.get("onward"):
        strict = "not_without_me" in (kept.get("onward"), said.get("onward"))
        assert together["onward"] == ("not_without_me" if strict else "allowed")
