"""A field for a day, in three inputs, of which all are filled in or none."""

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovDateInput
from wtforms import DateField
from wtforms.validators import ValidationError

_FORM = "%d %m %Y"
_PARTS = (re.compile(r"[0-9]{1,2}"), re.compile(r"[0-9]{1,2}"), re.compile(r"[0-9]{4}"))
_YEARS = range(1900, 2200)


class DayField(DateField):
    """Day, month and year, each in an input of its own.

    Empty inputs are no day (`data` is None). Inputs of which some are empty, or that name no day of the years 1900
    to 2199, are an error that no validator takes away: half a date is never no date.
    """

    def __init__(self, label: Any, validators: Any = None, **extra: Any) -> None:
        super().__init__(label, validators, format=_FORM, widget=GovDateInput(), **extra)

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
        if year not in _YEARS:
            raise ValueError(lazy_gettext("Write a year from 1900 to 2199"))
        try:
            self.data = date(year, month, day)
        except ValueError as error:
            raise ValueError(lazy_gettext("There is no such day")) from error

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Bring back what a validator that lets empty inputs pass has taken away."""
        if self.process_errors and not self.errors:
            raise ValidationError(self.process_errors[0])
