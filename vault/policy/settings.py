"""What a value of law or policy is: its type, what it may be and by whose word, and who may change it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from types import MappingProxyType
from typing import Generic, TypeVar

Value = TypeVar("Value", timedelta, int, time)

_UNITS: Mapping[str, timedelta] = MappingProxyType(
    {"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1), "s": timedelta(seconds=1)}
)
_DURATION = re.compile(r"([0-9]{1,7}) ?(d|h|min|s)")
_HOUR = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value]):
    """A value of law or policy: a duration, a number, or an hour of the day.

    It is `least` to `most`; `bound` names the article or the guideline that says so. `who` are the roles that may
    change it: nobody where the law leaves no choice. `meaning` says what it decides.
    """

    key: str
    default: Value
    least: Value
    most: Value
    bound: str
    who: tuple[str, ...]
    meaning: str

    def __post_init__(self) -> None:
        if not self.least <= self.default <= self.most:
            raise ValueError(f"{self.key}: its default is out of its own bounds")
        if bool(self.who) == self.is_fixed:
            raise ValueError(f"{self.key}: somebody may change it, or the law leaves no choice")

    @property
    def is_fixed(self) -> bool:
        """Whether the law leaves no choice."""
        return self.least == self.most

    @property
    def fixed(self) -> Value:
        """The one value that the law allows: what pure functions may read without asking for a moment.

        Raises:
            TypeError: there is a choice.
        """
        if not self.is_fixed:
            raise TypeError(f"{self.key} has to be read at a moment")
        return self.default

    def read(self, text: str) -> Value:
        """The value that `text` names: "14 d", "24 h", "15 min", "60 s"; "10"; "07:00".

        Raises:
            ValueError: none of this setting's type.
        """
        if isinstance(self.default, timedelta):
            if found := _DURATION.fullmatch(text):
                return int(found[1]) * _UNITS[found[2]]
        elif isinstance(self.default, time):
            if found := _HOUR.fullmatch(text):
                return time(int(found[1]), int(found[2]))
        elif re.fullmatch(r"[0-9]{1,7}", text):
            return int(text)
        raise ValueError(text)


def written(value: timedelta | int | time) -> str:
    """A value as `Setting.read` reads it, a duration in the largest unit that fits."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, int):
        return str(value)
    name, unit = next((name, unit) for name, unit in _UNITS.items() if not value % unit)
    return f"{value // unit} {name}"
