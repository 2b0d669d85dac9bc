"""What people change about their own way in."""

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovRadioInput, GovTextInput
from wtforms import HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from portal.access import passphrases, second_factor
from portal.fields.choices import choices
from portal.fields.edit import Edit
from portal.fields.form import Form
from portal.words.outbox import PACE_WORDS


class NewPassphraseForm(Form):
    """The present passphrase, and the next."""

    present = PasswordField(
        lazy_gettext("Present passphrase"),
        [InputRequired(lazy_gettext("Write your passphrase")), Length(max=500)],
        widget=GovPasswordInput(),
    )
    new = PasswordField(
        lazy_gettext("New passphrase"),
        [InputRequired(lazy_gettext("Write the new passphrase")), Length(max=passphrases.LONGEST)],
        widget=GovPasswordInput(),
    )


class PresentPassphraseForm(Form):
    """The present passphrase alone."""

    present = PasswordField(
        lazy_gettext("Present passphrase"),
        [InputRequired(lazy_gettext("Write your passphrase")), Length(max=500)],
        widget=GovPasswordInput(),
    )


class AppForm(Form):
    """A code that shows that the app was set up with the secret on the page."""

    is_secret = True
    secret = HiddenField()
    code = StringField(
        lazy_gettext("Six-digit code"),
        [InputRequired(lazy_gettext("Write the code from your app")), Length(max=10)],
        widget=GovTextInput(),
    )

    def draw_secret(self) -> str:
        """The secret that the page had shown, or a new one where there is none that an app could take."""
        shown = self.secret.data if self.is_submitted() else None
        if not shown or not second_factor.is_secret(shown):
            self.secret.data = second_factor.new_secret()
        return str(self.secret.data)


class OutsideForm(Edit):
    """What reaches somebody outside the portal, and where in danger."""

    deadline = RadioField(
        lazy_gettext("How soon do you want to know of deadlines?"),
        [InputRequired(lazy_gettext("Choose how soon"))],
        choices=choices(PACE_WORDS),
        widget=GovRadioInput(),
    )
    phone = StringField(
        lazy_gettext("Phone number for danger to somebody's life"),
        [
            Length(max=20),
            Regexp(r"(\+[0-9 ]{7,19})?$", message=lazy_gettext("Write the number with + and the country")),
        ],
        widget=GovTextInput(),
    )


class PasskeyForm(Form):
    """A new passkey's answer, under a name."""

    is_secret = True
    name = StringField(
        lazy_gettext("What you call this device"),
        [InputRequired(lazy_gettext("Give it a name that you recognise")), Length(max=60)],
        widget=GovTextInput(),
    )
    passkey = HiddenField()
