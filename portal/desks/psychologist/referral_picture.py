"""The state machine of referrals as a picture: states down a spine, the desk's moves left of it, all others right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mhpss.referral import referral_table
from mhpss.referral.referral_table import Move, Party, ReferralState

# The box of a state, and the room between two.
_WIDTH, _HEIGHT, _STEP, _TOP = 280, 26, 40, 14
_LEFT = 265
# How far an arc bulges for each state that it passes, and at most.
_BULGE, _WIDEST = 26, 270
# The arrow of a row that is for a whole group of states.
_ARROW = 40
_DESK = frozenset({Party.CLINICIAN, Party.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Box:
    """A state in the picture; `known` where the receiving service may know who the person is."""

    state: str
    x: int
    y: int
    known: bool

    @property
    def middle(self) -> int:
        """Where its text stands."""
        return self.y + _HEIGHT // 2 + 5


@dataclass(frozen=True, slots=True)
class Arc:
    """A move from one state to another, as the path that draws it; `party` decides how it is dashed."""

    path: str
    party: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The arrow into a state from every state of a group, with the place of its word."""

    path: str
    party: str
    group: str
    x: int
    y: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What the template draws."""

    boxes: tuple[Box, ...]
    arcs: tuple[Arc, ...]
    entries: tuple[Entry, ...]
    width: int
    height: int
    box_width: int = _WIDTH
    box_height: int = _HEIGHT


def draw() -> Picture:
    """The picture of the table as it stands. A row for a whole group of states is one arrow with the group's name."""
    states = tuple(ReferralState)
    boxes: dict[str, Box] = {
        state: Box(state, _LEFT, _TOP + place * _STEP, referral_table.shows_identity(state))
        for place, state in enumerate(states)
    }
    moves = referral_table.moves()
    arcs = tuple(arc for move in moves if not move.group for arc in _arcs(move, boxes))
    entries = tuple(entry for move in moves if move.group for entry in _entries(move, boxes))
    return Picture(tuple(boxes.values()), arcs, entries, 2 * _LEFT + _WIDTH, 2 * _TOP + len(states) * _STEP)


def _entries(move: Move, boxes: Mapping[str, Box]) -> Iterator[Entry]:
    for target in move.targets:
        for place, party in enumerate(move.parties):
            left, y = party in _DESK, boxes[target].y + 8 + 10 * place
            edge = _LEFT if left else _LEFT + _WIDTH
            start = edge - _ARROW if left else edge + _ARROW
            word = start - 6 if left else start + 6
            yield Entry(f"M {start} {y} L {edge} {y}", party, move.group, word, y + 5, "end" if left else "start")


def _arcs(move: Move, boxes: Mapping[str, Box]) -> Iterator[Arc]:
    for source in move.sources:
        for target in move.targets:
            if target in boxes and target != source:
                for party in move.parties:
                    yield Arc(_path(boxes[source], boxes[target], left=party in _DESK), party)


def _path(source: Box, target: Box, *, left: bool) -> str:
    bulge = min(_WIDEST, _BULGE * abs(target.y - source.y) // _STEP + 14)
    edge = source.x if left else source.x + _WIDTH
    control = edge - bulge if left else edge + bulge
    # Leaving a little below the middle and arriving a little above it keeps both directions apart.
    start, end = source.y + _HEIGHT * 2 // 3, target.y + _HEIGHT // 3
    return f"M {edge} {start} C {control} {start} {control} {end} {edge} {end}"
