"""Signing in and out, and giving the second factor."""

from datetime import timedelta
from typing import cast

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_login import current_user, login_user
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovTextInput
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from portal.access import (
    accounts,
    duress,
    notices,
    passkeys,
    second_factor,
    sessions,
    step_up,
    throttle,
)
from portal.access.accounts import Account, Role
from portal.access.browser import device_token, keep_device_token, network, passkey_site
from portal.access.permissions import allow, public
from portal.access.readings import leads_on, nothing
from portal.access.relations import OwnAccount
from portal.drafts import carrying
from portal.fields.form import Form
from portal.frame import hosts
from portal.frame.transaction import database, db
from portal.frame.web import own_path
from vault import audit, clock

_HOMES = {
    Role.SURVIVOR: "survivor.home",
    Role.DISCLOSURE_OFFICER: "disclosure.today",
    Role.DOCUMENTER: "documenter.today",
    Role.PSYCHOLOGIST: "psychologist.today",
    Role.COORDINATOR: "coordination.today",
    Role.DPO: "protection.today",
    Role.ADMINISTRATOR: "administration.today",
    Role.AUDITOR: "administration.ledger",
}

bp = Blueprint("access", __name__)


class SignInForm(Form):
    """Sign-in name and passphrase."""

    sign_in = StringField(
        lazy_gettext("Account number or e-mail"),
        [InputRequired(lazy_gettext("Write your account number or e-mail")), Length(max=200)],
        widget=GovTextInput(),
    )
    passphrase = PasswordField(
        lazy_gettext("Passphrase"),
        [InputRequired(lazy_gettext("Write your passphrase")), Length(max=500)],
        widget=GovPasswordInput(),
    )


class CodeForm(Form):
    """The one-time code, a recovery code in its place, or a passkey's answer."""

    code = StringField(lazy_gettext("Six-digit code"), [Length(max=60)], widget=GovTextInput())
    passkey = HiddenField()

    def validate(self, extra_validators: object = None) -> bool:
        """Whether something was sent; a passkey's answer needs no code beside it."""
        if not super().validate(extra_validators):
            return False
        if not self.passkey.data and not (self.code.data or "").strip():
            self.code.errors = [_("Write the code from your app")]
            return False
        return True


def load_visitor(token: str) -> sessions.Visitor | None:
    """Who the cookie's token stands for; notes the use of the session once a minute."""
    with database().reading() as reading:
        visitor = sessions.visitor(reading, token)
    # Where the request writes already, its next one notes the use.
    is_due = visitor is not None and clock.now() - visitor.seen_at > sessions.TOUCH_AFTER
    if is_due and not database().is_writing:
        with database().writing() as writing:
            sessions.touch(writing, token)
    return visitor


@bp.get("/")
@public(reads=nothing("it leads to the first page of the role"))
def home() -> ResponseReturnValue:
    """Where a visitor's own work begins."""
    if not current_user.is_authenticated:
        return redirect(url_for(".sign_in"))
    return redirect(url_for(_HOMES.get(Role(current_user.account.role), "account.show")))


@bp.route("/sign-in", methods=["GET", "POST"])
@public(reads=nothing("an empty form to sign in"))
def sign_in() -> ResponseReturnValue:
    """Sign in with name and passphrase; answers alike and takes alike long whether or not the account exists."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("access/sign_in.html", form=form), 422 if form.errors else 200
    name, passphrase = form.sign_in.data or "", form.passphrase.data or ""
    with database().reading() as reading:
        delay = throttle.wait(reading, name, network())
        account = None if delay else accounts.opened_by(reading, name, passphrase)
        has_second = account is not None and second_factor.is_set_up(reading, account)
    if delay:
        return _refuse(form, _wait_message(delay), 429)
    if account is None or not (has_second or account.role == Role.SURVIVOR) or not hosts.admits(account.role):
        with database().writing() as writing:
            throttle.note_failure(writing, name, network())
            audit.record(writing, audit.STRANGER, "access.refused")
        return _refuse(form, _("That did not work. Check the account and the passphrase, then try again."), 422)
    if not has_second:
        return _enter(account)
    with database().writing() as writing:
        session["pending"] = sessions.await_second_factor(writing, account)
    return redirect(url_for(".code"))


def _refuse(form: SignInForm, message: str, status: int) -> ResponseReturnValue:
    form.passphrase.errors = [message]
    return render_template("access/sign_in.html", form=form), status


def _wait_message(delay: timedelta) -> str:
    seconds = int(delay.total_seconds()) + 1
    return str(
        ngettext("Please wait %(num)s second, then try again.", "Please wait %(num)s seconds, then try again.", seconds)
    )


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public(reads=nothing("an empty form for a code"))
def code() -> ResponseReturnValue:
    """The second factor, within five minutes of the passphrase."""
    form = CodeForm()
    with database().reading() as reading:
        account = sessions.awaiting(reading, session.get("pending", ""))
    if account is None:
        return redirect(url_for(".sign_in"))
    if request.method == "POST" and form.validate():
        if _second_factor_is_right(account, form):
            return _enter(account)
        form.code.errors = [_("That code did not work. Wait for the next one, then try again.")]
    options = None
    with database().writing() as writing:
        if passkeys.has_any(writing, account.id):
            options, challenge = passkeys.ask(writing, account, passkey_site())
            sessions.keep_challenge(writing, session["pending"], challenge)
        two = second_factor.needs_two_codes(writing, account)
    page = render_template("access/code.html", form=form, options=options, two=two)
    return page, 422 if form.errors else 200


def _second_factor_is_right(account: Account, form: CodeForm) -> bool:
    name = f"code:{account.decoy_of or account.id}"
    with database().writing() as writing:
        if throttle.wait(writing, name, network()):
            return False
        challenge = sessions.take_challenge(writing, session["pending"])
        if form.passkey.data:
            right = passkeys.confirm(writing, account, passkey_site(), challenge, form.passkey.data)
        else:
            right = second_factor.attempt(writing, account, form.code.data or "")
            if right and second_factor.is_recovery_code(form.code.data or ""):
                notices.tell(writing, account.id, notices.What.RECOVERY_CODE_USED)
        if right:
            throttle.forget(writing, name, network())
        else:
            throttle.note_failure(writing, name, network())
            audit.record(writing, audit.STRANGER, "access.code_refused", target=account.id)
    return right


def _enter(account: Account) -> ResponseReturnValue:
    device, waiting = "", 0
    with database().writing() as writing:
        throttle.forget(writing, accounts.sign_in_name(writing, account), network())
        sessions.end(writing, session.get("pending", ""))
        visitor = sessions.begin(writing, account)
        duress.note_sign_in(writing, account)
        audit.record(writing, account.as_actor(), "access.sign_in")
        if account.subject_id is not None:
            # What waits for a person stands on their first page.
            notices.put_away(writing, account.id)
        else:
            device = notices.recognise(writing, account.id, device_token())
            if second_factor.needs_two_codes(writing, account):
                notices.tell(writing, account.id, notices.What.CODES_GUESSED)
            waiting = notices.unread(writing, account.id)
    session.clear()
    login_user(visitor)
    if waiting:
        flash(_("There is news about your account: see My account."))
    response = cast(Response, redirect(carrying.come_back_to(account.id) or url_for(".home")))
    if device:
        keep_device_token(response, device)
    return response


@bp.route("/confirm", methods=["GET", "POST"])
@allow(*Role, on=OwnAccount, reads=nothing("the second factor is asked for"))
def confirm() -> ResponseReturnValue:
    """Give the second factor again, then go on to the page that asked for it."""
    return step_up.demand() or redirect(own_path(request.args.get("next", "/")))


def minutes_left() -> int:
    """How many minutes the page of a survivor stays open where nothing is done; 0 for everybody else."""
    if not current_user or not current_user.is_authenticated or current_user.account.subject_id is None:
        return 0
    return sessions.lasts_for(db, Role.SURVIVOR).seconds // 60


@bp.get("/stay")
@allow(Role.SURVIVOR, on=OwnAccount, reads=nothing("a sentence about the session"))
def stay() -> ResponseReturnValue:
    """Stay signed in; the page that somebody writes on stays as it is."""
    with database().writing() as writing:
        sessions.touch(writing, current_user.token)
    return render_template("access/stay.html")


@bp.post("/sign-out")
@allow(*Role, on=OwnAccount, reads=leads_on())
def sign_out() -> ResponseReturnValue:
    """End this session."""
    with database().writing() as writing:
        sessions.end(writing, current_user.token)
    session.clear()
    response = cast(Response, redirect(url_for(".sign_in")))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
