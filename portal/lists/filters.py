"""The filters of a list: each a field of the address, and which rows it keeps."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextInput
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional, ValidationError

from portal.fields.choices import choices
from vault import clock

# Nothing of ours lies before or after these years; the calendar of a computer ends not far beyond.
_YEARS = range(1900, 2200)

Row = TypeVar("Row")
Words = Mapping[Any, Any] | Iterable[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Filter(Generic[Row]):
    """A field of the address. `keeps` says whether a row stays for what was written; without it the list's source does.

    `offered` makes the choices of a select at each request.
    """

    name: str
    field: Any
    keeps: Callable[[Row, Any], bool] | None = None
    offered: Callable[[], Words] | None = None
    default: str = ""
    hint: Any = field(default=None)


def choice(
    name: str,
    label: Any,
    offered: Callable[[], Words],
    keeps: Callable[[Row, Any], bool] | None = None,
    *,
    default: str = "",
    all_of_them: tuple[str, Any] = ("", lazy_gettext("all")),
) -> Filter[Row]:
    """One of some codes, or all; `all_of_them` is the code for all in the address, and its word."""
    everything = all_of_them[0]

    def kept(row: Row, chosen: Any) -> bool:
        return chosen == everything or keeps is None or keeps(row, chosen)

    return Filter(
        name,
        SelectField(label, widget=GovSelect(), default=default or everything),
        kept if keeps else None,
        lambda: choices([all_of_them]) + choices(offered()),
        default or everything,
    )


def text(name: str, label: Any, keeps: Callable[[Row, str], bool] | None = None, *, hint: Any = None) -> Filter[Row]:
    """Some letters."""
    written = StringField(label, [Length(max=100)], widget=GovTextInput(), filters=[lambda sent: (sent or "").strip()])
    return Filter(name, written, keeps, hint=hint)


def within(*values: Callable[[Row], Any]) -> Callable[[Row, str], bool]:
    """Keeps a row in one of whose `values` the letters are found, in whatever case."""

    def keeps(row: Row, letters: str) -> bool:
        wanted = letters.casefold()
        return any(wanted in str(value(row) or "").casefold() for value in values)

    return keeps


def days(value: Callable[[Row], date | datetime | None] | None = None) -> tuple[Filter[Row], Filter[Row]]:
    """From a day, and until one, which is included; where there is no `value`, the source keeps to them."""
    return (
        _day("since", lazy_gettext("From day"), value, lambda at, wanted: at >= wanted),
        _day("until", lazy_gettext("Until day"), value, lambda at, wanted: at <= wanted),
    )


def _day(name: str, label: Any, value: Any, fits: Callable[[date, date], bool]) -> Filter[Any]:
    def keeps(row: Any, wanted: date) -> bool:
        at = value(row)
        return at is not None and fits(at.astimezone(clock.zone()).date() if isinstance(at, datetime) else at, wanted)

    written = DateField(label, [Optional(), _is_near], widget=GovTextInput())
    return Filter(name, written, keeps if value else None, hint=lazy_gettext("For example 2026-05-31"))


def _is_near(_form: Any, field: DateField) -> None:
    if field.data is not None and field.data.year not in _YEARS:
        raise ValidationError(lazy_gettext("There is no such day"))
