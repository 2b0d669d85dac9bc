"""Asking for the second factor again before a sensitive act, without losing what the form had sent."""

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user, login_user
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput
from wtforms import HiddenField, PasswordField
from wtforms.validators import Length

from portal.access import passkeys, second_factor, sessions, throttle
from portal.access.browser import network, passkey_site
from portal.fields.form import Form
from portal.frame.transaction import database
from vault import audit

# Not an error of the form's content: something has to come before (RFC 6585, 3).
PRECONDITION_REQUIRED = 428


class ConfirmForm(Form):
    """A code, a recovery code, the passphrase where there is no second factor, or a passkey's answer."""

    is_asked_between = True
    confirm_code = PasswordField(lazy_gettext("Code"), [Length(max=500)], widget=GovPasswordInput())
    confirm_passkey = HiddenField()

    @property
    def is_sent(self) -> bool:
        """Whether this form came, and not the one that it stands before."""
        return self.confirm_code.name in request.form


def demand() -> Response | None:
    """The page that asks, or None where the second factor was given just now."""
    if current_user.is_fresh:
        return None
    form = ConfirmForm()
    if request.method != "GET" and form.is_sent:
        if _accepts(form):
            return None
        form.confirm_code.errors = [_("That did not work. Wait for the next code, then try again.")]
    return _page(form)


def _page(form: ConfirmForm) -> Response:
    own = set(form._fields)
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in own]
    path = request.full_path.rstrip("?")
    here = path if request.method != "GET" else url_for("access.confirm", next=path)
    account = current_user.account
    with database().writing() as writing:
        uses_passphrase = not second_factor.is_set_up(writing, account)
        options = None
        if passkeys.has_any(writing, account.id):
            options, challenge = passkeys.ask(writing, account, passkey_site())
            sessions.keep_challenge(writing, current_user.token, challenge)
    if uses_passphrase:
        form.confirm_code.label.text = _("Passphrase")
    page = render_template(
        "access/confirm.html",
        form=form,
        kept=kept,
        here=here,
        options=options,
        survivor_page=account.subject_id is not None,
        uses_passphrase=uses_passphrase,
    )
    return make_response(page, PRECONDITION_REQUIRED)


def _accepts(form: ConfirmForm) -> bool:
    account = current_user.account
    name = f"confirm:{account.id}"
    with database().writing() as writing:
        if not form.validate() or throttle.wait(writing, name, network()):
            return False
        challenge = sessions.take_challenge(writing, current_user.token)
        if form.confirm_passkey.data:
            right = passkeys.confirm(writing, account, passkey_site(), challenge, form.confirm_passkey.data)
        else:
            right = second_factor.confirm(writing, account, form.confirm_code.data or "")
        if not right:
            throttle.note_failure(writing, name, network())
            return False
        throttle.forget(writing, name, network())
        visitor = sessions.rotate(writing, current_user._get_current_object())
        audit.record(writing, account.as_actor(), "access.confirm")
    login_user(visitor)
    return True
