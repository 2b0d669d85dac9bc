"""Scoring a measure by its published rule; never a silent zero for an item that nobody answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from mhpss.measures.instruments import Instrument

Answers = Sequence[int | None]
_SYMPTOM = 2


class Alert(StrEnum):
    """What in the answers asks for somebody to look at the risk."""

    ITEM_9 = "item_9"
    ITEM_9_UNANSWERED = "item_9_unanswered"


class BadAnswers(ValueError):
    """Too many or too few answers, or one outside the range; the message says which."""


@dataclass(frozen=True, slots=True)
class Score:
    """What answers come to. `total` None: no score is due, and `reason` says why. Items are counted from 1.

    A criterion is None where missing answers leave it open.
    """

    total: int | None
    band: str | None
    criteria: dict[str, bool | None]
    alerts: tuple[Alert, ...]
    missing: tuple[int, ...]
    reason: str | None = None
    subscales: dict[str, int | None] = field(default_factory=dict)

    def as_value(self) -> dict[str, Any]:
        """The score as JSON has it; reason and subscales only where there are any."""
        value: dict[str, Any] = {
            "total": self.total,
            "band": self.band,
            "criteria": self.criteria,
            "alerts": list(self.alerts),
            "missing": list(self.missing),
        }
        if self.reason is not None:
            value["reason"] = self.reason
        if self.subscales:
            value["subscales"] = self.subscales
        return value


def score(instrument: Instrument, answers: Answers, *, cut_off: int | None = None) -> Score:
    """The score of `answers`, an entry per item (None: not answered); `cut_off` instead of the shipped screen.

    Raises:
        BadAnswers: too many, too few, or out of range.
    """
    _check(instrument, answers)
    missing = tuple(number for number, answer in enumerate(answers, start=1) if answer is None)
    total, reason = _total(instrument, answers, missing)
    screen = _screen(instrument, total, cut_off)
    return Score(
        total=total,
        band=None if total is None else instrument.band(total),
        criteria=_criteria(instrument, answers) | screen,
        alerts=_alerts(instrument, answers),
        missing=missing,
        reason=reason,
        subscales={name: _sum(answers, numbers) for name, numbers in instrument.subscales.items()},
    )


def _check(instrument: Instrument, answers: Answers) -> None:
    if len(answers) != len(instrument.items):
        raise BadAnswers(f"{instrument.title} has {len(instrument.items)} items; {len(answers)} answers were given")
    for number, answer in enumerate(answers, start=1):
        if answer is not None and not instrument.lowest <= answer <= instrument.highest:
            raise BadAnswers(f"item {number}: {answer} is not from {instrument.lowest} to {instrument.highest}")


def _total(instrument: Instrument, answers: Answers, missing: tuple[int, ...]) -> tuple[int | None, str | None]:
    given = [answer for answer in answers if answer is not None]
    if not instrument.summed:
        return None, "this measure has no single total; its subscales are summed apart"
    if len(missing) > instrument.most_missing:
        return None, f"{len(missing)} items are missing; at most {instrument.most_missing} may be"
    # Each missing item is replaced by the mean of the answered ones, and the total is a whole number.
    prorated = Decimal(sum(given)) * len(answers) / len(given)
    return int(prorated.quantize(Decimal(1), ROUND_HALF_UP)) * instrument.factor, None


def _sum(answers: Answers, numbers: Sequence[int]) -> int | None:
    chosen = [answers[number - 1] for number in numbers]
    return None if None in chosen else sum(answer for answer in chosen if answer is not None)


def _screen(instrument: Instrument, total: int | None, cut_off: int | None) -> dict[str, bool | None]:
    if instrument.screen_from is not None:
        return {"screen_positive": None if total is None else total >= (cut_off or instrument.screen_from)}
    if instrument.screen_upto is not None:
        return {"screen_positive": None if total is None else total <= (cut_off or instrument.screen_upto)}
    return {}


def _alerts(instrument: Instrument, answers: Answers) -> tuple[Alert, ...]:
    if instrument.key != "phq-9":
        return ()
    if answers[8] is None:
        return (Alert.ITEM_9_UNANSWERED,)
    return (Alert.ITEM_9,) if answers[8] >= 1 else ()


def _criteria(instrument: Instrument, answers: Answers) -> dict[str, bool | None]:
    rules = {"phq-9": _phq9, "pcl-5": _pcl5, "itq": _itq}
    rule = rules.get(instrument.key)
    if rule is None:
        return {}
    least = rule([instrument.lowest if answer is None else answer for answer in answers])
    most = rule([instrument.highest if answer is None else answer for answer in answers])
    if None not in answers:
        return dict(least)
    # Left open where what was not answered could decide it either way; with exclusions that is more than two cases.
    settled = _settled(instrument, answers, rule)
    return {name: settled.get(name) if least[name] == most[name] else None for name in least}


def _settled(instrument: Instrument, answers: Answers, rule: Any) -> dict[str, bool | None]:
    """The criteria that come out alike whether each missing item is a symptom or not."""
    missing = [place for place, answer in enumerate(answers) if answer is None]
    if len(missing) > 10:
        return {}
    found: dict[str, set[bool]] = {}
    for choice in range(2 ** len(missing)):
        filled = list(answers)
        for bit, place in enumerate(missing):
            filled[place] = instrument.highest if choice >> bit & 1 else instrument.lowest
        for name, holds in rule(filled).items():
            found.setdefault(name, set()).add(holds)
    return {name: holds.pop() if len(holds) == 1 else None for name, holds in found.items()}


def _phq9(answers: Sequence[int]) -> dict[str, bool]:
    """Major depressive syndrome: item 1 or 2 at 2 or more, and five of nine; other: two to four (PHQ-9 algorithm)."""
    count = sum(answer >= _SYMPTOM for answer in answers[:8]) + (answers[8] >= 1)
    cardinal = answers[0] >= _SYMPTOM or answers[1] >= _SYMPTOM
    return {
        "major_depressive_syndrome": cardinal and count >= 5,
        "other_depressive_syndrome": cardinal and 2 <= count <= 4,
    }


def _pcl5(answers: Sequence[int]) -> dict[str, bool]:
    """Provisional PTSD: one symptom of cluster B, one of C, two of D, two of E (DSM-5)."""
    clusters = ((0, 5, 1), (5, 7, 1), (7, 14, 2), (14, 20, 2))
    holds = all(sum(answer >= _SYMPTOM for answer in answers[start:end]) >= least for start, end, least in clusters)
    return {"provisional_ptsd": holds}


def _itq(answers: Sequence[int]) -> dict[str, bool]:
    """PTSD or complex PTSD by ICD-11: never both, and disturbances of self-organisation alone are neither."""

    def any_of(*numbers: int) -> bool:
        return any(answers[number - 1] >= _SYMPTOM for number in numbers)

    ptsd = any_of(1, 2) and any_of(3, 4) and any_of(5, 6) and any_of(7, 8, 9)
    dso = any_of(10, 11) and any_of(12, 13) and any_of(14, 15) and any_of(16, 17, 18)
    return {"ptsd": ptsd and not dso, "cptsd": ptsd and dso}


@dataclass(frozen=True, slots=True)
class Change:
    """What two totals say: reliably_better, no_reliable_change, reliably_worse, or None where unpublished."""

    difference: int
    verdict: str | None
    recovered: bool


def change(instrument: Instrument, before: int, after: int) -> Change:
    """Whether somebody is reliably better or worse; recovered only where a caseness cut-off was crossed as well."""
    difference = after - before
    if instrument.reliable_change is None:
        return Change(difference, None, recovered=False)
    gain = difference if instrument.higher_is_better else -difference
    if abs(gain) < instrument.reliable_change:
        return Change(difference, "no_reliable_change", recovered=False)
    if gain < 0:
        return Change(difference, "reliably_worse", recovered=False)
    return Change(difference, "reliably_better", _is_case(instrument, before) and not _is_case(instrument, after))


def _is_case(instrument: Instrument, total: int) -> bool:
    if instrument.caseness is None:
        return False
    return total <= instrument.caseness if instrument.higher_is_better else total >= instrument.caseness
