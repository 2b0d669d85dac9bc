"""The form in which a zone is chosen: one's own, a person's, a partner's."""

from datetime import tzinfo
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovSelect
from wtforms import SelectField
from wtforms.validators import ValidationError

from portal.fields.choices import choices
from portal.fields.edit import Edit
from portal.words import zones


def zone_field(label: Any) -> SelectField:
    """A field with every zone, by its city; `offer` fills it."""
    return SelectField(label, choices=[], default="", widget=GovSelect())


def offer(field: SelectField, otherwise: Any) -> None:
    """Let `field` offer every zone, and first of all none, in the words of what holds then."""
    field.choices = choices([("", otherwise), *zones.offered()])


class ZoneForm(Edit):
    """In which zone days and hours are shown and written."""

    zone = zone_field(lazy_gettext("Which city's time?"))

    def __init__(self, otherwise: tzinfo, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.zone, lazy_gettext("As it is without a choice: %(zone)s", zone=zones.zone_words(otherwise)))

    def validate_zone(self, field: SelectField) -> None:
        """Something was sent: a form without the field changes nothing."""
        if not field.raw_data:
            raise ValidationError(_("Choose from what is offered here"))
