"""What the data protection officer fills in."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
    GovTextArea,
    GovTextInput,
)
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from consent.rights.requests import RequestOutcome
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.edit import Edit
from portal.fields.form import Form
from portal.fields.needed import NeededWhen
from portal.words.consent import LANGUAGE_NAMES
from portal.words.rights import (
    IDENTITY_METHODS,
    OUTCOME_WORDS,
    QUESTION_WORDS,
    REQUEST_CHANNELS,
    REQUESTER_WORDS,
    RIGHT_WORDS,
    RISK_WORDS,
)
from vault import clock

_LONG = Length(max=8000, message=lazy_gettext("Write at most 8000 characters"))

# How a request comes, or who asks is known, without an officer who says so.
_BY_ITSELF = ("portal", "public_form", "review")


class ReceivedForm(Form):
    """A request that came by letter, phone, in person or through somebody."""

    right = RadioField(
        lazy_gettext("What is asked for?"),
        [InputRequired(lazy_gettext("Choose what is asked for"))],
        choices=choices(RIGHT_WORDS),
        widget=GovRadioInput(),
    )
    channel = RadioField(
        lazy_gettext("How did it come?"),
        [InputRequired(lazy_gettext("Choose how it came"))],
        choices=choices((key, word) for key, word in REQUEST_CHANNELS.items() if key not in _BY_ITSELF),
        widget=GovRadioInput(),
    )
    requester = RadioField(
        lazy_gettext("Who asks?"),
        [InputRequired(lazy_gettext("Choose who asks"))],
        choices=choices(REQUESTER_WORDS),
        widget=GovRadioInput(),
    )
    received_on = DayField(
        lazy_gettext("On which day did it arrive?"),
        [InputRequired(lazy_gettext("Write the day on which it arrived"))],
    )
    language = RadioField(
        lazy_gettext("In which language do they get the answer?"),
        [InputRequired(lazy_gettext("Choose the language"))],
        choices=choices(LANGUAGE_NAMES),
        widget=GovRadioInput(),
    )
    code = StringField(
        lazy_gettext("Code of the person, if it is beyond doubt who asks"),
        [Optional(), Length(max=20)],
        widget=GovTextInput(),
    )
    contact = StringField(
        lazy_gettext("How an answer reaches them"), [Optional(), Length(max=200)], widget=GovTextInput()
    )
    text = TextAreaField(lazy_gettext("What they wrote or said"), [_LONG], widget=GovTextArea())

    def validate_received_on(self, field: Any) -> None:
        """Nothing arrives tomorrow."""
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("This day lies in the future"))


class IdentityForm(Form):
    """Who asks, and how that was made sure."""

    code = StringField(
        lazy_gettext("Code of the person"), [InputRequired(lazy_gettext("Write the code"))], widget=GovTextInput()
    )
    method = RadioField(
        lazy_gettext("How was that made sure?"),
        [InputRequired(lazy_gettext("Choose how that was made sure"))],
        choices=choices((key, word) for key, word in IDENTITY_METHODS.items() if key not in _BY_ITSELF),
        widget=GovRadioInput(),
    )


class QuestionForm(Form):
    """A question to the requester."""

    question = RadioField(
        lazy_gettext("What has to be asked?"),
        [InputRequired(lazy_gettext("Choose what has to be asked"))],
        choices=choices(QUESTION_WORDS),
        widget=GovRadioInput(),
    )
    earlier = BooleanField(
        lazy_gettext("It could have been asked earlier: the clock does not pause"), widget=GovCheckboxInput()
    )


class RouteForm(Form):
    """The joint controller that answers a request (GDPR Art. 26)."""

    organisation = SelectField(lazy_gettext("Which partner answers it?"), widget=GovSelect())


class DocumentForm(Form):
    """Who owns a document, where it is kept, and when it is looked at again."""

    kind = SelectField(lazy_gettext("Document"), widget=GovSelect())
    owner = StringField(
        lazy_gettext("Owner"), [InputRequired(lazy_gettext("Write the owner")), Length(max=100)], widget=GovTextInput()
    )
    place = StringField(
        lazy_gettext("Where it is kept"),
        [InputRequired(lazy_gettext("Write where it is kept")), Length(max=200)],
        widget=GovTextInput(),
    )
    review_on = DayField(
        lazy_gettext("Looked at again on"),
        [InputRequired(lazy_gettext("Write the day"))],
    )


class ReasonForm(Form):
    """A reason that the person is told."""

    reason = TextAreaField(
        lazy_gettext("The reason, as the person is told it"),
        [InputRequired(lazy_gettext("Write the reason")), _LONG],
        widget=GovTextArea(),
    )


class GivenUpForm(ReasonForm):
    """An order that nobody waits for any longer, and why."""

    order = HiddenField()


class DecisionForm(Form):
    """How a request ends."""

    outcome = RadioField(
        lazy_gettext("Decision"),
        [InputRequired(lazy_gettext("Choose a decision"))],
        choices=choices(OUTCOME_WORDS),
        widget=GovRadioInput(),
    )
    ground = SelectField(
        lazy_gettext("Ground, where not all is granted"),
        # A refusal names its ground (GDPR Art. 12(4)).
        [
            NeededWhen(
                lambda form: form.outcome.data in (RequestOutcome.PARTLY, RequestOutcome.REFUSED),
                lazy_gettext("Choose the ground"),
            )
        ],
        widget=GovSelect(),
    )
    reason = TextAreaField(
        lazy_gettext("The reason, as the person is told it"),
        # And its reason, but in the letter that is the same for everybody.
        [
            NeededWhen(
                lambda form: (
                    form.outcome.data in (RequestOutcome.PARTLY, RequestOutcome.REFUSED) and not form.neither.data
                ),
                lazy_gettext("Write the reason"),
            ),
            _LONG,
        ],
        widget=GovTextArea(),
    )
    neither = BooleanField(
        lazy_gettext("A refusal that neither confirms nor denies that anything is held"), widget=GovCheckboxInput()
    )


class LetterForm(Edit):
    """A letter before it goes."""

    subject = StringField(
        lazy_gettext("Subject"),
        [InputRequired(lazy_gettext("Write a subject")), Length(max=200)],
        widget=GovTextInput(),
    )
    text = TextAreaField(
        lazy_gettext("Letter"), [InputRequired(lazy_gettext("Write the letter")), _LONG], widget=GovTextArea()
    )


class KeptForm(Form):
    """What is not erased, item by item, with the ground of each."""

    items = TextAreaField(
        lazy_gettext(
            "What must be kept: a line each, the item and its ground (for example: F-12 17(3)(e)). Empty: nothing"
        ),
        [_LONG],
        widget=GovTextArea(),
    )

    @property
    def kept(self) -> dict[str, str]:
        """The grounds by item."""
        pairs = (line.strip().partition(" ") for line in (self.items.data or "").splitlines() if line.strip())
        return {item: ground.strip() for item, _space, ground in pairs}

    def validate_items(self, field: Any) -> None:
        """Each has its ground."""
        if not all(self.kept.values()):
            raise ValidationError(_("Write a ground behind each item"))


class BreachForm(Form):
    """A breach of personal data."""

    aware_on = DayField(
        lazy_gettext("On which day did somebody here notice it?"),
        [InputRequired(lazy_gettext("Write the day"))],
    )
    risk = RadioField(
        lazy_gettext("How much of a risk is it?"),
        [InputRequired(lazy_gettext("Choose how much of a risk it is"))],
        choices=choices(RISK_WORDS),
        widget=GovRadioInput(),
    )
    what = TextAreaField(
        lazy_gettext("What happened"), [InputRequired(lazy_gettext("Write what happened")), _LONG], widget=GovTextArea()
    )
    measures = TextAreaField(lazy_gettext("What was done about it"), [_LONG], widget=GovTextArea())
    codes = TextAreaField(lazy_gettext("Codes of the people concerned, a line each"), [_LONG], widget=GovTextArea())

    def validate_aware_on(self, field: Any) -> None:
        """Nobody notices tomorrow."""
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("This day lies in the future"))


class ScopesForm(Form):
    """The scopes that a restriction leaves open (GDPR Art. 18(2))."""

    scopes = SelectMultipleField(lazy_gettext("What goes on all the same"), widget=GovCheckboxesInput())
