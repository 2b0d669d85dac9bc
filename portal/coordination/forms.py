"""What the coordinator fills in."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput
from wtforms import RadioField
from wtforms.validators import InputRequired, Optional, ValidationError

from portal.choices import choices


class AssignForm(FlaskForm):
    """Into whose hands a case goes, and who supervises it."""

    psychologist = RadioField(
        lazy_gettext("Who takes the case?"),
        [InputRequired(lazy_gettext("Choose who takes the case"))],
        widget=GovRadioInput(),
    )
    supervisor = RadioField(lazy_gettext("Who supervises it?"), [Optional()], widget=GovRadioInput())

    def __init__(self, staff: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.psychologist.choices = choices(staff)
        self.supervisor.choices = choices([("", _("Nobody yet")), *staff])

    def validate_supervisor(self, field: Any) -> None:
        """Nobody supervises themself."""
        if field.data and field.data == self.psychologist.data:
            raise ValidationError(_("Choose somebody else than the psychologist"))
