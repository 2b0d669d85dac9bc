"""The form for how a person may be reached, as they or whoever speaks with them fills it in."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextInput
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from consent.people.safe_contacts import BY_MACHINE, Contact, ContactWay
from portal.fields.choices import choices
from portal.fields.edit import Edit
from portal.words.contact import CONTACT_WAYS

_NUMBER = re.compile(r"\+[0-9 ]{7,19}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _hours(first: int, last: int) -> list[tuple[str, str]]:
    return [(str(hour), f"{hour:02}:00") for hour in range(first, last + 1)]


class SafeContactForm(Edit):
    """The way, where to, the hours, and the word by which the person knows that it is no stranger."""

    way = RadioField(
        lazy_gettext("How may you be reached?"),
        [InputRequired(lazy_gettext("Choose how you may be reached"))],
        choices=choices(CONTACT_WAYS),
        widget=GovRadioInput(),
    )
    to = StringField(
        lazy_gettext("Address or number"),
        [Length(max=200, message=lazy_gettext("Write at most 200 characters"))],
        widget=GovTextInput(),
    )
    from_hour = SelectField(lazy_gettext("Not before"), choices=choices(_hours(0, 23)), default="0", widget=GovSelect())
    until_hour = SelectField(
        lazy_gettext("Not after"), choices=choices(_hours(1, 24)), default="24", widget=GovSelect()
    )
    code_word = StringField(
        lazy_gettext("Your code word: it stands at the beginning"),
        [Length(max=40, message=lazy_gettext("Write at most 40 characters"))],
        widget=GovTextInput(),
    )

    def validate_to(self, field: Any) -> None:
        """An address for mail, a number for the telephone."""
        sent = (field.data or "").strip()
        if self.way.data == ContactWay.MAIL and not _MAIL.fullmatch(sent):
            raise ValidationError(_("Write an address such as name@example.org"))
        if self.way.data in (ContactWay.SMS, ContactWay.CALL) and not _NUMBER.fullmatch(sent):
            raise ValidationError(_("Write the number with + and the country"))

    @property
    def contact(self) -> Contact:
        """What was filled in; nothing is kept of an address that is not used."""
        way = ContactWay(self.way.data)
        to = (self.to.data or "").strip() if way in BY_MACHINE else ""
        hours = int(self.from_hour.data), int(self.until_hour.data)
        return Contact(way, to, *hours, (self.code_word.data or "").strip())


def drawn(kept: Contact | None) -> SafeContactForm:
    """The form over what is kept."""
    if kept is None:
        return SafeContactForm()
    hours = {"from_hour": str(kept.from_hour), "until_hour": str(kept.until_hour)}
    return SafeContactForm(data={"way": kept.way.value, "to": kept.to, "code_word": kept.code_word, **hours})
