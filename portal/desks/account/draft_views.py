"""What one has typed and not sent: seen again, gone on with, thrown away."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import permissions
from portal.access.accounts import STAFF
from portal.access.permissions import allow
from portal.access.readings import leads_on, nothing
from portal.access.relations import OwnAccount
from portal.drafts import carrying, form_drafts
from portal.frame.transaction import db
from vault.policy import in_force, law

_OWN_WORDS = nothing("one's own words, which were not sent and which nobody else is shown")

bp = Blueprint("drafts", __name__, url_prefix="/drafts")


@bp.get("/")
@allow(*STAFF, on=OwnAccount, reads=_OWN_WORDS)
def listed() -> ResponseReturnValue:
    """Everything that was typed and not sent."""
    days = in_force.value(db, law.DRAFT_KEPT).days
    drafts = form_drafts.of_account(db, current_user.account.id)
    begins = {each.id: (*each.typed.texts, "")[0] for each in drafts if permissions.may_send(each.typed.action)}
    return render_template("account/drafts.html", drafts=drafts, begins=begins, days=days)


@bp.get("/<draft_id>")
@allow(*STAFF, on=OwnAccount, reads=_OWN_WORDS)
def show(draft_id: str) -> ResponseReturnValue:
    """One draft: what stands in it, and the way on; `shut` where its form does not open any more.

    What belongs to somebody or something that is not theirs any more is not shown: a form holds what was there, too.
    """
    draft = form_drafts.find(db, current_user.account.id, draft_id) or abort(404)
    is_theirs = permissions.may_send(draft.typed.action)
    return render_template(
        "account/draft.html", draft=draft, is_theirs=is_theirs, is_shut=not is_theirs or "shut" in request.args
    )


@bp.post("/keep")
@allow(*STAFF, on=OwnAccount, reads=_OWN_WORDS)
def keep() -> ResponseReturnValue:
    """Keep what stands in a form now; its page sends it by itself, while somebody types."""
    typed = carrying.typed() or abort(400)
    form_drafts.keep(db, current_user.account.id, typed)
    return "", 204


@bp.post("/<draft_id>/drop")
@allow(*STAFF, on=OwnAccount, reads=leads_on())
def drop(draft_id: str) -> ResponseReturnValue:
    """Throw a draft away; twice is as once."""
    draft = form_drafts.find(db, current_user.account.id, draft_id)
    form_drafts.drop(db, current_user.account.id, draft_id)
    flash(_("It is thrown away."))
    return redirect(draft.typed.page if draft and request.form.get("here") else url_for(".listed"))
