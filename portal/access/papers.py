"""Opening what was handed over on paper: an invitation, or a renewal of one's way in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovTextInput
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from portal.access import invitations, notices, passphrases, renewals
from portal.access.permissions import public
from portal.access.pictures import totp_picture
from portal.access.readings import nothing
from portal.fields.form import Form
from portal.frame.language import selected
from portal.frame.transaction import database
from vault import audit

bp = Blueprint("papers", __name__)


class RenewalForm(Form):
    """What staff choose on a paper's page: the new passphrase, and a code that shows that the app was set up."""

    passphrase = PasswordField(
        lazy_gettext("New passphrase"),
        [InputRequired(lazy_gettext("Write your passphrase")), Length(max=passphrases.LONGEST)],
        widget=GovPasswordInput(),
    )
    code = StringField(
        lazy_gettext("Six-digit code"),
        [InputRequired(lazy_gettext("Write the code from your app")), Length(max=10)],
        widget=GovTextInput(),
    )


@bp.route("/welcome/<code>", methods=["GET", "POST"])
@public(reads=nothing("a one-use paper is asked for, and its holder's own new words or app are set up"))
def welcome(code: str) -> ResponseReturnValue:
    """Open an invitation: first a page that says what comes, then, once, the account number and passphrase."""
    form = Form()
    try:
        if request.method == "POST" and form.validate():
            with database().writing() as writing:
                account, words = invitations.accept(writing, code, selected())
                audit.record(writing, account.as_actor(), "invitation.accept", account.subject_id)
            return render_template("access/welcome_done.html", words=words)
        with database().reading() as reading:
            invitations.look_at(reading, code)
    except invitations.BadInvitation:
        return render_template("access/welcome_over.html"), 404
    return render_template("access/welcome.html", form=form)


@bp.route("/again/<code>", methods=["GET", "POST"])
@public(reads=nothing("a one-use paper is asked for, and its holder's own new words or app are set up"))
def renew(code: str) -> ResponseReturnValue:
    """Open a paper that renews the way in: new words for a survivor, a chosen passphrase and an app for staff."""
    try:
        with database().reading() as reading:
            paper, account = renewals.look_at(reading, code)
            secret = renewals.new_totp_secret(reading, paper)
        return _renew_staff(code, secret) if account.subject_id is None else _renew_person(code)
    except renewals.BadPaper:
        return render_template("access/renewal_over.html"), 404


def _renew_person(code: str) -> ResponseReturnValue:
    form = Form()
    if request.method != "POST" or not form.validate():
        return render_template("access/welcome.html", form=form)
    with database().writing() as writing:
        account, words = renewals.renew_person(writing, code, selected())
        audit.record(writing, account.as_actor(), "account.renew", account.subject_id)
    return render_template("access/welcome_done.html", words=words)


def _renew_staff(code: str, secret: str) -> ResponseReturnValue:
    form = RenewalForm()
    if form.validate_on_submit():
        try:
            with database().writing() as writing:
                account = renewals.renew_staff(writing, code, form.passphrase.data or "", form.code.data or "")
                notices.tell(writing, account.id, notices.What.CREDENTIALS_CHANGED)
                audit.record(writing, account.as_actor(), "account.renew")
        except renewals.BadCode:
            form.code.errors = [_("That code did not work. Wait for the next one, then try again.")]
        except (passphrases.TooShort, passphrases.TooCommon) as error:
            form.passphrase.errors = [passphrase_fault(error)]
        else:
            flash(_("Your passphrase and your app are set up. Sign in with them."))
            return redirect(url_for("access.sign_in"))
    page = render_template("access/renewal.html", form=form, secret=secret, picture=totp_picture(secret))
    return page, 422 if form.errors else 200


def passphrase_fault(error: Exception) -> str:
    """What is wrong with a passphrase that somebody chose."""
    if isinstance(error, passphrases.TooShort):
        return str(_("Use at least %(count)s characters. Several words are good.", count=passphrases.SHORTEST))
    return str(_("This one is easy to guess. Take words that have nothing to do with you or with each other."))
