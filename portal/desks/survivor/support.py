"""The person's own view of their support: who, when, where it stands, and what they want otherwise."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from consent.catalogue import forms
from consent.people import support
from consent.rules import ReasonCode
from consent.saying.answering import Method
from consent.saying.withdrawal import Channel
from mhpss import cases, entries, measuring, meetings, wishes
from mhpss.cases import Case
from mhpss.entries import CaseReading
from mhpss.referral import agreement, feedback, referral_table, referrals
from mhpss.referral.referral_table import ReferralState
from mhpss.referral.referrals import Referral
from portal.access.accounts import Role
from portal.access.permissions import allow, shows_nothing
from portal.access.readings import Reading, leads_on, of_case, of_nobody
from portal.access.relations import about
from portal.casework import support_pages, support_requests
from portal.desks.survivor.relations import OwnSupport
from portal.desks.survivor.support_forms import FeedbackForm, WishForm
from portal.fields import curves
from portal.fields.form import Form
from portal.fields.support_request import SupportRequestForm
from portal.frame.transaction import db, undo
from portal.words.consent import language
from portal.words.directory import country_name
from portal.words.referral import FIELD_WORDS, NEED_WORDS, stands_for_person
from portal.words.support import GOALS_TITLE

bp = Blueprint("support", __name__, url_prefix="/help")


def own_case() -> Case:
    return about(OwnSupport).case or abort(404)


@bp.before_request
def _rest_after_a_paper() -> ResponseReturnValue | None:
    until = support_pages.closed_until(db, current_user.account)
    if until is None:
        return None
    shows_nothing()
    return render_template("survivor/support/closed.html", until=until), 200 if request.method == "GET" else 409


def note(case: Case, act: str) -> None:
    entries.note_act(db, current_user.account.as_actor(), case.id, act)


NOT_NOTED = lazy_gettext("Nothing could be noted: notes about your support are stopped, or it has ended.")


def _own_referral(reference: str) -> Referral:
    found = referrals.by_number(db, reference)
    if found is None or found.case_id != own_case().id or found.state == ReferralState.ENTERED_IN_ERROR:
        abort(404)
    return found


@bp.get("/")
@allow(Role.SURVIVOR, on=OwnSupport, reads=of_nobody(Reading.SUPPORT))
def show() -> ResponseReturnValue:
    """My support person, my next appointment, my referrals, my questions."""
    case = about(OwnSupport).case
    if case is None:
        return render_template("survivor/support/none.html")
    own = [
        each
        for each in referrals.of_case(db, case.id)
        if each.state not in (ReferralState.DRAFT, ReferralState.ENTERED_IN_ERROR)
    ]
    ahead = meetings.planned(db, [case.id])
    return render_template(
        "survivor/support/show.html",
        case=case,
        support_person=cases.intake_of(db, case).support_person,
        meeting=ahead[0] if ahead else None,
        referrals=[(each, referrals.service_of(db, each)[0]) for each in own],
        stands=stands_for_person,
        NEED_WORDS=NEED_WORDS,
        offers=measuring.offered(db, case, support_pages.cover_of(db, case)),
        measured=measuring.due(db, [case.id]),
        form=Form(),
    )


@bp.get("/answers")
@allow(Role.SURVIVOR, on=OwnSupport, reads=of_case(CaseReading.OWN_RESULTS))
def results() -> ResponseReturnValue:
    """What the person's answers came to over time, for whoever wants to see it; no word of an illness."""
    case = own_case()
    drawn = [curves.draw(key, points) for key, points in measuring.curves(db, case.id).items()]
    return render_template("survivor/support/results.html", curves=drawn, goals_title=GOALS_TITLE)


@bp.route("/ask", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnSupport, reads=of_nobody(Reading.SUPPORT))
def ask() -> ResponseReturnValue:
    """Ask for support; sending it allows that a case is kept, which can be stopped like any other permission."""
    form = SupportRequestForm()
    if not form.validate_on_submit():
        words = forms.current(db).text(language(), support.CASE)
        return render_template("survivor/support/ask.html", form=form, words=words), 422 if form.errors else 200
    try:
        support_requests.ask(db, current_user.account, about(OwnSupport).subject_id, form.wish, language())
    except cases.NoConsent:
        undo()
        form.say(_("It cannot be passed on just now, because everything about you rests."))
        words = forms.current(db).text(language(), support.CASE)
        return render_template("survivor/support/ask.html", form=form, words=words), 409
    flash(_("We have it. Somebody of the support team gets in touch as you wrote."))
    return redirect(url_for(".show"))


@bp.get("/way/<reference>")
@allow(Role.SURVIVOR, on=OwnSupport, reads=of_nobody(Reading.SUPPORT))
def referral(reference: str) -> ResponseReturnValue:
    """One referral: where it stands, what would be told or was told, and stopping it."""
    return _referral_page(_own_referral(reference))


def _referral_page(found: Referral, sent: FeedbackForm | None = None) -> str:
    service, provider = referrals.service_of(db, found)
    return render_template(
        "survivor/support/referral.html",
        feedback=sent or FeedbackForm(formdata=None, data=feedback.of_referral(db, found)),
        country=country_name(service.country),
        may_say=feedback.may_be_given(found),
        referral=found,
        service=service,
        provider=provider,
        told=referrals.content_of(db, found),
        stands=stands_for_person,
        named=request.args.get("names") == "1",
        is_open=found.state in referral_table.open_states() and found.state != ReferralState.AWAITING_CONSENT,
        FIELD_WORDS=FIELD_WORDS,
        NEED_WORDS=NEED_WORDS,
        form=Form(formdata=None),
    )


@bp.post("/way/<reference>/feedback")
@allow(Role.SURVIVOR, on=OwnSupport, reads=of_nobody(Reading.SUPPORT))
def say(reference: str) -> ResponseReturnValue:
    """Say whether a referral helped; the support person reads it."""
    found = _own_referral(reference)
    form = FeedbackForm()
    if not form.validate():
        return _referral_page(found, form), 422
    author = current_user.account.id
    try:
        feedback.give(db, own_case(), found, form.helped.data, form.text.data or "", author)
    except (cases.NoConsent, cases.NotNow):
        form.say(NOT_NOTED)
        return _referral_page(found, form), 409
    note(own_case(), "feedback")
    flash(_("Thank you. Your support person can read it now."))
    return redirect(url_for(".show"))


@bp.post("/way/<reference>/answer")
@allow(Role.SURVIVOR, on=OwnSupport, reads=leads_on())
def answer(reference: str) -> ResponseReturnValue:
    """Yes or no to this provider and exactly these fields."""
    found = _own_referral(reference)
    if not Form().validate() or request.form.get("answer") not in (ReasonCode.GRANTED, ReasonCode.REFUSED):
        flash(_("Choose one of the answers. Nothing was changed."))
        return redirect(url_for(".referral", reference=reference), 303)
    try:
        agreement.answer(
            db,
            found,
            request.form["answer"],
            language=language(),
            method=Method.PORTAL,
            author=current_user.account.id,
        )
    except referrals.NotAllowed:
        flash(_("This question is over. Nothing was changed."))
        return redirect(url_for(".show"), 303)
    note(own_case(), "referral_answer")
    flash(_("Your answer is saved. You can stop it here at any time."))
    return redirect(url_for(".show"))


@bp.post("/way/<reference>/stop")
@allow(Role.SURVIVOR, on=OwnSupport, reads=leads_on())
def stop(reference: str) -> ResponseReturnValue:
    """Stop a referral: the provider sees nothing more from this moment, and is told."""
    found = _own_referral(reference)
    if not Form().validate():
        abort(400)
    try:
        agreement.withdraw(db, found, Channel.PORTAL, current_user.account.id)
    except referrals.NotAllowed:
        return redirect(url_for(".show"), 303)
    note(own_case(), "referral_stop")
    flash(_("It has stopped. They see nothing more of you here, and we tell them."))
    return redirect(url_for(".show"))


@bp.post("/contact")
@allow(Role.SURVIVOR, on=OwnSupport, reads=leads_on())
def contact() -> ResponseReturnValue:
    """Stop being contacted, or allow it again; no reason asked."""
    case = own_case()
    if not Form().validate():
        abort(400)
    cases.stop_contact(db, case, current_user.account.id, stopped=case.may_contact)
    note(case, "contact")
    return redirect(url_for(".show"))


@bp.route("/wish", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnSupport, reads=of_nobody(Reading.SUPPORT))
def wish() -> ResponseReturnValue:
    """Ask for a woman or a man, for another way to be reached, or to talk."""
    case = own_case()
    form = WishForm()
    if not form.validate_on_submit():
        return render_template("survivor/support/wish.html", form=form), 422 if form.errors else 200
    try:
        wishes.wish(db, case, form.kind.data, form.text.data or "", current_user.account.id)
    except (cases.NoConsent, cases.NotNow):
        form.say(NOT_NOTED)
        return render_template("survivor/support/wish.html", form=form), 409
    note(case, "wish")
    flash(_("Your support person has it today."))
    return redirect(url_for(".show"))
