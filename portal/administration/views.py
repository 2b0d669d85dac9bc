"""Pages on the installation as a whole."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from consent import installed, organisations, recipients
from portal.access import accounts, throttle
from portal.access.accounts import Role
from portal.access.permissions import allow, whole_consortium
from portal.transaction import db
from vault import audit

bp = Blueprint("administration", __name__, url_prefix="/administration")


@bp.get("/")
@allow(Role.ADMINISTRATOR, on=whole_consortium)
def today() -> ResponseReturnValue:
    """The state of the installation: how much there is, and whether somebody is guessing passphrases."""
    return render_template(
        "administration/today.html",
        state=installed.state(db),
        failures=throttle.failures(db),
        staff=len(accounts.listed(db)),
        partners=organisations.listed(db),
        recipients=recipients.directory(db).values(),
    )


@bp.get("/accounts")
@allow(Role.ADMINISTRATOR, on=whole_consortium)
def account_list() -> ResponseReturnValue:
    """Every staff account with its role and partner."""
    listed = [(account, accounts.sign_in_name(db, account)) for account in accounts.listed(db)]
    return render_template("administration/accounts.html", listed=listed)


@bp.get("/ledger")
@allow(Role.ADMINISTRATOR, Role.AUDITOR, on=whole_consortium)
def ledger() -> ResponseReturnValue:
    """How far the ledger has come, and the last events' leaves: numbers and digests, nobody's content."""
    return render_template("administration/ledger.html", state=installed.state(db), leaves=installed.last_leaves(db))


@bp.get("/acts")
@allow(Role.AUDITOR, on=whole_consortium)
def acts() -> ResponseReturnValue:
    """The audit log, newest first."""
    before = request.args.get("before", type=int)
    entries = audit.latest(db, before=before)
    return render_template("administration/acts.html", entries=entries)
