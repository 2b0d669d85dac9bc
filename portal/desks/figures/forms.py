"""What is asked of figures: a quarter, a way to break down; and of a release: which months, what for and for whom."""

from typing import Any

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextInput
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from mhpss.figures import periods
from mhpss.figures.periods import BadPeriod
from portal.desks.figures.words import WAY_WORDS, period_words
from portal.fields.choices import choices
from portal.fields.form import Form, Search
from vault import clock

_QUARTERS_BACK = 40
_WRITE_A_MONTH = lazy_gettext("Write year and month with a hyphen between, such as 2026-03")
_A_MONTH = (InputRequired(_WRITE_A_MONTH), Regexp(r"^\d{4}-(0[1-9]|1[0-2])$", message=_WRITE_A_MONTH))


class QuarterForm(Search):
    """Which of the quarters that have ended, and how it is broken down."""

    period = SelectField(lazy_gettext("Period"), [Optional()], widget=GovSelect())
    by = RadioField(lazy_gettext("Broken down"), [Optional()], default="partner", widget=GovRadioInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {each.name: each for each in periods.quarters_ended(clock.today(), _QUARTERS_BACK)}
        self.period.choices = choices([(name, period_words(each)) for name, each in offered.items()])
        self.by.choices = choices(WAY_WORDS)
        self.period.data = self.period.data or next(iter(offered))
        self.by.data = self.by.data or "partner"


class MonthsForm(Search):
    """Which months a report is released of."""

    first = StringField(lazy_gettext("From the month"), _A_MONTH, widget=GovTextInput())
    last = StringField(lazy_gettext("To the month"), _A_MONTH, widget=GovTextInput())

    def validate_last(self, field: StringField) -> None:
        """Months that follow one another."""
        if not self.first.errors:
            try:
                periods.months(self.first.data or "", field.data or "")
            except BadPeriod as error:
                raise ValidationError(lazy_gettext("Choose a last month that is not before the first")) from error


class ReleaseForm(Form):
    """What a report is released for, and to whom."""

    purpose = StringField(
        lazy_gettext("What is it for?"),
        [InputRequired(lazy_gettext("Write what it is for")), Length(max=200)],
        description=lazy_gettext("No names of people: this is kept in the register."),
        widget=GovTextInput(),
    )
    recipient = StringField(
        lazy_gettext("Who receives it?"),
        [InputRequired(lazy_gettext("Write who receives it")), Length(max=200)],
        widget=GovTextInput(),
    )
