"""Looking for services, noting an attempt to verify one, and entering its places."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import (
    GovRadioInput,
    GovTextArea,
)
from wtforms import (
    RadioField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from mhpss.hsds.fields import is_uri
from mhpss.services import locations
from mhpss.services.locations import WEEKDAYS, Opening, Place
from portal.desks.coordination.entry_fields import country_code, line_of_text, trimmed
from portal.fields.choices import choices
from portal.fields.edit import Edit
from portal.fields.form import Form
from portal.fields.needed import NeededWhen
from portal.words.directory import weekday_name
from portal.words.refusals import words_of


class AttemptForm(Form):
    """That a provider could not be reached."""

    note = TextAreaField(
        lazy_gettext("Could not reach them: what was tried?"),
        [
            DataRequired(lazy_gettext("Write what was tried")),
            Length(max=2000, message=lazy_gettext("Write at most 2000 characters")),
        ],
        filters=[trimmed],
        widget=GovTextArea(),
    )


_OF_A_PLACE = ("street", "city", "region", "postal_code", "country")


class _PlaceForm(Edit):
    kind = RadioField(
        lazy_gettext("What is it?"),
        [InputRequired(lazy_gettext("Choose one"))],
        choices=choices(
            [("place", lazy_gettext("a place where one goes")), ("remote", lazy_gettext("a way to meet from anywhere"))]
        ),
        default="place",
        widget=GovRadioInput(),
    )
    name = line_of_text(lazy_gettext("Name of the place"), 200)
    street = line_of_text(lazy_gettext("Street and number"), 200)
    postal_code = line_of_text(lazy_gettext("Postal code"), 20)
    city = line_of_text(lazy_gettext("Town"), 80)
    region = line_of_text(lazy_gettext("Region"), 80)
    country = country_code(
        lazy_gettext("Country, in two letters"),
        NeededWhen(lambda form: form.kind.data == "place", lazy_gettext("Write two letters")),
    )
    url = line_of_text(lazy_gettext("Web address"), 300)

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
            except locations.BadHours as refusal:
                field.errors = [*field.errors, str(words_of(refusal))]
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


PlaceForm: Any = type("PlaceForm", (_PlaceForm,), {f"day_{weekday}": line_of_text("", 80) for weekday in WEEKDAYS})


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
