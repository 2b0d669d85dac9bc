"""The schedule of what was withheld: by reason on the desk, by group for the recipient."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from consent.disclosure.check import NO_COPY, NO_DIGEST
from consent.disclosure.release import WithheldCount

# What a recipient learns. A count of one must not tell that somebody is in hiding, so refusals and holds are one group.
_GROUPS = {
    "unknown_item": "unknown",
    "subjects_not_established": "people_not_established",
    NO_DIGEST: "not_ready",
    NO_COPY: "not_ready",
}
GROUPS = ("no_permission", "people_not_established", "unknown", "not_ready")


@dataclass(frozen=True, slots=True)
class Group:
    """How many items were withheld for reasons of one group, and how many of them may exonerate somebody."""

    reason: str
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
        group = _GROUPS.get(count.reason, "no_permission")
        items[group] += count.items
        exonerating[group] += count.may_exonerate
    return [Group(group, items[group], exonerating[group]) for group in GROUPS if items[group]]
