"""What somebody without an account fills in."""

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovTextArea, GovTextInput
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.fields.choices import choices
from portal.fields.form import Form
from portal.words.rights import REQUESTER_WORDS, WISH_FOR


class PublicRequestForm(Form):
    """A request of somebody whom we may or may not know; it asks for no document."""

    organisation = RadioField(
        lazy_gettext("To whom?"), [InputRequired(lazy_gettext("Choose to whom"))], widget=GovRadioInput()
    )
    right = RadioField(
        lazy_gettext("What do you ask for?"),
        [InputRequired(lazy_gettext("Choose what you ask for"))],
        choices=choices(WISH_FOR),
        widget=GovRadioInput(),
    )
    requester = RadioField(
        lazy_gettext("Who asks?"),
        [InputRequired(lazy_gettext("Choose who asks"))],
        choices=choices(REQUESTER_WORDS),
        widget=GovRadioInput(),
    )
    text = TextAreaField(
        lazy_gettext("Whom and what is it about? Where did you see it?"),
        [
            InputRequired(lazy_gettext("Write whom and what it is about")),
            Length(max=4000, message=lazy_gettext("Write at most 4000 characters")),
        ],
        widget=GovTextArea(),
    )
    contact = StringField(
        lazy_gettext("How may we reach you? You can leave this empty and look here yourself."),
        [Length(max=200, message=lazy_gettext("Write at most 200 characters"))],
        widget=GovTextInput(),
    )


class FollowForm(Form):
    """Reference and secret phrase."""

    is_secret = True
    reference = StringField(
        lazy_gettext("Number of the request"),
        [InputRequired(lazy_gettext("Write the number")), Length(max=20)],
        widget=GovTextInput(),
    )
    phrase = StringField(
        lazy_gettext("Secret phrase"),
        [InputRequired(lazy_gettext("Write the secret phrase")), Length(max=200)],
        widget=GovTextInput(),
    )
