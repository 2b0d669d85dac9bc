"""What an address asks of a list: read with the same forms as everything else, and refused at its field."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextInput
from wtforms import IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from portal.fields.choices import choices
from portal.fields.form import Search
from portal.lists.listing import FILE, PAGE, SORT, Listing
from portal.lists.sources import Sort

# No address that could be meant is further on.
_LAST_PAGE = 1_000_000


class Asking(Search):
    """The filters of a list, its order and the page of it, as an address says them.

    A name that the list does not know is refused as well as a value: a filter that is misspelt shows nothing, and never
    everything.
    """

    listing: Listing[Any]

    def __init__(self, listing: Listing[Any]) -> None:
        super().__init__(request.args)
        self.listing = listing
        for each in listing.filters:
            if each.offered is not None:
                self[each.name].choices = each.offered()
        self.sort.choices = choices(_orders(listing))
        self.set_apart("list")

    @classmethod
    def of(cls, listing: Listing[Any]) -> "Asking":
        """What the address at hand asks of a list."""
        fields = {each.name: each.field for each in listing.filters}
        fields[SORT] = SelectField(lazy_gettext("In order of"), widget=GovSelect(), default=listing.order)
        fields[PAGE] = IntegerField(
            lazy_gettext("Page"), [Optional(), NumberRange(1, _LAST_PAGE)], widget=GovTextInput(), default=1
        )
        made: Asking = type("Asking", (cls,), fields)(listing)
        return made

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the list knows all that is asked of it."""
        well_formed = bool(super().validate(extra_validators))
        is_known = set(request.args) <= {field.name for field in self} | {FILE}
        if is_known and all(len(request.args.getlist(name)) == 1 for name in request.args):
            return well_formed
        self.sort.errors = self.sort.errors or [_("The address asks for something that this list does not have")]
        return False

    @property
    def wanted(self) -> Mapping[str, Any]:
        """The filters' values by name."""
        return {each.name: self[each.name].data for each in self.listing.filters}

    @property
    def in_order(self) -> Sort:
        """The order."""
        return Sort.read(self.sort.data)

    @property
    def number(self) -> int:
        """Which page, from 1."""
        return int(self.page.data or 1)

    def address(self, **instead: Any) -> dict[str, Any]:
        """What an address of the list says: what is asked for now where it differs from the usual, and `instead`."""
        usual = {**{each.name: each.default for each in self.listing.filters}, SORT: self.listing.order, PAGE: "1"}
        said = {name: request.args[name] for name in usual if name in request.args} | instead
        return {name: value for name, value in said.items() if value is not None and str(value) != usual[name]}


def _orders(listing: Listing[Any]) -> list[tuple[str, Any]]:
    return [
        each
        for column in listing.on_page
        for each in (
            (column.key, _("%(column)s, from the first", column=column.label)),
            (f"-{column.key}", _("%(column)s, from the last", column=column.label)),
        )
    ]
