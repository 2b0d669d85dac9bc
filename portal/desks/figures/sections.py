"""A report laid out for reading: a section for each indicator, in words, alike on the page, on paper and in files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from mhpss.figures.means import HELD
from mhpss.figures.population import KINDS, REASONS
from mhpss.figures.report import Report
from mhpss.figures.tables import COLUMNS, PEOPLE, WAYS, WHOLE
from mhpss.measures import instruments
from portal.desks.figures.words import (
    COLUMN_WORDS,
    COUNTRY_WORDS,
    HIDDEN,
    INDICATOR_WORDS,
    KIND_NAMES,
    LAYER_NAMES,
    NOT_DUE,
    NOTE_WORDS,
    WAY_WORDS,
)
from portal.words.consent import language
from portal.words.support import GOALS_TITLE

Place = tuple[str, str]
_SHARES = {
    "engagement": (("engagement", "dropped_out"), PEOPLE),
    "referrals": (("referrals", "completed"), ("referrals", "made")),
    "outcome": (("", "reliably_better"), ("", "all")),
    "satisfaction": (("", "yes"), ("", "all")),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One table. Each row is its name and a text for each heading but the first; `bars` are counts to be drawn."""

    key: str
    title: str
    broken_down: str
    note: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    bars: tuple[tuple[str, int | None], ...]

    @property
    def heading(self) -> str:
        """The title, with how it is broken down where it is."""
        return f"{self.title}: {self.broken_down}" if self.broken_down else self.title


def of(report: Report, names: Mapping[str, str], ways: tuple[str, ...] = WAYS) -> list[Section]:
    """The sections of a report, in the reader's language; `names` are the partners'."""
    found = [_section(report, indicator, way, names) for indicator in report.layout.indicators for way in ways]
    return [*found, _services(report), _reasons(report)]


def _section(report: Report, indicator: str, way: str, names: Mapping[str, str]) -> Section:
    kind, measure = (*indicator.split(":"), "")[:2]
    columns = list(_columns(report, indicator))
    places = [WHOLE, *((way, row) for row in report.layout.rows(way))]
    return Section(
        key=f"{kind}-{measure}-{way}" if measure else f"{kind}-{way}",
        title=_measure_title(measure) if measure else str(INDICATOR_WORDS[kind]),
        broken_down=str(WAY_WORDS[way]),
        note=str(NOTE_WORDS[kind]),
        headings=(str(WAY_WORDS[way]), *(_heading(*column) for column in columns)),
        rows=tuple(
            (_row_name(place, names), tuple(_text(report, column, place) for column in columns)) for place in places
        ),
        bars=tuple(
            (_heading(indicator, name, "count"), report.cell(indicator, name))
            for name in report.layout.columns(indicator)
        ),
    )


def _columns(report: Report, indicator: str) -> Iterator[tuple[str, str, str]]:
    """Indicator, name, and what it is: a count, a mean or a share."""
    kind = indicator.partition(":")[0]
    if kind in ("people", "engagement", "sessions"):
        yield (*PEOPLE, "count")
    elif kind == "waiting":
        yield "people", "new", "count"
        yield indicator, "none_yet", "count"
        yield indicator, "begun", "count"
    else:
        yield indicator, "made" if kind == "referrals" else "all", "count"
    for name in report.layout.columns(indicator):
        yield indicator, name, "count"
    for name in {"waiting": ("median",), "sessions": HELD}.get(kind, ()):
        yield indicator, name, "mean"
    if kind in _SHARES and report.layout.columns(indicator):
        yield indicator, _SHARES[kind][0][1], "share"
    if kind == "outcome":
        for name in ("first", "last", "effect"):
            yield indicator, name, "mean"


def _heading(indicator: str, name: str, what: str) -> str:
    words = str(COLUMN_WORDS[indicator.partition(":")[0], name])
    return f"{words}, %" if what == "share" else words


def _text(report: Report, column: tuple[str, str, str], place: Place) -> str:
    indicator, name, what = column
    if what == "count":
        count = report.cell(indicator, name, place)
        return HIDDEN if count is None else str(count)
    if what == "share":
        (part_of, part), (whole_of, whole) = _SHARES[indicator.partition(":")[0]]
        share = report.share((part_of or indicator, part), (whole_of or indicator, whole), place)
        return NOT_DUE if share is None else str(share)
    value = report.mean(indicator, name, place)
    return NOT_DUE if value is None else _number(value, {"first": 1, "last": 1, "effect": 2}.get(name, 0))


def _number(value: int, places: int) -> str:
    text = f"{value / 10**places:.{places}f}"
    return text if language() == "en" else text.replace(".", ",")


def _measure_title(key: str) -> str:
    if key == "goals":
        return str(GOALS_TITLE)
    known = instruments.instruments().get(key)
    return key if known is None else known.title


def _row_name(place: Place, names: Mapping[str, str]) -> str:
    way, row = place
    if place == WHOLE:
        return str(_("All"))
    if way == "partner":
        return names.get(row, row)
    return str((COUNTRY_WORDS if way == "country" else LAYER_NAMES)[row])


def _services(report: Report) -> Section:
    columns = [("referrals", name, "count") for name in ("made", *COLUMNS["referrals"])]
    places = [WHOLE, *(("service", kind) for kind in KINDS)]
    return Section(
        key="service",
        title=str(INDICATOR_WORDS["service"]),
        broken_down="",
        note=str(NOTE_WORDS["referrals"]),
        headings=(str(INDICATOR_WORDS["service"]), *(_heading(*column) for column in columns)),
        rows=tuple(
            (
                _row_name(place, {}) if place == WHOLE else str(KIND_NAMES[place[1]]),
                tuple(_text(report, column, place) for column in columns),
            )
            for place in places
        ),
        bars=tuple((str(KIND_NAMES[kind]), report.cell("referrals", "made", ("service", kind))) for kind in KINDS),
    )


def _reasons(report: Report) -> Section:
    counted = [(_heading("referrals", name, "count"), report.cell("referrals", name)) for name in ("ended", *REASONS)]
    return Section(
        key="reasons",
        title=str(INDICATOR_WORDS["reasons"]),
        broken_down="",
        note=str(NOTE_WORDS["referrals"]),
        headings=(str(INDICATOR_WORDS["reasons"]), str(COLUMN_WORDS[PEOPLE])),
        rows=tuple((name, (HIDDEN if count is None else str(count),)) for name, count in counted),
        bars=tuple(counted[1:]),
    )
