"""The curve of a measure as a picture: bands behind, totals over time, and the line of reliable change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mhpss.measures import instruments
from mhpss.measures.instruments import Instrument
from mhpss.measuring import Point

_LEFT, _RIGHT, _TOP, _BOTTOM = 20, 680, 16, 226
# The bands' names stand to the right of the last dot.
_NAMES = 130
# More than so many dots are not all named: they would stand on each other.
_NAMED = 9


@dataclass(frozen=True, slots=True)
class Frame:
    """Where everything in the picture stands, in the picture's own units."""

    width: int = _RIGHT + _LEFT
    height: int = _BOTTOM + 24
    left: int = _LEFT
    band_width: int = _RIGHT - _LEFT
    names_end: int = _RIGHT - 6
    guide_end: int = _RIGHT - _NAMES
    months: int = _BOTTOM + 20


@dataclass(frozen=True, slots=True)
class Dot:
    """A total in the picture."""

    x: int
    y: int
    total: int
    at: datetime
    named: bool


@dataclass(frozen=True, slots=True)
class Stripe:
    """A band in the picture; `shade` 1 to 5 from the lightest."""

    y: int
    height: int
    key: str
    shade: int


@dataclass(frozen=True, slots=True)
class Curve:
    """What the template draws. `guide` is where reliable change begins, None where none is published."""

    instrument: Instrument
    points: Sequence[Point]
    dots: tuple[Dot, ...]
    stripes: tuple[Stripe, ...]
    guide: int | None
    frame: Frame = Frame()

    @property
    def line(self) -> str:
        """The dots as the points of a polyline."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


def draw(key: str, points: Sequence[Point]) -> Curve:
    """The picture of one measure."""
    instrument = instruments.instrument(key)
    scored = [(point.measure.at, point.total) for point in points if point.total is not None]
    step = (_RIGHT - _LEFT - 30 - _NAMES) / max(len(scored) - 1, 1)
    every = -(-len(scored) // _NAMED)
    dots = tuple(
        Dot(
            x=round(_LEFT + 30 + place * step),
            y=_height(instrument, total),
            total=total,
            at=at,
            named=(len(scored) - 1 - place) % max(every, 1) == 0,
        )
        for place, (at, total) in enumerate(scored)
    )
    return Curve(instrument, points, dots, _stripes(instrument), _guide(instrument, dots))


def _height(instrument: Instrument, total: float) -> int:
    lowest, highest = instrument.range
    return round(_BOTTOM - (total - lowest) / (highest - lowest) * (_BOTTOM - _TOP))


def _stripes(instrument: Instrument) -> tuple[Stripe, ...]:
    lower = instrument.range[0]
    stripes = []
    count = len(instrument.bands)
    for place, band in enumerate(instrument.bands):
        top, bottom = _height(instrument, band.upto), _height(instrument, lower)
        worse = count - place if instrument.higher_is_better else place + 1
        stripes.append(Stripe(top, bottom - top, band.key, max(1, round(worse * 5 / count))))
        lower = band.upto
    return tuple(stripes)


def _guide(instrument: Instrument, dots: Sequence[Dot]) -> int | None:
    if instrument.reliable_change is None or len(dots) < 2:
        return None
    gain = instrument.reliable_change if instrument.higher_is_better else -instrument.reliable_change
    lowest, highest = instrument.range
    wanted = dots[0].total + gain
    return _height(instrument, wanted) if lowest <= wanted <= highest else None
