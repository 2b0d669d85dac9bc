"""The state machine of referrals, read from its table: who may move one, from where to where, on which condition."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class ReferralState(StrEnum):
    """How far a referral has come; the table says which way each leads on."""

    DRAFT = "draft"
    AWAITING_CONSENT = "awaiting_consent"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    SCHEDULED = "scheduled"
    ATTENDED = "attended"
    NO_SHOW = "no_show"
    IN_SERVICE = "in_service"
    ON_HOLD = "on_hold"
    CANCEL_REQUESTED = "cancel_requested"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    LOST = "lost"
    EXPIRED = "expired"
    RECALLED = "recalled"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REDIRECTED = "redirected"
    ENTERED_IN_ERROR = "entered_in_error"
    DECLINED_BY_PERSON = "declined_by_person"


class Party(StrEnum):
    """Who moves a referral, as the table names them."""

    CLINICIAN = "RC"
    SERVICE = "RS"
    PERSON = "SV"
    SUPERVISOR = "SUP"
    CLOCK = "clock"


class Urgency(StrEnum):
    """How soon a referral has to be answered."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    NORMAL = "normal"


class Condition(StrEnum):
    """What has to hold for a step."""

    SERVICE_OPEN = "service_open"
    CONSENT = "consent"
    PAST_REMINDERS = "past_reminders"


_BEFORE = "BEFORE"


@dataclass(frozen=True, slots=True)
class Times:
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


def open_states() -> tuple[ReferralState, ...]:
    """The states in which a referral is under way."""
    return tuple(map(ReferralState, _table()["open"]))


def shows_identity(state: str) -> bool:
    """Whether the receiving service may know in this state who the person is."""
    return state in _table()["identity"]


def times(urgency: str) -> Times:
    """The times of an urgency.

    Raises:
        KeyError: there is none of that name.
    """
    row = _table()["urgency"][urgency]
    return Times(timedelta(hours=row["flag"]), timedelta(hours=row["due"]), row["reminders"])


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
    return {"OPEN": open_states(), "ENDED": tuple(_table()["ended"]), "ANY": tuple(ReferralState)}


def _rows(state: str) -> list[Mapping[str, Any]]:
    return [row for row in _table()["moves"] if any(state in _groups().get(each, (each,)) for each in row["from"])]
