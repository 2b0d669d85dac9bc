"""Instruments as data: items, range, bands, cut-offs and what counts as reliable change. No item wording of others."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any


class BadMeasure(ValueError):
    """A measure's file that cannot be used; the message names the file and what is wrong."""


class UnknownMeasure(LookupError):
    """No instrument of that key is known."""


@dataclass(frozen=True, slots=True)
class Band:
    """Totals up to `upto` are in the band `key`; a screening aid and never a diagnosis."""

    key: str
    upto: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """One measure. `items` are our own short names for the clinician; `factor` turns the raw sum into the total.

    `reliable_change` is the least difference that is more than error (None: not published or not seen);
    `caseness` the total from which (or, where higher is better, up to which) somebody counts as a case.
    """

    key: str
    title: str
    items: tuple[str, ...]
    lowest: int
    highest: int
    period: str
    licence: str
    source: str
    languages: Mapping[str, str]
    version: str = "1"
    factor: int = 1
    higher_is_better: bool = False
    summed: bool = True
    bands: tuple[Band, ...] = ()
    screen_from: int | None = None
    screen_upto: int | None = None
    caseness: int | None = None
    significant_upto: int | None = None
    reliable_change: int | None = None
    most_missing: int = 0
    subscales: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def range(self) -> tuple[int, int]:
        """The least and the greatest total."""
        return self.lowest * len(self.items) * self.factor, self.highest * len(self.items) * self.factor

    def band(self, total: int) -> str | None:
        """The band that a total lies in; None where the instrument has none."""
        return next((band.key for band in self.bands if total <= band.upto), None)


def use(folder: Path) -> None:
    """Take a clinic's own measures from the TOML files in `folder`, beside those that ship or over them.

    A file with the key of a shipped measure changes what it names, such as a cut-off that is to be confirmed.

    Raises:
        BadMeasure: a file that cannot be used.
    """
    _own.clear()
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            entry = tomllib.loads(path.read_text(encoding="utf-8"))
            entry = _shipped().get(entry["key"], {}) | entry
            _own[entry["key"]] = _checked(_read(dict(entry)))
        except (KeyError, TypeError, ValueError) as error:
            raise BadMeasure(f"{path}: {error}") from error
    instruments.cache_clear()


_own: dict[str, Instrument] = {}


@cache
def instruments() -> Mapping[str, Instrument]:
    """Every instrument, by key: those that ship, and the clinic's own."""
    shipped = {key: _read(dict(entry)) for key, entry in _shipped().items()}
    return dict(sorted((shipped | _own).items()))


@cache
def _shipped() -> Mapping[str, dict[str, Any]]:
    folder = resources.files("mhpss.measures") / "data"
    entries = [
        tomllib.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir() if path.name.endswith(".toml")
    ]
    return {entry["key"]: entry for entry in entries}


def _checked(measure: Instrument) -> Instrument:
    if not measure.items or measure.lowest >= measure.highest:
        raise ValueError("a measure has items, and an answer has a lowest and a highest value")
    if [band.upto for band in measure.bands] != sorted({band.upto for band in measure.bands}):
        raise ValueError("each band ends above the one before")
    if measure.bands and measure.bands[-1].upto < measure.range[1]:
        raise ValueError("the last band ends with the highest total")
    return measure


def instrument(key: str) -> Instrument:
    """The instrument of that key.

    Raises:
        UnknownMeasure: there is none.
    """
    try:
        return instruments()[key.strip().lower()]
    except KeyError as error:
        raise UnknownMeasure(key) from error


def _read(entry: dict[str, Any]) -> Instrument:
    bands = tuple(Band(key, upto) for key, upto in entry.pop("bands", {}).items())
    subscales = {name: tuple(numbers) for name, numbers in entry.pop("subscales", {}).items()}
    return Instrument(**entry | {"items": tuple(entry["items"]), "bands": bands, "subscales": subscales})
