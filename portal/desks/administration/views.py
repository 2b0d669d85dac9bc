"""Pages on the installation as a whole."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from consent.catalogue import recipients
from consent.people import organisations, zones
from consent.proving import installed
from portal import lists
from portal.access import accounts, throttle
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, nothing, of_nobody
from portal.access.relations import WholeConsortium
from portal.desks.administration.listings import ACTS, acts_looked_for
from portal.fields.zone_form import ZoneForm
from portal.frame.transaction import db
from portal.outbox import messages
from portal.outbox.messages import MessageState
from vault import audit, audit_chain

bp = Blueprint("administration", __name__, url_prefix="/administration")


@bp.get("/")
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=nothing("counts of the installation"))
def today() -> ResponseReturnValue:
    """The state of the installation: how much there is, and whether somebody is guessing passphrases."""
    return render_template(
        "administration/today.html",
        state=installed.state(db),
        failures=throttle.failures(db),
        given_up=messages.counted(db).get(MessageState.GIVEN_UP, 0),
        staff=len(accounts.listed(db)),
        partners=organisations.listed(db),
        zones={partner.key: zones.of_partner(db, partner.key) for partner in organisations.listed(db)},
        recipients=recipients.directory(db).values(),
    )


@bp.route("/partners/<key>/zone", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, on=WholeConsortium, reads=nothing("the zone of a partner"))
def partner_zone(key: str) -> ResponseReturnValue:
    """Choose in which zone a partner's days and hours are, for all who chose none themselves."""
    partner = db.get(organisations.Organisation, key) or abort(404)
    form = ZoneForm(zones.of_country(partner.country), data={"zone": partner.zone or ""})
    if form.validate_on_submit():
        zones.keep_of_partner(db, partner.key, form.zone.data)
        audit.record(db, current_user.account.as_actor(), "organisation.zone", target=partner.key)
        return redirect(url_for(".today"))
    page = render_template("administration/partner_zone.html", form=form, partner=partner)
    return page, 422 if form.errors else 200


@bp.get("/ledger")
@allow(Role.ADMINISTRATOR, Role.AUDITOR, on=WholeConsortium, reads=nothing("numbers and digests of the ledger"))
def ledger() -> ResponseReturnValue:
    """How far the ledger has come, and the last events' leaves: numbers and digests, nobody's content."""
    return render_template("administration/ledger.html", state=installed.state(db), leaves=installed.last_leaves(db))


@bp.get("/acts")
@allow(Role.AUDITOR, on=WholeConsortium, reads=of_nobody(Reading.AUDIT))
def acts() -> ResponseReturnValue:
    """The audit log, newest first, of what is looked for."""
    return lists.find(ACTS, acts_looked_for).page("administration/acts.html", seal=audit_chain.latest(db))


@bp.get("/acts.csv")
@allow(Role.AUDITOR, on=WholeConsortium, reads=of_nobody(Reading.AUDIT_FILE), step_up=True)
def acts_as_csv() -> ResponseReturnValue:
    """The same as a table to take along. A person is a word of this file: alike in two lines, nobody outside it."""
    return lists.find_all(ACTS, acts_looked_for).file()
