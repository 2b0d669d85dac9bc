"""What the coordinator fills in about providers, services and their places."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovFileInput,
    GovRadioInput,
    GovTextInput,
)
from wtforms import (
    BooleanField,
    FileField,
    IntegerField,
    RadioField,
    SelectMultipleField,
)
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from mhpss.hsds.fields import is_email, is_uri
from mhpss.services import directory
from mhpss.services.directory import Cost
from portal.desks.coordination.entry_fields import (
    SEALED,
    age,
    country_code,
    line_of_text,
    not_below_least_age,
    paragraph,
)
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.edit import Edit
from portal.fields.form import Form
from portal.words.consent import LANGUAGE_NAMES
from portal.words.directory import SERVICE_LANGUAGES, language_name
from portal.words.referral import CAPACITY_WORDS, GENDER_WORDS, NEED_WORDS
from portal.words.support import LAYER_WORDS


def in_each_language(form: Form, prefix: str) -> dict[str, str]:
    """A text of a form in the languages in which it was written."""
    return {code: form[f"{prefix}_{code}"].data for code in LANGUAGE_NAMES if form[f"{prefix}_{code}"].data}


def by_language(prefix: str, texts: dict[str, str]) -> dict[str, str]:
    """The same the other way: the data of a form's fields."""
    return {f"{prefix}_{code}": texts.get(code, "") for code in LANGUAGE_NAMES}


class ProviderForm(Edit):
    """A provider, with the contact for referrals, which is sealed."""

    name = line_of_text(lazy_gettext("Name of the provider"), 200, needed=True)
    country = country_code(lazy_gettext("Country, in two letters"))
    contact = line_of_text(lazy_gettext("Contact for referrals"), 200, needed=True, description=SEALED)
    agreement_until = DayField(lazy_gettext("Agreement valid until"))
    confidential = BooleanField(
        lazy_gettext("Confidential: never on the public page"), default=False, widget=GovCheckboxInput()
    )
    about_be = paragraph(lazy_gettext("About the provider, in Belarusian"))
    about_ru = paragraph(lazy_gettext("About the provider, in Russian"))
    about_en = paragraph(lazy_gettext("About the provider, in English"))


class _NewProvider(Form):
    provider = line_of_text(lazy_gettext("Name of the provider"), 200, needed=True)
    contact = line_of_text(lazy_gettext("Contact for referrals"), 200, needed=True, description=SEALED)
    agreement_until = DayField(lazy_gettext("Agreement valid until"))
    confidential = BooleanField(
        lazy_gettext("Confidential: never on the public page"), default=False, widget=GovCheckboxInput()
    )


class ServiceForm(Edit):
    """What a service is."""

    name_be = line_of_text(lazy_gettext("Name of the service in Belarusian"), 200, needed=True)
    name_ru = line_of_text(lazy_gettext("Name of the service in Russian"), 200, needed=True)
    name_en = line_of_text(lazy_gettext("Name of the service in English"), 200, needed=True)
    about_be = paragraph(lazy_gettext("About the service, in Belarusian"))
    about_ru = paragraph(lazy_gettext("About the service, in Russian"))
    about_en = paragraph(lazy_gettext("About the service, in English"))
    needs = SelectMultipleField(
        lazy_gettext("What does it answer?"),
        [InputRequired(lazy_gettext("Choose at least one"))],
        choices=choices(NEED_WORDS),
        widget=GovCheckboxesInput(),
    )
    layer = RadioField(
        lazy_gettext("Which layer of support is it?"),
        [InputRequired(lazy_gettext("Choose a layer"))],
        choices=choices(LAYER_WORDS),
        widget=GovRadioInput(),
    )
    languages = SelectMultipleField(
        lazy_gettext("In which languages?"),
        [InputRequired(lazy_gettext("Choose at least one"))],
        widget=GovCheckboxesInput(),
    )
    genders = SelectMultipleField(
        lazy_gettext("Who helps?"), choices=choices(GENDER_WORDS), widget=GovCheckboxesInput()
    )
    least_age = age(lazy_gettext("From which age?"))
    greatest_age = age(lazy_gettext("Up to which age?"), not_below_least_age)
    paid = BooleanField(lazy_gettext("It has to be paid"), widget=GovCheckboxInput())
    fees_be = paragraph(lazy_gettext("What it costs, in Belarusian"))
    fees_ru = paragraph(lazy_gettext("What it costs, in Russian"))
    fees_en = paragraph(lazy_gettext("What it costs, in English"))
    accessible = BooleanField(lazy_gettext("It is accessible"), widget=GovCheckboxInput())
    phone = line_of_text(lazy_gettext("Phone for everybody"), 40)
    email = line_of_text(lazy_gettext("E-mail address for everybody"), 200)
    url = line_of_text(lazy_gettext("Web address"), 300)
    public = BooleanField(
        lazy_gettext("Show it on the public page"),
        widget=GovCheckboxInput(),
        description=lazy_gettext("With its places, hours, phone and e-mail address."),
    )

    def __init__(self, known_languages: Iterable[str] = (), *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = dict.fromkeys([*SERVICE_LANGUAGES, *known_languages])
        self.languages.choices = choices([(code, language_name(code)) for code in codes])

    def validate_email(self, field: Any) -> None:
        """An address that mail can be sent to."""
        if field.data and not is_email(field.data):
            raise ValidationError(_("Write an e-mail address such as name@example.org"))

    def validate_url(self, field: Any) -> None:
        """An address of the web."""
        if field.data and not is_uri(field.data):
            raise ValidationError(_("Write an address that begins with https://"))

    def content(self) -> dict[str, Any]:
        """What the directory keeps of it."""
        greatest = self.greatest_age.data
        return {
            "names": in_each_language(self, "name"),
            "about": in_each_language(self, "about"),
            "fees": in_each_language(self, "fees"),
            "needs": list(self.needs.data or []),
            "layer": int(self.layer.data),
            "languages": list(self.languages.data or []),
            "genders": list(self.genders.data or []),
            "least_age": self.least_age.data or 0,
            "greatest_age": directory.OLDEST if greatest is None else greatest,
            "cost": Cost.PAID if self.paid.data else Cost.FREE,
            "accessible": bool(self.accessible.data),
            "phone": self.phone.data,
            "email": self.email.data,
            "url": self.url.data,
            "public": bool(self.public.data),
        }


class _FirstPlace(Form):
    country = country_code(lazy_gettext("Country, in two letters"))
    place = line_of_text(
        lazy_gettext("Place"), 80, description=lazy_gettext("Leave it empty if it only works remotely.")
    )
    remote = BooleanField(lazy_gettext("It works remotely"), widget=GovCheckboxInput())


class VerifyForm(Edit):
    """What a provider said today."""

    capacity = RadioField(
        lazy_gettext("Is there room?"),
        [InputRequired(lazy_gettext("Choose whether there is room"))],
        choices=choices(CAPACITY_WORDS),
        widget=GovRadioInput(),
    )
    waiting_days = IntegerField(
        lazy_gettext("How many days does one wait?"),
        [Optional(), NumberRange(0, 3650, lazy_gettext("Write a number from 0 to 3650"))],
        widget=GovTextInput(),
    )
    open = BooleanField(lazy_gettext("It takes referrals"), default=True, widget=GovCheckboxInput())


class NewServiceForm(ServiceForm, _FirstPlace, VerifyForm):
    """A service of a provider that is there, in the one place that matters most, made sure of today."""


class FirstServiceForm(NewServiceForm, _NewProvider):
    """The same with its provider."""


class FileForm(Form):
    """A file of services."""

    file = FileField(
        lazy_gettext("A file of services (JSON, HSDS 3.0)"),
        [InputRequired(lazy_gettext("Choose a file"))],
        widget=GovFileInput(),
    )
