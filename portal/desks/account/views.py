"""The pages of one's own account, for staff."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.people import organisations, zones
from portal.access import accounts, notices, passkeys, passphrases, recovery_codes, second_factor, sessions
from portal.access.accounts import STAFF
from portal.access.browser import passkey_site
from portal.access.papers import passphrase_fault
from portal.access.permissions import allow
from portal.access.pictures import totp_picture
from portal.access.readings import leads_on, nothing
from portal.access.relations import OwnAccount
from portal.desks.account import draft_views
from portal.desks.account.forms import AppForm, NewPassphraseForm, OutsideForm, PasskeyForm
from portal.drafts import form_drafts
from portal.fields.zone_form import ZoneForm
from portal.frame.transaction import database, db
from portal.outbox import preferences
from portal.outbox.messages import MessageKind
from portal.outbox.preferences import Pace
from portal.words.accounts import NOTICE_WORDS
from vault import audit

_OWN = nothing("one's own account, of which nobody else is shown anything")

bp = Blueprint("account", __name__, url_prefix="/account")
bp.register_blueprint(draft_views.bp)


def _note(act: str) -> None:
    audit.record(db, current_user.account.as_actor(), act)


def _note_change(act: str) -> None:
    notices.tell(db, current_user.account.id, notices.What.CREDENTIALS_CHANGED)
    _note(act)


@bp.get("/")
@allow(*STAFF, on=OwnAccount, reads=_OWN)
def show() -> ResponseReturnValue:
    """Role, partner, second factors, news, and where one is signed in."""
    account = current_user.account
    return render_template(
        "account/show.html",
        account=account,
        organisation=db.get_one(organisations.Organisation, account.organisation),
        sessions=sessions.of_account(db, account.id),
        passkeys=passkeys.names(db, account.id),
        has_app=accounts.totp_secret(db, account) is not None,
        codes_left=recovery_codes.left(db, account.id),
        news=notices.latest(db, account.id),
        news_words=NOTICE_WORDS,
        drafts=len(form_drafts.of_account(db, account.id)),
    )


@bp.post("/news")
@allow(*STAFF, on=OwnAccount, reads=leads_on())
def put_news_away() -> ResponseReturnValue:
    """Mark the news as read."""
    notices.put_away(db, current_user.account.id)
    return redirect(url_for(".show"))


@bp.post("/end-other-sessions")
@allow(*STAFF, on=OwnAccount, reads=leads_on())
def end_other_sessions() -> ResponseReturnValue:
    """End every session but this one."""
    sessions.end_others(db, current_user.account.id, current_user.token)
    _note("access.end_other_sessions")
    flash(_("All other sessions have ended."))
    return redirect(url_for(".show"))


@bp.post("/sessions/<session_id>/end")
@allow(*STAFF, on=OwnAccount, reads=leads_on())
def end_session(session_id: str) -> ResponseReturnValue:
    """End one of one's own sessions."""
    sessions.end_one(db, current_user.account.id, session_id)
    _note("access.end_session")
    flash(_("That session has ended."))
    return redirect(url_for(".show"))


@bp.route("/passphrase", methods=["GET", "POST"])
@allow(*STAFF, on=OwnAccount, reads=_OWN, step_up=True)
def passphrase() -> ResponseReturnValue:
    """Choose another passphrase; every other session ends."""
    account, form = current_user.account, NewPassphraseForm()
    if form.validate_on_submit():
        known = [accounts.sign_in_name(db, account), account.organisation]
        try:
            passphrases.check(form.new.data or "", known)
        except (passphrases.TooShort, passphrases.TooCommon) as error:
            form.new.errors = [passphrase_fault(error)]
        else:
            if passphrases.fits(account.passphrase_hash, form.present.data or ""):
                accounts.keep_passphrase(db, account, passphrases.digest(form.new.data or ""))
                sessions.end_others(db, account.id, current_user.token)
                _note_change("account.passphrase")
                flash(_("The new passphrase counts from now on. All other sessions have ended."))
                return redirect(url_for(".show"))
            form.present.errors = [_("This is not your present passphrase")]
    return render_template("account/passphrase.html", form=form), 422 if form.errors else 200


@bp.route("/app", methods=["GET", "POST"])
@allow(*STAFF, on=OwnAccount, reads=_OWN, step_up=True)
def app() -> ResponseReturnValue:
    """Set up the app with the one-time codes anew."""
    form = AppForm()
    secret = form.draw_secret()
    if form.validate_on_submit():
        if second_factor.fits_secret(secret, form.code.data or ""):
            accounts.keep_totp_secret(db, current_user.account, secret)
            _note_change("account.app")
            flash(_("The app is set up. The old one no longer works."))
            return redirect(url_for(".show"))
        form.code.errors = [_("That code did not work. Wait for the next one, then try again.")]
    page = render_template("account/app.html", form=form, secret=secret, picture=totp_picture(secret))
    return page, 422 if form.errors else 200


@bp.post("/recovery-codes")
@allow(*STAFF, on=OwnAccount, reads=_OWN, step_up=True)
def renew_recovery_codes() -> ResponseReturnValue:
    """Ten new recovery codes, shown this once."""
    codes = recovery_codes.renew(db, current_user.account.id)
    _note_change("account.recovery_codes")
    return render_template("account/codes.html", codes=codes)


@bp.route("/passkeys/new", methods=["GET", "POST"])
@allow(*STAFF, on=OwnAccount, reads=_OWN, step_up=True)
def add_passkey() -> ResponseReturnValue:
    """Add a passkey of this device. It needs scripts: browsers have no other way to it."""
    form = PasskeyForm()
    account = current_user.account
    with database().writing() as writing:
        challenge = sessions.take_challenge(writing, current_user.token) if request.method == "POST" else None
        if form.validate_on_submit():
            try:
                passkeys.add(writing, account, passkey_site(), challenge, form.passkey.data or "", form.name.data or "")
            except passkeys.BadPasskey:
                form.name.errors = [_("The device did not answer as it should. Try again.")]
            else:
                notices.tell(writing, account.id, notices.What.CREDENTIALS_CHANGED)
                audit.record(writing, account.as_actor(), "account.passkey_add")
                flash(_("The passkey is set up."))
                return redirect(url_for(".show"))
        options, asked = passkeys.ask_for_new(writing, account, passkey_site())
        sessions.keep_challenge(writing, current_user.token, asked)
    return render_template("account/passkey.html", form=form, options=options), 422 if form.errors else 200


@bp.post("/passkeys/<passkey_id>/remove")
@allow(*STAFF, on=OwnAccount, reads=leads_on(), step_up=True)
def remove_passkey(passkey_id: str) -> ResponseReturnValue:
    """Remove a passkey, unless nothing else is left to sign in with."""
    account = current_user.account
    if accounts.totp_secret(db, account) is None and len(passkeys.names(db, account.id)) < 2:
        flash(_("This is your only second factor. Set up another one first."))
        return redirect(url_for(".show"))
    passkeys.remove(db, account.id, passkey_id)
    _note_change("account.passkey_remove")
    flash(_("The passkey is removed."))
    return redirect(url_for(".show"))


@bp.route("/zone", methods=["GET", "POST"])
@allow(*STAFF, on=OwnAccount, reads=_OWN)
def zone() -> ResponseReturnValue:
    """Choose in which zone days and hours are shown and written."""
    account = current_user.account
    form = ZoneForm(zones.of_partner(db, account.organisation), data={"zone": account.zone or ""})
    if form.validate_on_submit():
        accounts.keep_zone(db, account, form.zone.data)
        _note("account.zone")
        flash(_("It is kept."))
        return redirect(url_for(".show"))
    return render_template("account/zone.html", form=form), 422 if form.errors else 200


@bp.route("/outside", methods=["GET", "POST"])
@allow(*STAFF, on=OwnAccount, reads=_OWN)
def outside() -> ResponseReturnValue:
    """Choose what comes by mail and how soon, and where one is called when somebody's life is in danger."""
    account = current_user.account
    chosen = preferences.chosen(db, account.id)
    form = OutsideForm(data={"phone": accounts.phone(db, account), **chosen})
    if form.validate_on_submit():
        preferences.choose(db, account.id, MessageKind.DEADLINE, Pace(form.deadline.data))
        accounts.keep_phone(db, account, (form.phone.data or "").strip())
        _note("account.outside")
        flash(_("It is kept."))
        return redirect(url_for(".show"))
    return render_template("account/outside.html", form=form), 422 if form.errors else 200
