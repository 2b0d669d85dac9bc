"""What people change about their own way in."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovTextInput
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from portal.access import passphrases


class NewPassphraseForm(FlaskForm):
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


class PresentPassphraseForm(FlaskForm):
    """The present passphrase alone."""

    present = PasswordField(
        lazy_gettext("Present passphrase"),
        [InputRequired(lazy_gettext("Write your passphrase")), Length(max=500)],
        widget=GovPasswordInput(),
    )


class AppForm(FlaskForm):
    """A code that shows that the app was set up with the secret on the page."""

    secret = HiddenField()
    code = StringField(
        lazy_gettext("Six-digit code"),
        [InputRequired(lazy_gettext("Write the code from your app")), Length(max=10)],
        widget=GovTextInput(),
    )


class PasskeyForm(FlaskForm):
    """A new passkey's answer, under a name."""

    name = StringField(
        lazy_gettext("What you call this device"),
        [InputRequired(lazy_gettext("Give it a name that you recognise")), Length(max=60)],
        widget=GovTextInput(),
    )
    passkey = HiddenField()
