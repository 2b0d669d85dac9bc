"""What is asked of figures: a period, a way to break down; and of a release: what for and for whom."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextInput
from wtforms import Form, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from mhpss.figures import periods
from mhpss.figures.periods import BadPeriod, Period
from portal.choices import choices
from portal.figures.words import WAY_WORDS, period_words
from vault import clock

_YEARS_BACK = 10
_A_MONTH = Regexp(
    r"^\d{4}-(0[1-9]|1[0-2])$", message=lazy_gettext("Write year and month with a hyphen between, such as 2026-03")
)


def usual() -> str:
    """The year that is half over, or else the one before: a shorter period has fewer people and shows less."""
    today = clock.now().date()
    return str(today.year if today.month > 6 else today.year - 1)


class PeriodForm(Form):
    """Which period, and how it is broken down. Months, where they are given, stand before the list."""

    period = SelectField(lazy_gettext("Period"), [Optional()], widget=GovSelect())
    first = StringField(lazy_gettext("Or from the month"), [Optional(), _A_MONTH], widget=GovTextInput())
    last = StringField(lazy_gettext("To the month"), [Optional(), _A_MONTH], widget=GovTextInput())
    by = RadioField(lazy_gettext("Broken down"), [Optional()], default="partner", widget=GovRadioInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = periods.latest(clock.now().date(), _YEARS_BACK)
        self.period.choices = choices([(name, period_words(periods.named(name))) for name in names])
        self.by.choices = choices(WAY_WORDS)
        self.period.data = self.period.data if self.period.data in names else usual()
        self.by.data = self.by.data or "partner"

    @property
    def wanted(self) -> Period | None:
        """The period; None, with an error beside the field, where the months are none."""
        try:
            if self.first.data or self.last.data:
                first = self.first.data or self.last.data or ""
                return periods.months(first, self.last.data or first)
            return periods.named(str(self.period.data))
        except BadPeriod:
            self.last.errors = [lazy_gettext("Choose a last month that is not before the first")]
            return None


class ReleaseForm(FlaskForm):
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
