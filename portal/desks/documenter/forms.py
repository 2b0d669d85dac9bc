"""What a documenter fills in."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovRadioInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import BooleanField, Field, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError

from consent.ledger.scopes import Scope
from consent.saying.answering import ConsentedBy, Method
from consent.saying.capture import SituationWish, Understanding
from consent.saying.withdrawal import Channel
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.edit import Edit
from portal.fields.form import Form
from portal.fields.needed import NeededWhen
from portal.fields.time_field import TimeField
from portal.fields.zone_form import offer, zone_field
from portal.words import zones
from portal.words.consent import (
    CHANNEL_WORDS,
    CONSENTED_BY_WORDS,
    LANGUAGE_NAMES,
    METHOD_WORDS,
    PLACE_WORDS,
    SITUATION_STANDS,
    SITUATION_WORDS,
    UNDERSTANDING_WORDS,
    WISH_WORDS,
    scope_title,
)
from vault import clock

_SHORT = Length(max=200, message=lazy_gettext("Write at most 200 characters"))
_LONG = Length(max=2000, message=lazy_gettext("Write at most 2000 characters"))
_COMES_OF_AGE = lazy_gettext("Write the day on which the person comes of age; it lies ahead")


class EnrolForm(Form):
    """Enrol a person, under a code that the portal gives."""

    reference = StringField(
        lazy_gettext("Interview number (leave empty if there is no interview)"),
        [
            Optional(),
            Length(max=100),
            Regexp(r"^[\w ./'’ʼ‐-―−-]+$", message=lazy_gettext("Use letters, digits, . / and -")),
        ],
        widget=GovTextInput(),
    )


class CircumstancesForm(Edit):
    """How the conversation is held, and who consents."""

    language = RadioField(
        lazy_gettext("In which language is the text read?"),
        [InputRequired(lazy_gettext("Choose the language"))],
        choices=choices(LANGUAGE_NAMES),
        widget=GovRadioInput(),
    )
    method = RadioField(
        lazy_gettext("How are the answers given?"),
        [InputRequired(lazy_gettext("Choose how the answers are given"))],
        choices=choices((key, METHOD_WORDS[key]) for key in (Method.WRITTEN, Method.SPOKEN_RECORDED)),
        widget=GovRadioInput(),
    )
    interpreter = StringField(lazy_gettext("Interpreter, if one is there"), [_SHORT], widget=GovTextInput())
    support_person = StringField(lazy_gettext("Support person, if one is there"), [_SHORT], widget=GovTextInput())
    consented_by = RadioField(
        lazy_gettext("Who consents?"),
        [InputRequired(lazy_gettext("Choose who consents"))],
        choices=choices(CONSENTED_BY_WORDS),
        widget=GovRadioInput(),
    )
    guardian = StringField(
        lazy_gettext("Guardian or representative, and on what ground"), [_SHORT], widget=GovTextInput()
    )
    majority_on = DayField(
        lazy_gettext("For a minor: the day on which the person comes of age"),
        [NeededWhen(lambda form: form.consented_by.data == ConsentedBy.GUARDIAN, _COMES_OF_AGE)],
    )
    capacity = TextAreaField(
        lazy_gettext("How you saw that the person can decide this now"), [_LONG], widget=GovTextArea()
    )
    recording_place = StringField(
        lazy_gettext("Where the scan or recording is kept (its number in the archive)"), [_SHORT], widget=GovTextInput()
    )

    def validate_guardian(self, field: Field) -> None:
        """Somebody who consents for another is named."""
        if (
            self.consented_by.data in (ConsentedBy.GUARDIAN, ConsentedBy.REPRESENTATIVE)
            and not (field.data or "").strip()
        ):
            raise ValidationError(_("Write who consents for the person"))

    def validate_majority_on(self, field: Field) -> None:
        """A guardian's consent ends at majority, so the day is known and lies ahead."""
        if self.consented_by.data == ConsentedBy.GUARDIAN and field.data is not None and field.data <= clock.today():
            raise ValidationError(_COMES_OF_AGE)


class UnderstandingForm(Form):
    """What the documenter heard when asking; one field per question, added by `for_questions`."""

    @classmethod
    def for_questions(cls, questions: Sequence[dict[str, str]]) -> type["UnderstandingForm"]:
        """The form with a field for each question."""
        fields = {
            question["key"]: RadioField(
                question["question"],
                [InputRequired(_("Choose what you heard"))],
                choices=choices(UNDERSTANDING_WORDS),
                description=question["good_answer"],
                widget=GovRadioInput(),
            )
            for question in questions
        }
        return type("AskedUnderstandingForm", (cls,), fields)

    def validate(self, extra_validators: Any = None) -> bool:
        """Well-formed, and every point understood: consent that is not informed is none (GDPR Art. 4(11))."""
        well_formed = bool(super().validate(extra_validators))
        for field in self:
            if field.type == "RadioField" and field.data == Understanding.NOT_UNDERSTOOD:
                field.errors = [_("Talk this over again, or stop here and come back another day")]
                well_formed = False
        return well_formed


class SafetyForm(Edit):
    """Where the person lives, and what is safe for them."""

    place = RadioField(
        lazy_gettext("Where does the person live?"),
        [InputRequired(lazy_gettext("Choose where the person lives"))],
        choices=choices(PLACE_WORDS),
        widget=GovRadioInput(),
    )
    zone = zone_field(lazy_gettext("Which city's time is there?"))
    safe = SelectMultipleField(
        lazy_gettext("What is safe for the person?"),
        choices=choices(
            [
                ("account", lazy_pgettext("safe", "a page of their own on the internet")),
                ("paper", lazy_pgettext("safe", "a paper to take along")),
                ("message", lazy_pgettext("safe", "a message")),
            ]
        ),
        description=lazy_gettext("Tick nothing if nothing is safe. Then everything goes in person."),
        widget=GovCheckboxesInput(),
    )
    contact = TextAreaField(lazy_gettext("Safe contact: how, when, and the code word"), [_LONG], widget=GovTextArea())
    forced_sign = StringField(lazy_gettext("Agreed sign for “I am being forced”"), [_SHORT], widget=GovTextInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.zone, lazy_gettext("Nobody has said; in Belarus Minsk time, else the partner's"))


class WishesForm(Edit):
    """What happens to the answers if the person can no longer be asked."""

    detained = RadioField(
        SITUATION_WORDS["detained"], [Optional()], choices=choices(WISH_WORDS), widget=GovRadioInput()
    )
    unreachable = RadioField(
        SITUATION_WORDS["unreachable"], [Optional()], choices=choices(WISH_WORDS), widget=GovRadioInput()
    )
    dead = RadioField(SITUATION_WORDS["dead"], [Optional()], choices=choices(WISH_WORDS), widget=GovRadioInput())
    decider = StringField(lazy_gettext("Who decides, and how they can be reached"), [_SHORT], widget=GovTextInput())

    def validate_decider(self, field: Field) -> None:
        """Where a person decides, they are named."""
        wished = (self.detained.data, self.unreachable.data, self.dead.data)
        if SituationWish.PERSON_DECIDES in wished and not (field.data or "").strip():
            raise ValidationError(_("Write who decides"))


class QuestionForm(Form):
    """What a person answered to a question about one request."""

    answer = RadioField(
        lazy_gettext("What did the person say?"),
        [InputRequired(lazy_gettext("Choose what the person said"))],
        choices=choices([("granted", lazy_pgettext("said", "Yes")), ("refused", lazy_pgettext("said", "No"))]),
        widget=GovRadioInput(),
    )
    language = RadioField(
        lazy_gettext("In which language did you ask?"),
        [InputRequired(lazy_gettext("Choose the language"))],
        choices=choices(LANGUAGE_NAMES),
        widget=GovRadioInput(),
    )
    method = RadioField(
        lazy_gettext("How are the answers given?"),
        [InputRequired(lazy_gettext("Choose how the answers are given"))],
        choices=choices((key, METHOD_WORDS[key]) for key in (Method.WRITTEN, Method.SPOKEN_RECORDED)),
        widget=GovRadioInput(),
    )


class SituationForm(Form):
    """What is known of a person who can no longer be asked, and from whom."""

    situation = RadioField(
        lazy_gettext("What has happened?"),
        [InputRequired(lazy_gettext("Choose what has happened"))],
        choices=choices(SITUATION_STANDS),
        widget=GovRadioInput(),
    )
    source = TextAreaField(
        lazy_gettext("How do you know?"),
        [InputRequired(lazy_gettext("Write how you know")), _LONG],
        widget=GovTextArea(),
    )


class WithdrawalForm(Form):
    """A withdrawal told by phone, on paper or in person; effective from when it was said."""

    scope = SelectMultipleField(
        lazy_gettext("What should stop?"),
        [DataRequired(lazy_gettext("Choose at least one"))],
        widget=GovCheckboxesInput(),
    )
    channel = RadioField(
        lazy_gettext("How was it said?"),
        [InputRequired(lazy_gettext("Choose how it was said"))],
        choices=choices((key, word) for key, word in CHANNEL_WORDS.items() if key != Channel.PORTAL),
        widget=GovRadioInput(),
    )
    said_on = DayField(
        lazy_gettext("On which day was it said?"),
        [InputRequired(lazy_gettext("Write the day on which it was said"))],
    )
    said_at = TimeField(lazy_gettext("At what time? (for example 14:30; empty: nobody knows the hour)"))

    looks_forced = BooleanField(
        lazy_gettext("It looks as if the person is being forced, or they gave the agreed sign"),
        description=lazy_gettext("Only the data protection officer sees this. Use stops all the same."),
        widget=GovCheckboxInput(),
    )

    def __init__(self, standing: Iterable[Scope], zone: tzinfo, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.said_at.description = _("Where the person is: %(zone)s", zone=zones.zone_words(zone))
        self.scope.choices = choices((scope.key, scope_title(scope)) for scope in standing)

    @property
    def when(self) -> datetime | clock.Day:
        """When it was said where the person is: a moment, or a day of which nobody knows the hour.

        Of an hour that comes twice it is the second once that has come, so that what was said in between stops too.
        """
        day = self.said_on.data or clock.today()
        moment = self.said_at.on(day, self.zone)
        if moment is None:
            return clock.day_in(day, self.zone)
        again = clock.shown_again(moment, self.zone)
        return again if again <= clock.now() else moment
