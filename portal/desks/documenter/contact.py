"""How a person of the organisation may be reached, and that they were told something in person."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.people import safe_contacts
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_found
from portal.access.relations import PersonOfOwnOrganisation, person_id
from portal.casework import reaching
from portal.fields import safe_contact_form
from portal.frame.transaction import db
from vault import audit
from vault.refusals import Refused

bp = Blueprint("contact", __name__, url_prefix="/<code>")


@bp.route("/contact", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.PERSON))
def change(code: str) -> ResponseReturnValue:
    """Keep how the person says they may be reached, or that they may not."""
    form = safe_contact_form.drawn(safe_contacts.of_person(db, person_id()))
    form.way.label.text = _("How may they be reached?")
    form.code_word.label.text = _("Their code word: it stands at the beginning")
    if form.validate_on_submit():
        try:
            reaching.keep_contact(db, person_id(), form.contact)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            audit.record(db, current_user.account.as_actor(), "person.safe_contact", person_id())
            flash(_("It is kept."))
            return redirect(url_for("documenter.person", code=code))
    return render_template("documenter/contact.html", code=code, form=form), 422 if form.errors else 200


@bp.post("/reached")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=leads_on())
def reached(code: str) -> ResponseReturnValue:  # noqa: ARG001 - part of the address
    """The person was told that something waits for them."""
    reaching.reached(db, person_id())
    audit.record(db, current_user.account.as_actor(), "person.reached", person_id())
    flash(_("Noted: they know that something waits for them."))
    return redirect(url_for("documenter.today"))
