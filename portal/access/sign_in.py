"""Signing in and out, and opening an invitation."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovTextInput
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from portal.access import accounts, invitations, second_factor, sessions, throttle
from portal.access.accounts import Account, Role
from portal.access.permissions import allow, own_account, public
from portal.language import selected
from portal.transaction import database
from portal.web import network
from vault import audit, clock

_CODE_WITHIN = timedelta(minutes=5)
_HOMES = {
    Role.SURVIVOR: "survivor.home",
    Role.DISCLOSURE_OFFICER: "disclosure.today",
    Role.DOCUMENTER: "documenter.today",
    Role.DPO: "protection.today",
    Role.ADMINISTRATOR: "administration.today",
    Role.AUDITOR: "administration.ledger",
}

bp = Blueprint("access", __name__)


class SignInForm(FlaskForm):
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


class CodeForm(FlaskForm):
    """The one-time code."""

    code = StringField(
        lazy_gettext("Six-digit code"),
        [InputRequired(lazy_gettext("Write the code from your app")), Length(max=10)],
        widget=GovTextInput(),
    )


def load_visitor(token: str) -> sessions.Visitor | None:
    """Who the cookie's token stands for; notes the use of the session once a minute."""
    with database().reading() as reading:
        visitor = sessions.visitor(reading, token)
    if visitor is not None and clock.now() - visitor.seen_at > sessions.TOUCH_AFTER:
        with database().writing() as writing:
            sessions.touch(writing, token)
    return visitor


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """Where a visitor's own work begins."""
    if not current_user.is_authenticated:
        return redirect(url_for(".sign_in"))
    return redirect(url_for(_HOMES.get(Role(current_user.account.role), "account.show")))


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Sign in with name and passphrase; answers alike and takes alike long whether or not the account exists."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("access/sign_in.html", form=form), 422 if form.errors else 200
    name, passphrase = form.sign_in.data or "", form.passphrase.data or ""
    with database().reading() as reading:
        delay = throttle.wait(reading, name, network())
        account = accounts.find(reading, name)
        right = not delay and accounts.passphrase_is_right(account, passphrase)
        secret = accounts.totp_secret(reading, account) if right and account is not None else None
    if delay:
        return _refuse(form, _wait_message(delay), 429)
    if not right or account is None or (secret is None and account.role != Role.SURVIVOR):
        with database().writing() as writing:
            throttle.note_failure(writing, name, network())
        return _refuse(form, _("That did not work. Check the account and the passphrase, then try again."), 422)
    if secret is not None:
        session["pending"] = {"account": account.id, "name": name, "at": clock.now().timestamp()}
        return redirect(url_for(".code"))
    return _enter(account, name)


def _refuse(form: SignInForm, message: str, status: int) -> ResponseReturnValue:
    form.passphrase.errors = [message]
    return render_template("access/sign_in.html", form=form), status


def _wait_message(delay: timedelta) -> str:
    seconds = int(delay.total_seconds()) + 1
    return str(
        ngettext("Please wait %(num)s second, then try again.", "Please wait %(num)s seconds, then try again.", seconds)
    )


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """The second factor, within five minutes of the passphrase."""
    pending: dict[str, Any] = session.get("pending", {})
    if not pending or clock.now().timestamp() - pending["at"] > _CODE_WITHIN.total_seconds():
        return redirect(url_for(".sign_in"))
    form = CodeForm()
    if not form.validate_on_submit():
        return render_template("access/code.html", form=form), 422 if form.errors else 200
    with database().writing() as writing:
        if throttle.wait(writing, f"code:{pending['account']}", network()):
            accepted = False
        else:
            account = writing.get_one(Account, pending["account"])
            accepted = second_factor.accept(writing, account, form.code.data or "")
        if not accepted:
            throttle.note_failure(writing, f"code:{pending['account']}", network())
    if not accepted:
        form.code.errors = [_("That code did not work. Wait for the next one, then try again.")]
        return render_template("access/code.html", form=form), 422
    return _enter(account, pending["name"])


def _enter(account: Account, name: str) -> ResponseReturnValue:
    with database().writing() as writing:
        throttle.forget(writing, name, network())
        throttle.forget(writing, f"code:{account.id}", network())
        visitor = sessions.begin(writing, account)
        audit.record(writing, account.as_actor(), "access.sign_in")
    session.clear()
    login_user(visitor)
    return redirect(url_for(".home"))


@bp.post("/sign-out")
@allow(*Role, on=own_account)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    with database().writing() as writing:
        sessions.end(writing, current_user.token)
    session.clear()
    return redirect(url_for(".sign_in"))


@bp.route("/welcome/<code>", methods=["GET", "POST"])
@public
def welcome(code: str) -> ResponseReturnValue:
    """Open an invitation: first a page that says what comes, then, once, the account number and passphrase."""
    form = FlaskForm()
    try:
        if request.method == "POST" and form.validate():
            with database().writing() as writing:
                number, passphrase = invitations.accept(writing, code, selected())
            return render_template("access/welcome_done.html", number=number, passphrase=passphrase)
        with database().reading() as reading:
            invitations.look_at(reading, code)
    except invitations.BadInvitation:
        return render_template("access/welcome_over.html"), 404
    return render_template("access/welcome.html", form=form)
