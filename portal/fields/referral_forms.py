"""The form by which a referral is moved: on the desk, and by a provider through its link."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovTextArea, GovTextInput
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from mhpss.referral.referral_table import ReferralState
from mhpss.referral.referrals import MoreNeeded, Step
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.form import Form
from portal.words.referral import MORE_NEEDED, REFERRAL_STATES
from vault.refusals import Refused


class MoveForm(Form):
    """Where a referral goes next, with what that step needs."""

    to = RadioField(
        lazy_gettext("How does it stand now?"),
        [InputRequired(lazy_gettext("Choose how it stands"))],
        widget=GovRadioInput(),
    )
    reason = TextAreaField(
        lazy_gettext("Reason, where it is declined, paused or ended early"),
        [Length(max=2000, message=lazy_gettext("Write at most 2000 characters"))],
        widget=GovTextArea(),
    )
    day = DayField(lazy_gettext("Day of the appointment, or on which you look again"))
    at = StringField(
        lazy_gettext("Time of the appointment (UTC), for example 16:00"),
        [Optional(), Regexp(r"^([01]?\d|2[0-3]):[0-5]\d$", message=lazy_gettext("Write a time such as 16:00"))],
        widget=GovTextInput(),
    )

    def __init__(self, ways: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = choices((way, REFERRAL_STATES[way]) for way in ways)

    @property
    def step(self) -> Step:
        """What the step brings along."""
        wanted = self.to.data
        appointment = None
        if wanted == ReferralState.SCHEDULED and self.day.data and self.at.data:
            hour, minute = (int(part) for part in self.at.data.split(":"))
            appointment = datetime.combine(self.day.data, time(hour, minute), UTC)
        return Step(self.reason.data or "", appointment, self.day.data if wanted == ReferralState.WAITLISTED else None)

    def refuse(self, refusal: Refused) -> None:
        """Put what is missing beside its field."""
        if not isinstance(refusal, MoreNeeded):
            super().refuse(refusal)
            return
        field = self.reason if str(refusal) == "reason" else self.day
        field.errors = [str(MORE_NEEDED[str(refusal)])]
