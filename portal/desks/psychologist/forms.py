"""What the psychologist fills in."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovRadioInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from mhpss.cases import RiskLevel
from mhpss.meetings import SessionOutcome
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.edit import Edit
from portal.fields.form import Form
from portal.fields.needed import NeededWhen
from portal.fields.support_request import HowForm
from portal.fields.time_field import TimeField
from portal.words.support import LAYER_WORDS, MODALITY_WORDS, RISK_LEVELS, SAFETY_PLAN_PARTS, SESSION_WORDS
from vault import clock

_LONG = Length(max=8000, message=lazy_gettext("Write at most 8000 characters"))
_SHORT = Length(max=200, message=lazy_gettext("Write at most 200 characters"))


def _day(label: Any, *validators: Any) -> DayField:
    return DayField(label, [*validators])


def not_passed(_form: Form, field: Any) -> None:
    """Let no day be planned that has passed."""
    if field.data is not None and field.data < clock.today():
        raise ValidationError(_("This day has passed"))


class ContactForm(Edit):
    """What is noted at intake."""

    asked_for = TextAreaField(
        lazy_gettext("What help do they ask for?"),
        [InputRequired(lazy_gettext("Write what help they ask for")), _LONG],
        widget=GovTextArea(),
    )
    immediate_needs = TextAreaField(lazy_gettext("What do they need at once?"), [_LONG], widget=GovTextArea())
    safe_contact = TextAreaField(
        lazy_gettext("How may they be reached: channel, hours, code word, and what never?"),
        [InputRequired(lazy_gettext("Write how they may be reached")), _LONG],
        widget=GovTextArea(),
    )
    may_be_told = StringField(lazy_gettext("Who may be told?"), [Optional(), _SHORT], widget=GovTextInput())
    support_person = StringField(
        lazy_gettext("First name under which they know their support person"),
        [Optional(), _SHORT],
        widget=GovTextInput(),
    )
    country = StringField(
        lazy_gettext("Country where they are, in two letters (for example LT)"),
        [Optional(), Regexp(r"^[A-Za-z]{2}$", message=lazy_gettext("Write two letters"))],
        widget=GovTextInput(),
    )


class IntakeForm(ContactForm, HowForm):
    """Somebody is taken in."""

    code = StringField(
        lazy_gettext("Code of the person"), [InputRequired(lazy_gettext("Write the code"))], widget=GovTextInput()
    )


class OpenForm(Form):
    """The intake ends."""

    layer = RadioField(
        lazy_gettext("Which layer of support fits?"),
        [InputRequired(lazy_gettext("Choose a layer"))],
        choices=choices(LAYER_WORDS),
        widget=GovRadioInput(),
    )


class SessionForm(Form):
    """A session to come, or one that is entered afterwards."""

    day = _day(lazy_gettext("Day"), InputRequired(lazy_gettext("Write the day")))
    at = TimeField(lazy_gettext("Time, for example 16:00"), [InputRequired(lazy_gettext("Write a time such as 16:00"))])
    minutes = IntegerField(
        lazy_gettext("How many minutes?"),
        [
            InputRequired(lazy_gettext("Write how many minutes")),
            NumberRange(1, 600, lazy_gettext("Write a number from 1 to 600")),
        ],
        default=50,
        widget=GovTextInput(),
    )
    modality = RadioField(
        lazy_gettext("How do you meet?"),
        [InputRequired(lazy_gettext("Choose how you meet"))],
        choices=choices(MODALITY_WORDS),
        widget=GovRadioInput(),
    )

    @property
    def starts_at(self) -> datetime:
        """When it begins."""
        return self.at.on(self.day.data or clock.today()) or clock.now()


class HeldForm(Form):
    """How a session went."""

    meeting = HiddenField()
    outcome = RadioField(
        lazy_gettext("How did it go?"),
        [InputRequired(lazy_gettext("Choose how it went"))],
        choices=choices((key, word) for key, word in SESSION_WORDS.items() if key != SessionOutcome.PLANNED),
        widget=GovRadioInput(),
    )
    note = TextAreaField(lazy_gettext("Note"), [_LONG], widget=GovTextArea())


class FollowUpForm(Form):
    """A day to get in touch."""

    due_on = _day(lazy_gettext("On which day?"), InputRequired(lazy_gettext("Write the day")), not_passed)
    what = StringField(
        lazy_gettext("What for?"), [InputRequired(lazy_gettext("Write what for")), _SHORT], widget=GovTextInput()
    )


class RiskForm(Form):
    """How much at risk the person is."""

    level = RadioField(
        lazy_gettext("How great is the risk?"),
        [InputRequired(lazy_gettext("Choose how great the risk is"))],
        choices=choices(RISK_LEVELS),
        widget=GovRadioInput(),
    )
    review_on = _day(
        lazy_gettext("When do you look again?"),
        # Somebody at risk is looked at again.
        NeededWhen(
            lambda form: form.level.data not in (None, RiskLevel.NONE), lazy_gettext("Write when you look again")
        ),
        not_passed,
    )
    assessment = TextAreaField(
        lazy_gettext("Your assessment"),
        [InputRequired(lazy_gettext("Write your assessment")), _LONG],
        widget=GovTextArea(),
    )


class SafetyPlanForm(Edit):
    """The safety plan, made with the person."""

    signs = TextAreaField(SAFETY_PLAN_PARTS["signs"], [_LONG], widget=GovTextArea())
    alone = TextAreaField(SAFETY_PLAN_PARTS["alone"], [_LONG], widget=GovTextArea())
    people = TextAreaField(SAFETY_PLAN_PARTS["people"], [_LONG], widget=GovTextArea())
    professionals = TextAreaField(SAFETY_PLAN_PARTS["professionals"], [_LONG], widget=GovTextArea())
    safe_place = TextAreaField(SAFETY_PLAN_PARTS["safe_place"], [_LONG], widget=GovTextArea())


class GoalsForm(Edit):
    """What the person wants to reach."""

    goals = TextAreaField(
        lazy_gettext("Goals, in the person's words"),
        [InputRequired(lazy_gettext("Write the goals")), _LONG],
        widget=GovTextArea(),
    )


class CloseForm(Form):
    """The case ends."""

    reason = TextAreaField(
        lazy_gettext("Why is it closed?"),
        [InputRequired(lazy_gettext("Write why it is closed")), _LONG],
        widget=GovTextArea(),
    )
    plan = TextAreaField(
        lazy_gettext("What was agreed for the time to come?"),
        [InputRequired(lazy_gettext("Write what was agreed")), _LONG],
        widget=GovTextArea(),
    )
    may_contact = BooleanField(lazy_gettext("The person agrees to be contacted later"), widget=GovCheckboxInput())


class KeepingForm(Form):
    """What becomes of the record of somebody who was erased."""

    keep = RadioField(
        lazy_gettext("What becomes of this record?"),
        [InputRequired(lazy_gettext("Choose what becomes of it"))],
        choices=choices(
            [
                ("yes", lazy_gettext("Keep it as long as clinical law asks for it")),
                ("no", lazy_gettext("Destroy it now, for good")),
            ]
        ),
        widget=GovRadioInput(),
    )
    reason = TextAreaField(
        lazy_gettext("Why?"), [InputRequired(lazy_gettext("Write why")), _LONG], widget=GovTextArea()
    )


class ReasonForm(Form):
    """A reason that is kept and told."""

    reason = TextAreaField(
        lazy_gettext("Why do you need to read this case?"),
        [InputRequired(lazy_gettext("Write why")), _LONG],
        widget=GovTextArea(),
    )
