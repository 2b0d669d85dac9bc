"""The fields that entries of the directory are made of."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import (
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    IntegerField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp, ValidationError

from mhpss.services import directory

_NEEDED = lazy_gettext("Fill this in")
SEALED = lazy_gettext("Sealed: it is on no public page and in no file.")


def trimmed(text: str | None) -> str:
    """What was typed, without the spaces around it."""
    return (text or "").strip()


def line_of_text(label: Any, most: int, *, needed: bool = False, description: Any = "") -> StringField:
    """A line of text of at most `most` characters."""
    length = Length(max=most, message=lazy_gettext("Write at most %(most)s characters", most=most))
    first = [DataRequired(_NEEDED)] if needed else []
    return StringField(
        label, [*first, length], filters=[trimmed], widget=GovTextInput(), description=description, default=""
    )


def paragraph(label: Any) -> TextAreaField:
    """A text of at most 2,000 characters."""
    length = Length(max=2000, message=lazy_gettext("Write at most 2000 characters"))
    return TextAreaField(label, [Optional(), length], filters=[trimmed], widget=GovTextArea(), default="")


def _in_capitals(text: str | None) -> str:
    return trimmed(text).upper()


def country_code(label: Any, *validators: Any) -> StringField:
    """A country, as two letters."""
    two_letters = Regexp(r"^[A-Z]{2}$", message=lazy_gettext("Write two letters"))
    return StringField(label, [*validators, two_letters], filters=[_in_capitals], widget=GovTextInput())


def not_below_least_age(form: Any, field: Any) -> None:
    """A validator: the greatest age is not below the least.

    Raises:
        ValidationError: it is.
    """
    if field.data is not None and (form.least_age.data or 0) > field.data:
        raise ValidationError(_("The first age is above the second"))


def age(label: Any, *validators: Any) -> IntegerField:
    """An age, from 0 to the greatest that the directory knows."""
    return IntegerField(
        label,
        [Optional(), NumberRange(0, directory.OLDEST, lazy_gettext("Write a number from 0 to 120")), *validators],
        widget=GovTextInput(),
    )
