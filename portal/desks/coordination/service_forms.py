"""What the coordinator fills in about providers, services and their places."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovFileInput,
    GovRadioInput,
    GovSelect,
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    BooleanField,
    FileField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from mhpss.hsds.fields import is_email, is_uri
from mhpss.services import directory, locations
from mhpss.services.directory import Cost
from mhpss.services.locations import WEEKDAYS, Opening, Place
from portal.fields.choices import choices
from portal.fields.day_field import DayField
from portal.fields.needed import NeededWhen
from portal.words.consent import LANGUAGE_NAMES
from portal.words.directory import SERVICE_LANGUAGES, country_name, language_name, weekday_name
from portal.words.referral import CAPACITY_WORDS, GENDER_WORDS, NEED_WORDS
from portal.words.support import LAYER_WORDS

_NEEDED = lazy_gettext("Fill this in")
_SEALED = lazy_gettext("Sealed: it is on no public page and in no file.")


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


def _line(label: Any, most: int, *, needed: bool = False, description: Any = "") -> StringField:
    length = Length(max=most, message=lazy_gettext("Write at most %(most)s characters", most=most))
    first = [DataRequired(_NEEDED)] if needed else []
    return StringField(
        label, [*first, length], filters=[_trimmed], widget=GovTextInput(), description=description, default=""
    )


def _text(label: Any) -> TextAreaField:
    length = Length(max=2000, message=lazy_gettext("Write at most 2000 characters"))
    return TextAreaField(label, [Optional(), length], filters=[_trimmed], widget=GovTextArea(), default="")


def _in_capitals(text: str | None) -> str:
    return _trimmed(text).upper()


def _country(label: Any, *validators: Any) -> StringField:
    two_letters = Regexp(r"^[A-Z]{2}$", message=lazy_gettext("Write two letters"))
    return StringField(label, [*validators, two_letters], filters=[_in_capitals], widget=GovTextInput())


def _not_below_least_age(form: Any, field: Any) -> None:
    if field.data is not None and (form.least_age.data or 0) > field.data:
        raise ValidationError(_("The first age is above the second"))


def _age(label: Any, *validators: Any) -> IntegerField:
    return IntegerField(
        label,
        [Optional(), NumberRange(0, directory.OLDEST, lazy_gettext("Write a number from 0 to 120")), *validators],
        widget=GovTextInput(),
    )


def in_each_language(form: FlaskForm, prefix: str) -> dict[str, str]:
    """A text of a form in the languages in which it was written."""
    return {code: form[f"{prefix}_{code}"].data for code in LANGUAGE_NAMES if form[f"{prefix}_{code}"].data}


def by_language(prefix: str, texts: dict[str, str]) -> dict[str, str]:
    """The same the other way: the data of a form's fields."""
    return {f"{prefix}_{code}": texts.get(code, "") for code in LANGUAGE_NAMES}


class LookForm(FlaskForm):
    """Which services the list shows. Sent by GET: looking changes nothing."""

    class Meta(FlaskForm.Meta):
        """No token: nothing changes."""

        csrf = False

    need = SelectField(lazy_gettext("What is needed?"), widget=GovSelect(), default="")
    language = SelectField(lazy_gettext("Language"), widget=GovSelect(), default="")
    country = SelectField(lazy_gettext("Country"), widget=GovSelect(), default="")
    stale = SelectField(lazy_gettext("Made sure of"), widget=GovSelect(), default="")
    open = SelectField(lazy_gettext("Referrals"), widget=GovSelect(), default="")

    def __init__(self, countries: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("all"))
        self.need.choices = choices([everything, *NEED_WORDS.items()])
        self.language.choices = choices([everything, *((code, language_name(code)) for code in SERVICE_LANGUAGES)])
        self.country.choices = choices([everything, *((code, country_name(code)) for code in countries)])
        self.stale.choices = choices([everything, ("no", _("in time")), ("yes", _("make sure again"))])
        self.open.choices = choices([everything, ("yes", _("takes referrals")), ("no", _("takes no referrals"))])

    def looked(self) -> directory.Looked:
        """What was chosen; what is none of the choices does not matter."""
        self.validate()
        chosen = {field.name: field.data for field in self if not field.errors}
        yes_no = {"yes": True, "no": False}
        return directory.Looked(
            need=chosen.get("need", ""),
            language=chosen.get("language", ""),
            country=chosen.get("country", ""),
            stale=yes_no.get(chosen.get("stale", "")),
            open=yes_no.get(chosen.get("open", "")),
        )


class AttemptForm(FlaskForm):
    """That a provider could not be reached."""

    note = TextAreaField(
        lazy_gettext("Could not reach them: what was tried?"),
        [
            DataRequired(lazy_gettext("Write what was tried")),
            Length(max=2000, message=lazy_gettext("Write at most 2000 characters")),
        ],
        filters=[_trimmed],
        widget=GovTextArea(),
    )


class ProviderForm(FlaskForm):
    """A provider, with the contact for referrals, which is sealed."""

    name = _line(lazy_gettext("Name of the provider"), 200, needed=True)
    country = _country(lazy_gettext("Country, in two letters"))
    contact = _line(lazy_gettext("Contact for referrals"), 200, needed=True, description=_SEALED)
    agreement_until = DayField(lazy_gettext("Agreement valid until"))
    confidential = BooleanField(
        lazy_gettext("Confidential: never on the public page"), default=False, widget=GovCheckboxInput()
    )
    about_be = _text(lazy_gettext("About the provider, in Belarusian"))
    about_ru = _text(lazy_gettext("About the provider, in Russian"))
    about_en = _text(lazy_gettext("About the provider, in English"))


class _NewProvider(FlaskForm):
    provider = _line(lazy_gettext("Name of the provider"), 200, needed=True)
    contact = _line(lazy_gettext("Contact for referrals"), 200, needed=True, description=_SEALED)
    agreement_until = DayField(lazy_gettext("Agreement valid until"))
    confidential = BooleanField(
        lazy_gettext("Confidential: never on the public page"), default=False, widget=GovCheckboxInput()
    )


class ServiceForm(FlaskForm):
    """What a service is."""

    name_be = _line(lazy_gettext("Name of the service in Belarusian"), 200, needed=True)
    name_ru = _line(lazy_gettext("Name of the service in Russian"), 200, needed=True)
    name_en = _line(lazy_gettext("Name of the service in English"), 200, needed=True)
    about_be = _text(lazy_gettext("About the service, in Belarusian"))
    about_ru = _text(lazy_gettext("About the service, in Russian"))
    about_en = _text(lazy_gettext("About the service, in English"))
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
    least_age = _age(lazy_gettext("From which age?"))
    greatest_age = _age(lazy_gettext("Up to which age?"), _not_below_least_age)
    paid = BooleanField(lazy_gettext("It has to be paid"), widget=GovCheckboxInput())
    fees_be = _text(lazy_gettext("What it costs, in Belarusian"))
    fees_ru = _text(lazy_gettext("What it costs, in Russian"))
    fees_en = _text(lazy_gettext("What it costs, in English"))
    accessible = BooleanField(lazy_gettext("It is accessible"), widget=GovCheckboxInput())
    phone = _line(lazy_gettext("Phone for everybody"), 40)
    email = _line(lazy_gettext("E-mail address for everybody"), 200)
    url = _line(lazy_gettext("Web address"), 300)
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


class _FirstPlace(FlaskForm):
    country = _country(lazy_gettext("Country, in two letters"))
    place = _line(lazy_gettext("Place"), 80, description=lazy_gettext("Leave it empty if it only works remotely."))
    remote = BooleanField(lazy_gettext("It works remotely"), widget=GovCheckboxInput())


class VerifyForm(FlaskForm):
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


_OF_A_PLACE = ("street", "city", "region", "postal_code", "country")


class _PlaceForm(FlaskForm):
    kind = RadioField(
        lazy_gettext("What is it?"),
        [InputRequired(lazy_gettext("Choose one"))],
        choices=choices(
            [("place", lazy_gettext("a place where one goes")), ("remote", lazy_gettext("a way to meet from anywhere"))]
        ),
        default="place",
        widget=GovRadioInput(),
    )
    name = _line(lazy_gettext("Name of the place"), 200)
    street = _line(lazy_gettext("Street and number"), 200)
    postal_code = _line(lazy_gettext("Postal code"), 20)
    city = _line(lazy_gettext("Town"), 80)
    region = _line(lazy_gettext("Region"), 80)
    country = _country(
        lazy_gettext("Country, in two letters"),
        NeededWhen(lambda form: form.kind.data == "place", lazy_gettext("Write two letters")),
    )
    url = _line(lazy_gettext("Web address"), 300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday in WEEKDAYS:
            self[f"day_{weekday}"].label.text = _("Hours: %(day)s", day=weekday_name(weekday))
        self.day_0.description = _(
            "Such as 9:00-13:00, 14:00-18:00, in local time. Leave a day empty when it is closed."
        )

    def validate_url(self, field: Any) -> None:
        """An address of the web."""
        if field.data and not is_uri(field.data):
            raise ValidationError(_("Write an address that begins with https://"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Also the hours of each day."""
        valid = bool(super().validate(extra_validators))
        for weekday in WEEKDAYS:
            field = self[f"day_{weekday}"]
            try:
                locations.stretches(field.data)
            except ValueError:
                field.errors = [*field.errors, _("Write hours such as 9:00-13:00, 14:00-18:00")]
                valid = False
        return valid

    def place(self, place_id: str) -> Place:
        """What the directory keeps of it."""
        virtual = self.kind.data == "remote"
        hours = [
            Opening(weekday, opens_at, closes_at)
            for weekday in WEEKDAYS
            for opens_at, closes_at in locations.stretches(self[f"day_{weekday}"].data)
        ]
        return Place(
            place_id,
            virtual,
            name=self.name.data or "",
            url=self.url.data or "",
            hours=tuple(hours),
            **({} if virtual else {name: self[name].data for name in _OF_A_PLACE}),
        )


PlaceForm: Any = type("PlaceForm", (_PlaceForm,), {f"day_{weekday}": _line("", 80) for weekday in WEEKDAYS})


def of_place(place: Place) -> dict[str, Any]:
    """The data of a `PlaceForm`."""
    by_day: dict[str, list[str]] = {f"day_{weekday}": [] for weekday in WEEKDAYS}
    for opening in place.hours:
        by_day[f"day_{opening.weekday}"].append(f"{opening.opens_at}-{opening.closes_at}")
    names = ("name", "url", *_OF_A_PLACE)
    return {
        "kind": "remote" if place.virtual else "place",
        **{name: getattr(place, name) for name in names},
        **{day: ", ".join(stretches) for day, stretches in by_day.items()},
    }


class FileForm(FlaskForm):
    """A file of services."""

    file = FileField(
        lazy_gettext("A file of services (JSON, HSDS 3.0)"),
        [InputRequired(lazy_gettext("Choose a file"))],
        widget=GovFileInput(),
    )
