"""The pages of one's own way in, for survivors: words, app, and where one is signed in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.people import safe_contacts, zones
from portal.access import accounts, duress, passphrases, second_factor, sessions
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.pictures import totp_picture
from portal.access.readings import Reading, leads_on, of_found
from portal.access.relations import OwnRecord, own_id
from portal.access.words import generate_passphrase
from portal.casework import reaching
from portal.desks.account.forms import AppForm, PresentPassphraseForm
from portal.fields import safe_contact_form
from portal.fields.form import Form
from portal.fields.zone_form import ZoneForm
from portal.frame.transaction import db
from portal.words.consent import language
from vault import audit
from vault.refusals import Refused

bp = Blueprint("own_access", __name__, url_prefix="/my/access")


def _note(act: str) -> None:
    audit.record(db, current_user.account.as_actor(), act, own_id())


@bp.get("/")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_ACCESS))
def show() -> ResponseReturnValue:
    """Where the person is signed in, and what they sign in with."""
    account = current_user.account
    return render_template(
        "own_access/show.html",
        sessions=sessions.of_account(db, account.id),
        has_app=accounts.totp_secret(db, account) is not None,
        form=Form(),
    )


@bp.route("/zone", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_ACCESS))
def zone() -> ResponseReturnValue:
    """Choose in which zone days and hours are shown and written."""
    form = ZoneForm(zones.without_choice(db, own_id()), data={"zone": zones.chosen_by(db, own_id()) or ""})
    if form.validate_on_submit():
        zones.keep_of_person(db, own_id(), form.zone.data)
        _note("account.zone")
        flash(_("It is kept."))
        return redirect(url_for(".show"))
    return render_template("account/zone.html", form=form, survivor_page=True), 422 if form.errors else 200


@bp.post("/sessions/end-others")
@allow(Role.SURVIVOR, on=OwnRecord, reads=leads_on())
def end_other_sessions() -> ResponseReturnValue:
    """End every session but this one."""
    sessions.end_others(db, current_user.account.id, current_user.token)
    _note("access.end_other_sessions")
    flash(_("You are signed in only here now."))
    return redirect(url_for(".show"))


@bp.post("/sessions/<session_id>/end")
@allow(Role.SURVIVOR, on=OwnRecord, reads=leads_on())
def end_session(session_id: str) -> ResponseReturnValue:
    """End one of one's own sessions."""
    sessions.end_one(db, current_user.account.id, session_id)
    _note("access.end_session")
    flash(_("That session has ended."))
    return redirect(url_for(".show"))


@bp.route("/contact", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_ACCESS))
def contact() -> ResponseReturnValue:
    """How the person may be told that something waits for them, or that they may not."""
    form = safe_contact_form.drawn(safe_contacts.of_person(db, own_id()))
    if form.validate_on_submit():
        try:
            reaching.keep_contact(db, own_id(), form.contact)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            _note("person.safe_contact")
            flash(_("It is kept. You can change it here at any time."))
            return redirect(url_for(".show"))
    return render_template("own_access/contact.html", form=form), 422 if form.errors else 200


@bp.route("/words", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_WORDS))
def words() -> ResponseReturnValue:
    """New words to sign in with, shown once, for whoever knows the present ones."""
    account, form = current_user.account, PresentPassphraseForm()
    if form.validate_on_submit():
        if passphrases.fits(account.passphrase_hash, form.present.data or ""):
            new = generate_passphrase(language())
            duress.change_passphrase(db, account, passphrases.digest(new))
            sessions.end_others(db, account.id, current_user.token)
            _note("account.passphrase")
            return render_template("own_access/words_done.html", passphrase=new)
        form.present.errors = [_("These are not the words you sign in with")]
    return render_template("own_access/words.html", form=form), 422 if form.errors else 200


@bp.route("/app", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_APP), step_up=True)
def app() -> ResponseReturnValue:
    """Ask for a code from an app as well, from the next sign-in on."""
    form = AppForm()
    secret = form.draw_secret()
    if form.validate_on_submit():
        if second_factor.fits_secret(secret, form.code.data or ""):
            duress.change_totp_secret(db, current_user.account, secret)
            _note("account.app")
            flash(_("From now on you also need the code from your app."))
            return redirect(url_for(".show"))
        form.code.errors = [_("That code did not work. Wait for the next one, then try again.")]
    page = render_template("own_access/app.html", form=form, secret=secret, picture=totp_picture(secret))
    return page, 422 if form.errors else 200


@bp.post("/app/remove")
@allow(Role.SURVIVOR, on=OwnRecord, reads=leads_on(), step_up=True)
def remove_app() -> ResponseReturnValue:
    """Sign in with the words alone again."""
    duress.change_totp_secret(db, current_user.account, None)
    _note("account.app_remove")
    flash(_("From now on the words are enough."))
    return redirect(url_for(".show"))
