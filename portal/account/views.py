"""The page of one's own account."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent import organisations
from portal.access import sessions
from portal.access.accounts import Role
from portal.access.permissions import allow, own_account
from portal.transaction import db
from vault import audit

_STAFF = tuple(role for role in Role if role is not Role.SURVIVOR)

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("/")
@allow(*_STAFF, on=own_account)
def show() -> ResponseReturnValue:
    """Role, partner, and where one is signed in."""
    account = current_user.account
    return render_template(
        "account/show.html",
        account=account,
        organisation=db.get_one(organisations.Organisation, account.organisation),
        sessions=sessions.of_account(db, account.id),
    )


@bp.post("/end-other-sessions")
@allow(*_STAFF, on=own_account)
def end_other_sessions() -> ResponseReturnValue:
    """End every session but this one."""
    sessions.end_others(db, current_user.account.id, current_user.token)
    audit.record(db, current_user.account.as_actor(), "access.end_other_sessions")
    flash(_("All other sessions have ended."))
    return redirect(url_for(".show"))
