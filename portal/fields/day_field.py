"""A field for a day, in three inputs, of which all are filled in or none."""

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovDateInput
from wtforms import DateField
from wtforms.validators import ValidationError

from vault import clock

_FORM = "%d %m %Y"
_PARTS = (re.compile(r"[0-9]{1,2}"), re.compile(r"[0-9]{1,2}"), re.compile(r"[0-9]{4}"))
# What an office writes down lies in a working life of today: another year is a slip of the hand.
_YEARS = 50


class _DayInput(GovDateInput):
    """The kit's, whose inputs go by the field's name, so that two forms on a page would have them alike."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        for item, part in zip(params["items"], ("day", "month", "year"), strict=True):
            item["id"] = f"{field.id}-{part}"
        return params


class DayField(DateField):
    """Day, month and year, each in an input of its own.

    Empty inputs are no day (`data` is None). Inputs of which some are empty, or that name no day, or one that lies more
    than `years_back` or `years_ahead` from today's year, are an error that no validator takes away: half a date is
    never no date.
    """

    def __init__(
        self, label: Any, validators: Any = None, *, years_back: int = _YEARS, years_ahead: int = _YEARS, **extra: Any
    ) -> None:
        super().__init__(label, validators, format=_FORM, widget=_DayInput(), **extra)
        self._years_back, self._years_ahead = years_back, years_ahead

    def process(self, *arguments: Any, **extra: Any) -> None:
        """Read what was sent; a form that was sent with fewer inputs has the others empty, so that it can be drawn."""
        super().process(*arguments, **extra)
        if self.raw_data is not None:
            self.raw_data = [*(str(part) for part in self.raw_data[:3]), "", "", ""][:3]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read day, month and year.

        Raises:
            ValueError: they are not a whole day. Its words are for the person who wrote it.
        """
        self.data = None
        parts = [*(part.strip() for part in valuelist[:3]), "", "", ""][:3]
        if not any(parts):
            return
        if not all(parts):
            raise ValueError(lazy_gettext("Write the whole date: day, month and year"))
        if not all(shape.fullmatch(part) for shape, part in zip(_PARTS, parts, strict=True)):
            raise ValueError(lazy_gettext("Write day, month and year in digits, for example 27 3 2027"))
        day, month, year = (int(part) for part in parts)
        this_year = clock.today().year
        first, last = this_year - self._years_back, this_year + self._years_ahead
        if not first <= year <= last:
            raise ValueError(lazy_gettext("Write a year from %(first)s to %(last)s", first=first, last=last))
        try:
            self.data = date(year, month, day)
        except ValueError as error:
            raise ValueError(lazy_gettext("There is no such day")) from error

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Bring back what a validator that lets empty inputs pass has taken away."""
        if self.process_errors and not self.errors:
            raise ValidationError(self.process_errors[0])
