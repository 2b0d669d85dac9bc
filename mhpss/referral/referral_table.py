"""The state machine of referrals, read from its table: who may move one, from where to where, on which condition."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

PARTIES = ("RC", "RS", "SV", "SUP", "clock")
_BEFORE = "BEFORE"


@dataclass(frozen=True, slots=True)
class Urgency:
    """How long silence may last: until it is flagged, until an answer is due, and how many reminders follow."""

    flag: timedelta
    due: timedelta
    reminders: int

    @property
    def lapses_after(self) -> timedelta:
        """When a referral without an answer lapses: a period for the answer and one for each reminder."""
        return self.due * (1 + self.reminders)


@dataclass(frozen=True, slots=True)
class Move:
    """A row of the table: `group` is OPEN, ENDED or ANY where the row is for a whole group of states, else empty."""

    sources: tuple[str, ...]
    group: str
    targets: tuple[str, ...]
    parties: tuple[str, ...]
    condition: str


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("mhpss.referral") / "referral_states.toml").read_text(encoding="utf-8"))


def open_states() -> tuple[str, ...]:
    """The states in which a referral is under way."""
    return tuple(_table()["open"])


def states() -> tuple[str, ...]:
    """Every state, from the first."""
    table = _table()
    return (*table["open"], *table["ended"], *table["over"])


def shows_identity(state: str) -> bool:
    """Whether the receiving service may know in this state who the person is."""
    return state in _table()["identity"]


def urgency(key: str) -> Urgency:
    """The times of an urgency.

    Raises:
        KeyError: there is none of that name.
    """
    row = _table()["urgency"][key]
    return Urgency(timedelta(hours=row["flag"]), timedelta(hours=row["due"]), row["reminders"])


def urgencies() -> tuple[str, ...]:
    """The names of the urgencies, the most pressing first."""
    return tuple(_table()["urgency"])


def needs(to: str) -> str:
    """What a step to that state has to bring along: a reason, an appointment, a review_on, or nothing."""
    return str(_table()["needs"].get(to, ""))


def condition(state: str, to: str) -> str:
    """The name of what must hold for a step, or nothing."""
    return str(next((row.get("condition", "") for row in _rows(state) if to in row["to"]), ""))


def ways(state: str, party: str, before: str | None = None) -> tuple[str, ...]:
    """Where `party` may move a referral from `state`; `before` is the state that a request to cancel came from."""
    found = [to for row in _rows(state) if party in row["who"] for to in row["to"]]
    named = [(before or "") if to == _BEFORE else to for to in found]
    return tuple(dict.fromkeys(to for to in named if to))


def moves() -> tuple[Move, ...]:
    """The table row by row, for whoever draws or lists it; the state before a request to cancel is "BEFORE"."""
    return tuple(
        Move(
            sources=_groups().get(row["from"][0], tuple(row["from"])),
            group=row["from"][0] if row["from"][0] in _groups() else "",
            targets=tuple(row["to"]),
            parties=tuple(row["who"]),
            condition=row.get("condition", ""),
        )
        for row in _table()["moves"]
    )


def _groups() -> Mapping[str, tuple[str, ...]]:
    return {"OPEN": open_states(), "ENDED": tuple(_table()["ended"]), "ANY": states()}


def _rows(state: str) -> list[Mapping[str, Any]]:
    return [row for row in _table()["moves"] if any(state in _groups().get(each, (each,)) for each in row["from"])]
