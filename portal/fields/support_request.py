"""The form by which somebody asks for support: the person themself, or their documenter for them."""

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovTextArea
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from mhpss.cases import Intake
from portal.casework.support_requests import Wish
from portal.fields.choices import choices
from portal.fields.form import Form
from portal.words.consent import LANGUAGE_NAMES

_LONG = Length(max=4000, message=lazy_gettext("Write at most 4000 characters"))


class HowForm(Form):
    """In which language and form support is wanted."""

    language = RadioField(
        lazy_gettext("In which language?"),
        [InputRequired(lazy_gettext("Choose the language"))],
        choices=choices(LANGUAGE_NAMES),
        widget=GovRadioInput(),
    )
    remote = RadioField(
        lazy_gettext("In which form?"),
        [InputRequired(lazy_gettext("Choose the form"))],
        choices=choices([("yes", lazy_gettext("remote")), ("no", lazy_gettext("in person"))]),
        widget=GovRadioInput(),
    )


class SupportRequestForm(HowForm):
    """What is wanted, and how the person can be reached without danger."""

    asked_for = TextAreaField(lazy_gettext("What would help? A few words are enough"), [_LONG], widget=GovTextArea())
    safe_contact = TextAreaField(
        lazy_gettext("How can you be reached safely: channel, hours, code word, and what never?"),
        [InputRequired(lazy_gettext("Write how you can be reached")), _LONG],
        widget=GovTextArea(),
    )

    @property
    def wish(self) -> Wish:
        """What is asked for."""
        intake = Intake(asked_for=self.asked_for.data or "", safe_contact=self.safe_contact.data or "")
        return Wish(intake, language=self.language.data, remote=self.remote.data == "yes")
