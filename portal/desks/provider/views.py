"""One referral to its provider, through the link that was given to it. A link that is not ours finds nothing."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mhpss import entries
from mhpss.referral import provider_links, referrals
from mhpss.referral.provider_links import Seen
from mhpss.referral.referral_table import Party
from mhpss.referral.referrals import Referral
from portal.access.permissions import public
from portal.fields.referral_forms import MoveForm
from portal.frame.transaction import db
from portal.words.consent import language
from portal.words.referral import FIELD_WORDS, REFERRAL_CHIPS, REFERRAL_STATES, URGENCY_WORDS
from vault.audit import Actor

bp = Blueprint("provider", __name__, url_prefix="/r")
_PROVIDER = Actor("provider")


def _opened(token: str) -> Referral:
    try:
        return provider_links.open_link(db, token)
    except provider_links.LinkOver:
        abort(404)


def _page(referral: Referral, seen: Seen, token: str, form: MoveForm | None = None) -> str:
    service, _provider = referrals.service_of(db, referral)
    shown: dict[str, Any] = {
        "FIELD_WORDS": FIELD_WORDS,
        "REFERRAL_CHIPS": REFERRAL_CHIPS,
        "REFERRAL_STATES": REFERRAL_STATES,
        "URGENCY_WORDS": URGENCY_WORDS,
        "referral": referral,
        "seen": seen,
        "service": service.names[language()],
        "moving": form or MoveForm(seen.ways, formdata=None),
        "form": form,
        "token": token,
    }
    return render_template("provider/referral.html", **shown)


@bp.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """What the provider may see now, and what it can answer."""
    referral = _opened(token)
    return _page(referral, provider_links.seen(db, referral), token)


@bp.post("/<token>")
@public
def answer(token: str) -> ResponseReturnValue:
    """Take the provider's answer; what does not fit where the referral stands is said and changes nothing."""
    referral = _opened(token)
    seen = provider_links.seen(db, referral)
    form = MoveForm(seen.ways)
    if not form.validate():
        return _page(referral, seen, token, form), 422
    try:
        referrals.move(db, referral, form.to.data, Party.SERVICE, "provider", form.step)
    except referrals.MoreNeeded as missing:
        form.say(missing)
        return _page(referral, seen, token, form), 422
    except (referrals.NotAllowed, referrals.NoLiveConsent):
        db.rollback()
        return redirect(url_for(".show", token=token), 303)
    entries.note_act(db, _PROVIDER, referral.case_id, f"provider_{form.to.data}")
    flash(_("Thank you. Your answer is kept."))
    return redirect(url_for(".show", token=token))
