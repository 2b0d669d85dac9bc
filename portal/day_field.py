"""A field for a day, in three inputs, that also bears a form that was sent without it."""

from typing import Any

from govuk_frontend_wtf.wtforms_widgets import GovDateInput
from wtforms import DateField


class DayField(DateField):
    """Day, month and year, each in an input of its own."""

    def __init__(self, label: Any, validators: Any = None, **extra: Any) -> None:
        super().__init__(label, validators, format="%d %m %Y", widget=GovDateInput(), **extra)

    def process(self, *arguments: Any, **extra: Any) -> None:
        """Read what was sent; nothing at all is three empty inputs, which the widget can draw."""
        super().process(*arguments, **extra)
        if self.raw_data == []:
            self.raw_data = ["", "", ""]
