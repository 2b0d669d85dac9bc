"""A field for an hour of a day, as clocks show it where the reader is."""

import re
from datetime import date, datetime, time, tzinfo
from typing import Any

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import ValidationError

from portal.words import zones
from vault import clock

_SHAPE = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class TimeField(StringField):
    """An hour and a minute; empty is none. The page says in which zone they are."""

    widget = GovTextInput()

    def pre_validate(self, _form: Any) -> None:
        """Refuse what names no hour."""
        if self.data and not _SHAPE.fullmatch(self.data):
            raise ValidationError(lazy_gettext("Write a time such as 14:30"))

    def on(self, day: date, zone: tzinfo | None = None) -> datetime | None:
        """The moment at which clocks show it on `day`, where the reader is or in `zone`; None where it is empty."""
        match = _SHAPE.fullmatch(self.data or "")
        return clock.at(day, time(int(match[1]), int(match[2])), zone or clock.zone()) if match else None

    def __call__(self, **kwargs: Any) -> Any:
        """Draw it."""
        zones.is_to_be_named()
        return super().__call__(**kwargs)
