"""What the coordinator fills in."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput
from wtforms import RadioField
from wtforms.validators import InputRequired, Optional, ValidationError

from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.edit import Edit
from portal.fields.form import Form
from portal.frame.transaction import db
from vault import clock, staff


class DutyForm(Form):
    """Who is on call, from which day to which."""

    account = RadioField(
        lazy_gettext("Who is on call?"), [InputRequired(lazy_gettext("Choose who is on call"))], widget=GovRadioInput()
    )
    first_day = DayField(lazy_gettext("From which day?"), [InputRequired(lazy_gettext("Write the day"))])
    last_day = DayField(lazy_gettext("To which day?"), [InputRequired(lazy_gettext("Write the day"))])

    def __init__(self, psychologists: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account.choices = choices(psychologists)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        today = clock.today()
        return self.first_day.data or today, self.last_day.data or today

    def validate_last_day(self, field: Any) -> None:
        """The days run forward and are not over."""
        if field.data is not None and field.data < clock.today():
            raise ValidationError(_("This day has passed"))
        if field.data is not None and self.first_day.data is not None and field.data < self.first_day.data:
            raise ValidationError(_("The last day lies before the first"))


def _somebody_else(form: Any, field: Any) -> None:
    if staff.same_person(db, field.data or None, form.psychologist.data):
        raise ValidationError(_("Choose somebody else than the psychologist"))


class AssignForm(Edit):
    """Into whose hands a case goes, and who supervises it."""

    psychologist = RadioField(
        lazy_gettext("Who takes the case?"),
        [InputRequired(lazy_gettext("Choose who takes the case"))],
        widget=GovRadioInput(),
    )
    supervisor = RadioField(lazy_gettext("Who supervises it?"), [Optional(), _somebody_else], widget=GovRadioInput())

    def __init__(self, psychologists: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.psychologist.choices = choices(psychologists)
        self.supervisor.choices = choices([("", _("Nobody yet")), *psychologists])
