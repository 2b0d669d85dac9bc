"""What a person may say of the support they get."""

from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovTextArea
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.fields.choices import choices
from portal.fields.form import Form
from portal.words.support import HELPED_WORDS, WISH_CHOICES


class WishForm(Form):
    """What the person wants otherwise."""

    kind = RadioField(
        lazy_gettext("What would you like?"),
        [InputRequired(lazy_gettext("Choose what you would like"))],
        choices=choices(WISH_CHOICES),
        widget=GovRadioInput(),
    )
    text = TextAreaField(
        lazy_gettext("In your own words, if you want to"),
        [Length(max=2000, message=lazy_gettext("Write at most 2000 characters"))],
        widget=GovTextArea(),
    )


class FeedbackForm(Form):
    """Whether a referral helped."""

    helped = RadioField(
        lazy_gettext("Did it help?"),
        [InputRequired(lazy_gettext("Choose whether it helped"))],
        choices=choices(HELPED_WORDS),
        widget=GovRadioInput(),
    )
    text = TextAreaField(
        lazy_gettext("In your own words, if you want to"),
        [Length(max=2000, message=lazy_gettext("Write at most 2000 characters"))],
        widget=GovTextArea(),
    )
