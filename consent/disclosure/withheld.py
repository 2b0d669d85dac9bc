"""The schedule of what was withheld: by reason on the desk, by group for the recipient."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from consent.disclosure.check import Obstacle
from consent.disclosure.release import WithheldCount
from consent.rules import ReasonCode


class WithheldGroup(StrEnum):
    """Why items were withheld, as a recipient learns it."""

    NO_PERMISSION = "no_permission"
    PEOPLE_NOT_ESTABLISHED = "people_not_established"
    UNKNOWN = "unknown"
    NOT_READY = "not_ready"


# What a recipient learns. A count of one must not tell that somebody is in hiding, so refusals and holds are one group.
_GROUPS: Mapping[str, WithheldGroup] = {
    ReasonCode.UNKNOWN_ITEM: WithheldGroup.UNKNOWN,
    ReasonCode.SUBJECTS_NOT_ESTABLISHED: WithheldGroup.PEOPLE_NOT_ESTABLISHED,
    Obstacle.NO_DIGEST: WithheldGroup.NOT_READY,
    Obstacle.NO_COPY: WithheldGroup.NOT_READY,
}


@dataclass(frozen=True, slots=True)
class Group:
    """How many items were withheld for reasons of one group, and how many of them may exonerate somebody."""

    reason: WithheldGroup
    items: int
    may_exonerate: int

    def as_value(self) -> dict[str, Any]:
        """As the certificate has it."""
        return {"reason": self.reason, "items": self.items, "may_exonerate": self.may_exonerate}


def schedule(counts: Iterable[WithheldCount]) -> list[Group]:
    """The schedule that goes with a release."""
    items: Counter[str] = Counter()
    exonerating: Counter[str] = Counter()
    for count in counts:
        group = _GROUPS.get(count.reason, WithheldGroup.NO_PERMISSION)
        items[group] += count.items
        exonerating[group] += count.may_exonerate
    return [Group(group, items[group], exonerating[group]) for group in WithheldGroup if items[group]]
