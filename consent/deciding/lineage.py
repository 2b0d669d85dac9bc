"""What items are made from, as it will stand once a call is applied: no circles, and nothing too deep to walk."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from consent.ledger.items import Link

# How many items may lie one below another under an item: whoever decides about it has to walk them.
MOST_BELOW = 1000


@dataclass(slots=True)
class ItemState:
    """An item as it stands, or will once this call is applied."""

    item_id: int | None
    kind: str | None
    no_data_subject: bool
    sha256: str | None
    registered: bool
    links: frozenset[Link]
    sources: frozenset[str]


ABSENT = ItemState(None, None, False, None, False, frozenset(), frozenset())


class Lineage:
    """Items by name as they will stand, with everything they are made from and all that is made from them."""

    def __init__(self, states: dict[str, ItemState]) -> None:
        self._states = states
        self._made_from: dict[str, set[str]] = {}
        for name, state in states.items():
            for source in state.sources:
                self._made_from.setdefault(source, set()).add(name)
        self._below: dict[str, int] = {}
        self._above: dict[str, int] = {}

    def state(self, name: str) -> ItemState:
        """What is known of an item; nothing is where it was never named."""
        return self._states.get(name, ABSENT)

    def take(self, name: str, state: ItemState) -> None:
        """From now on the item stands so."""
        before = self.state(name).sources
        self._states[name] = state
        if state.sources == before:
            return
        for source in before - state.sources:
            self._made_from[source].discard(name)
        for source in state.sources - before:
            self._made_from.setdefault(source, set()).add(name)
        self._above.clear()
        self._below.pop(name, None)
        if self._made_from.get(name):
            self._below.clear()

    def closes_circle(self, name: str, sources: frozenset[str]) -> bool:
        """Whether the item would be made from itself."""
        if name in sources:
            return True
        if not self._made_from.get(name) or sources <= self.state(name).sources:
            return False
        seen: set[str] = set()
        edge = list(sources)
        while edge:
            source = edge.pop()
            if source == name:
                return True
            if source not in seen:
                seen.add(source)
                edge.extend(self.state(source).sources)
        return False

    def is_too_deep(self, name: str, sources: frozenset[str]) -> bool:
        """Whether more than MOST_BELOW items would lie one below another under some item. What it has it may keep."""
        if sources <= self.state(name).sources:
            return False
        below = max(_longest(source, lambda each: self.state(each).sources, self._below) for source in sources)
        return below + _longest(name, lambda each: self._made_from.get(each, ()), self._above) - 1 > MOST_BELOW


def _longest(first: str, following: Callable[[str], Collection[str]], lengths: dict[str, int]) -> int:
    """How many items the longest way on from `first` has, itself among them; `lengths` remembers."""
    stack = [first]
    while stack:
        name = stack[-1]
        waiting = [each for each in following(name) if each not in lengths]
        if waiting:
            stack.extend(waiting)
            continue
        lengths[name] = 1 + max((lengths[each] for each in following(name)), default=0)
        stack.pop()
    return lengths[first]
