"""Giving a selection of a list a name, and what the keyboard does."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from portal.access import permissions
from portal.access.accounts import STAFF
from portal.access.permissions import allow
from portal.access.readings import leads_on, nothing
from portal.access.relations import OwnAccount
from portal.fields.form import Form
from portal.frame import saved
from portal.frame.transaction import db
from portal.lists.listing import Listing, declared

_NAMES = nothing("the names that they gave to their own selections")

bp = Blueprint("lists", __name__, url_prefix="/lists")


class NameForm(Form):
    """The name of a selection."""

    name = StringField(
        lazy_gettext("Its name"),
        [InputRequired(lazy_gettext("Give it a name")), Length(max=60)],
        description=lazy_gettext("Only you see it. A selection that has this name already is replaced."),
        widget=GovTextInput(),
        filters=[lambda sent: (sent or "").strip()],
    )


@bp.route("/<key>/keep", methods=["GET", "POST"])
@allow(*STAFF, on=OwnAccount, reads=_NAMES)
def keep(key: str) -> ResponseReturnValue:
    """Give the selection of the address a name, and see those that have one."""
    listing = _own(key)
    form = NameForm()
    if form.validate_on_submit():
        try:
            saved.keep(db, current_user.account.id, key, form.name.data or "", _selection(listing))
        except saved.TooMany:
            form.name.errors = [_("You keep too many selections of this list: take one away first")]
        else:
            return redirect(_address(listing))
    page = render_template(
        "lists/keep.html",
        form=form,
        listing=listing,
        back=_address(listing),
        kept=saved.of_account(db, current_user.account.id, key),
    )
    return page, 422 if form.errors else 200


@bp.post("/kept/<kept_id>/remove")
@allow(*STAFF, on=OwnAccount, reads=leads_on())
def remove(kept_id: str) -> ResponseReturnValue:
    """Remove a selection of one's own."""
    key = saved.remove(db, current_user.account.id, kept_id) or abort(404)
    return redirect(url_for(".keep", key=key))


@bp.get("/keyboard")
@allow(*STAFF, on=OwnAccount, reads=nothing("what the keys do"))
def keyboard() -> ResponseReturnValue:
    """What lists do, and which keys there are."""
    return render_template("lists/keyboard.html")


def _own(key: str) -> Listing[Any]:
    listing = declared().get(key) or abort(404)
    permission = permissions.of(current_app, listing.page)
    is_within_a_record = any(rule.arguments for rule in current_app.url_map.iter_rules(listing.page))
    if permission is None or current_user.account.role not in permission.roles or is_within_a_record:
        abort(404)
    return listing


def _selection(listing: Listing[Any]) -> str:
    names = {each.name for each in listing.filters} | {"sort"}
    return urlencode([(name, value) for name, value in request.args.items() if name in names])


def _address(listing: Listing[Any]) -> str:
    query = _selection(listing)
    return url_for(listing.page) + (f"?{query}" if query else "")
