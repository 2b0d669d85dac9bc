"""Rows of a list that are chosen, to act on all of them."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import SelectMultipleField, StringField
from wtforms.validators import InputRequired

from portal.fields.choices import choices
from portal.fields.form import Form
from portal.lists.listing import Listing


class Choosing(Form):
    """Which rows, and what is done with them. A row that is not on the page any more is no choice any more."""

    chosen = SelectMultipleField(
        lazy_gettext("Choose"), [InputRequired(lazy_gettext("Choose one row of the list, or several"))]
    )
    act = StringField()
    listing: Listing[Any]

    @classmethod
    def of(cls, listing: Listing[Any], rows: Iterable[Any]) -> "Choosing":
        """The form for the rows of a page."""
        form = cls()
        form.listing = listing
        form.chosen.choices = choices((listing.row_key(row), "") for row in rows) if listing.row_key else []
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the rows are there, and the list has that act; what is wrong is said at the rows."""
        if not super().validate(extra_validators):
            return False
        if self.act.data not in {act.key for act in self.listing.acts}:
            self.chosen.errors = [_("Choose from what is offered here")]
            return False
        return True
