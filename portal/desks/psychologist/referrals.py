"""Referrals of a case: finding a service, asking the person, sending, following, and acting first in danger to life."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent.rules import ReasonCode
from consent.saying.answering import Method
from mhpss.entries import CaseReading
from mhpss.referral import acting_first, agreement, feedback, provider_links, referral_table, referrals
from mhpss.referral.referral_table import Party, ReferralState
from mhpss.referral.referrals import Referral
from mhpss.services import directory
from portal import letters
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import leads_on, of_case
from portal.access.relations import about
from portal.desks.psychologist.acting import author, case_at_hand, note
from portal.desks.psychologist.relations import CaseAtHand, OwnCase, SupervisedCase
from portal.desks.psychologist.views import when
from portal.fields.form import Form
from portal.fields.referral_forms import MoveForm
from portal.frame.transaction import db
from portal.letters.referral import on_paper
from portal.words.referral import (
    CAPACITY_CHIPS,
    CAPACITY_WORDS,
    DOUBT_WORDS,
    FIELD_WORDS,
    GROUND_WORDS,
    NEED_WORDS,
    PARTY_WORDS,
    REASON_WORDS,
    REFERRAL_CHIPS,
    REFERRAL_STATES,
    URGENCY_WORDS,
)
from portal.words.refusals import words_of
from portal.words.support import content_words
from vault.refusals import Refused

bp = Blueprint("referrals", __name__, url_prefix="/cases/<number>/referrals")
WORDS = {
    "CAPACITY_CHIPS": CAPACITY_CHIPS,
    "CAPACITY_WORDS": CAPACITY_WORDS,
    "DOUBT_WORDS": DOUBT_WORDS,
    "FIELD_WORDS": FIELD_WORDS,
    "GROUND_WORDS": GROUND_WORDS,
    "NEED_WORDS": NEED_WORDS,
    "PARTY_WORDS": PARTY_WORDS,
    "REASON_WORDS": REASON_WORDS,
    "REFERRAL_CHIPS": REFERRAL_CHIPS,
    "REFERRAL_STATES": REFERRAL_STATES,
    "URGENCY_WORDS": URGENCY_WORDS,
}


def found_referral(reference: str) -> Referral:
    """A referral of the case at hand, for whoever may read the case.

    Raises:
        NotFound: there is none, or the glass is not broken.
    """
    if not about(CaseAtHand).may_read:
        abort(404)
    return _in_case(reference)


def _in_case(reference: str) -> Referral:
    referral = referrals.by_number(db, reference)
    if referral is None or referral.case_id != case_at_hand().id:
        abort(404)
    return referral


@bp.get("/<reference>")
@allow(Role.PSYCHOLOGIST, on=CaseAtHand, reads=of_case(CaseReading.REFERRAL))
def show(number: str, reference: str) -> ResponseReturnValue:
    """One referral: where it stands, what it tells, what has happened, and what can be done."""
    return _page(reference)


def _page(reference: str, form: MoveForm | None = None) -> str:
    return render_template("psychologist/referral.html", **_shown(found_referral(reference), form))


def _party() -> str:
    """What the reader is to the referral; whoever is only on call is nothing to it, and moves nothing."""
    if case_at_hand().psychologist == author():
        return Party.CLINICIAN
    return Party.SUPERVISOR if case_at_hand().supervisor == author() else ""


def _ways(referral: Referral) -> list[str]:
    found = referral_table.ways(referral.state, _party(), referral.state_before)
    return [way for way in found if way not in (ReferralState.REDIRECTED, ReferralState.DECLINED_BY_PERSON)]


def _shown(referral: Referral, form: MoveForm | None = None, link: str = "") -> dict[str, Any]:
    service, provider = referrals.service_of(db, referral)
    return {
        **WORDS,
        "when": when,
        "case": case_at_hand(),
        "is_own": _party() == Party.CLINICIAN,
        "referral": referral,
        "service": service,
        "provider": provider,
        "contact": directory.contact_of(db, provider),
        "told": referrals.content_of(db, referral),
        "said": content_words({**feedback.of_referral(db, referral), "referral": ""}),
        "allowed": referrals.is_allowed(db, referral),
        "steps": referrals.steps_of(db, referral),
        "moving": form or MoveForm(_ways(referral), formdata=None),
        "ways": _ways(referral),
        "may_redirect": ReferralState.REDIRECTED in referral_table.ways(referral.state, Party.CLINICIAN),
        "link": link,
        "form": form,
    }


@bp.post("/<reference>/move")
@allow(Role.PSYCHOLOGIST, on=CaseAtHand, reads=of_case(CaseReading.REFERRAL))
def move(number: str, reference: str) -> ResponseReturnValue:
    """Move a referral as the table lets the desk."""
    referral = found_referral(reference)
    form = MoveForm(_ways(referral))
    if not form.validate():
        return _page(reference, form), 422
    try:
        with db.begin_nested():
            referrals.move(db, referral, form.to.data, _party(), author(), form.step)
    except Refused as refusal:
        form.refuse(refusal)
        return _page(reference, form), 422
    note("referral_moved")
    return redirect(url_for(".show", number=number, reference=reference))


@bp.post("/<reference>/answer")
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=leads_on())
def answer(number: str, reference: str) -> ResponseReturnValue:
    """Write down what the person said to this provider and these fields."""
    referral = found_referral(reference)
    if not Form().validate() or request.form.get("answer") not in (ReasonCode.GRANTED, ReasonCode.REFUSED):
        flash(_("Choose one of the answers. Nothing was changed."))
        return redirect(url_for(".show", number=number, reference=reference), 303)
    try:
        said = request.form["answer"]
        agreement.answer(
            db, referral, said, language=case_at_hand().language, method=Method.SPOKEN_RECORDED, author=author()
        )
    except referrals.NotAllowed:
        flash(_("This does not fit where the referral stands now."))
    else:
        note("referral_answer")
    return redirect(url_for(".show", number=number, reference=reference), 303)


@bp.post("/<reference>/link")
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=of_case(CaseReading.REFERRAL))
def link(number: str, reference: str) -> ResponseReturnValue:
    """Make the link by which the provider answers; it is shown this once, and the one before ends."""
    referral = found_referral(reference)
    if not Form().validate():
        abort(400)
    try:
        token = provider_links.issue(db, referral)
    except (referrals.NotAllowed, referrals.NoLiveConsent) as refusal:
        flash(str(words_of(refusal)))
        return redirect(url_for(".show", number=number, reference=reference), 303)
    note("link_issued")
    address = url_for("provider.show", token=token, _external=True)
    return render_template("psychologist/referral.html", **_shown(referral, link=address))


@bp.post("/<reference>/told")
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=leads_on())
def told(number: str, reference: str) -> ResponseReturnValue:
    """Note that the provider was told of a stop."""
    if not Form().validate():
        abort(400)
    referrals.told(db, found_referral(reference), author())
    note("provider_told")
    return redirect(url_for(".show", number=number, reference=reference))


@bp.post("/<reference>/confirm")
@allow(Role.PSYCHOLOGIST, on=SupervisedCase, reads=leads_on())
def confirm(number: str, reference: str) -> ResponseReturnValue:
    """Confirm as the second person that help had to be called before asking; it shows nothing of the case."""
    referral = _in_case(reference)
    if not Form().validate():
        abort(400)
    try:
        acting_first.confirm(db, referral, author())
    except referrals.NotAllowed:
        abort(409)
    note("act_confirmed")
    return redirect(url_for("psychologist.cases.show", number=number))


@bp.get("/<reference>/sheet")
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=of_case(CaseReading.SHEET))
def sheet(number: str, reference: str) -> ResponseReturnValue:
    """The referral sheet on paper; it names the person only where the provider has accepted."""
    return letters.as_download(on_paper(db, found_referral(reference), case_at_hand()))
