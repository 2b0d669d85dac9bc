"""State machines as data: which act leads from which state where, who may do it, and for whom a state waits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Act:
    """An act: the states it is done in, where it leads (nowhere else: None), and the roles that do it.

    The role "clock" is the portal itself, "store" an evidence store.
    """

    sources: tuple[StrEnum, ...]
    to: StrEnum | None
    by: tuple[str, ...]


class StateMachine:
    """The acts of something that has a state, which begins in the first.

    `waits_for` names, by state, the role in whose *Today* it shows; no act leads out of a state that is `final`.
    """

    def __init__(
        self,
        states: type[StrEnum],
        acts: Mapping[str, Act],
        *,
        final: Collection[StrEnum],
        waits_for: Mapping[StrEnum, str],
    ) -> None:
        self.states, self.acts, self.final, self.waits_for = tuple(states), acts, frozenset(final), waits_for

    def allows(self, state: str, act: str) -> bool:
        """Whether the act is done in that state.

        Raises:
            KeyError: the machine has no such act.
        """
        return state in self.acts[act].sources

    def acts_in(self, state: str) -> tuple[str, ...]:
        """The acts that are done in a state."""
        return tuple(name for name, act in self.acts.items() if state in act.sources)

    def ways(self, state: str) -> frozenset[StrEnum]:
        """The other states that acts lead to from a state; empty for a final one."""
        return frozenset(act.to for act in self.acts.values() if state in act.sources and act.to not in (None, state))
