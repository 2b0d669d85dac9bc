"""What was asked for: a bar for each figure, with where it is asked, or why nothing is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_SPEED = "70-operation.md, Speed"


class Figure(StrEnum):
    """What is measured."""

    MAY = "may"
    ONE_DECISION = "one_decision"
    TEN_THOUSAND = "ten_thousand"
    SELECTION = "selection"
    VERIFY = "verify"
    WITHDRAWAL = "withdrawal"
    WITHDRAWAL_OF_MANY = "withdrawal_of_many"
    OFFICERS_PAGE = "officers_page"
    SURVIVORS_PAGE = "survivors_page"
    CATCHING_UP = "catching_up"
    DENYING = "denying"
    CASELOAD = "caseload"
    CASES = "cases"
    CASE = "case"
    HISTORY = "history"
    LIST = "list"
    LIST_FILE = "list_file"
    REPORT_INSIDE = "report_inside"
    REPORT_RELEASED = "report_released"


@dataclass(frozen=True)
class Bar:
    """What is asked of a figure, or of its `ratio` to the one beside it; `given_up` names the decision record."""

    asked: str
    source: str
    below: float | None = None
    at_least: float | None = None
    of_ratio: bool = False
    given_up: str = ""

    def is_met(self, value: float, ratio: float | None) -> bool:
        """Whether a figure and its ratio are on the right side."""
        told = ratio if self.of_ratio else value
        if told is None:
            return False
        return (self.below is None or told < self.below) and (self.at_least is None or told >= self.at_least)


_PAGE = Bar("under 150 ms", _SPEED, below=0.15)

BARS: Mapping[Figure, tuple[Bar, ...]] = {
    Figure.MAY: (Bar("150,000/s", _SPEED, at_least=150_000),),
    Figure.ONE_DECISION: (Bar("500/s (2 ms each)", _SPEED, at_least=500),),
    Figure.TEN_THOUSAND: (Bar("under 0.25 s", _SPEED, below=0.25),),
    Figure.WITHDRAWAL: (
        Bar("under 3 inserts", "bench/ledger.py until 2026-11", below=3, of_ratio=True, given_up="013"),
        Bar("under 8 inserts", _SPEED, below=8, of_ratio=True),
        Bar("under 2 ms", _SPEED, below=0.002),
    ),
    Figure.WITHDRAWAL_OF_MANY: (Bar("no more than of few (1.25)", _SPEED, below=1.25, of_ratio=True),),
    Figure.OFFICERS_PAGE: (_PAGE,),
    Figure.SURVIVORS_PAGE: (_PAGE,),
    Figure.CATCHING_UP: (Bar("25,000 changes/s", _SPEED, at_least=25_000),),
    Figure.DENYING: (Bar("under 0.6 s", _SPEED, below=0.6),),
    Figure.CASELOAD: (_PAGE,),
    Figure.CASES: (_PAGE,),
    Figure.CASE: (_PAGE,),
    Figure.HISTORY: (_PAGE,),
    Figure.LIST: (_PAGE,),
}

WITHOUT_BAR: Mapping[Figure, str] = {
    Figure.LIST_FILE: "nobody asked for a time; it is taken along now and then, and every person in it is written down",
    Figure.SELECTION: "what is asked is a ratio to the best set-based SQL, which is not measured",
    Figure.VERIFY: "it is done at leisure, and has to look at everything",
    Figure.REPORT_INSIDE: "nobody asked for a time; a partner lead reads it once a quarter",
    Figure.REPORT_RELEASED: "nobody asked for a time; a period is released once",
}

# Asked for in 70-operation.md under Speed, and of no figure yet.
NOT_MEASURED: tuple[str, ...] = (
    "a decision 5× faster than indexed SQL, 20× than Cedar's batch call, 10× than Casbin's fast enforcer",
    "a selection of 2,000,000 items 15× (bitmap) and 10× (NDJSON) faster than the best set-based SQL, first byte under"
    " 50 ms, in constant memory",
    "a withdrawal that waits under 100 ms (p99) while four stores register",
    "200 stores that follow, p99 under 3 s",
    "registering 2,000,000 items at a tenth of a bare bulk insert",
    "2,000,000 items from a signed snapshot in under a minute",
    "any page in under 25 statements",
    "a worker that is ready in under 5 s, and under 420 MB after an hour",
)
