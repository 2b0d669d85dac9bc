"""The form by which a referral is moved: on the desk, and by a provider through its link."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovTextArea
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from mhpss.referral.referral_table import ReferralState
from mhpss.referral.referrals import MoreNeeded, Step
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.form import Form
from portal.fields.time_field import TimeField
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
    at = TimeField(lazy_gettext("Time of the appointment, for example 16:00"))

    def __init__(self, ways: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = choices((way, REFERRAL_STATES[way]) for way in ways)

    @property
    def step(self) -> Step:
        """What the step brings along."""
        wanted = self.to.data
        is_scheduled = wanted == ReferralState.SCHEDULED
        appointment = self.at.on(self.day.data) if is_scheduled and self.day.data else None
        return Step(self.reason.data or "", appointment, self.day.data if wanted == ReferralState.WAITLISTED else None)

    def refuse(self, refusal: Refused) -> None:
        """Put what is missing beside its field."""
        if not isinstance(refusal, MoreNeeded):
            super().refuse(refusal)
            return
        field = self.reason if str(refusal) == "reason" else self.day
        field.errors = [str(MORE_NEEDED[str(refusal)])]
