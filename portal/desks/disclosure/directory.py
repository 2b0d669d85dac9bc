"""The data that disclosure rests on: recipients with their terms, classes with their rules, legal instruments."""

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import classes, recipients
from consent.disclosure import instruments, terms
from consent.ledger.scopes import LANGUAGES, catalogue
from portal import lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import nothing
from portal.access.relations import WholeConsortium
from portal.desks.disclosure.forms import ClassForm, InstrumentForm, RecipientForm, TermsForm, lines_of
from portal.desks.disclosure.listings import RECIPIENTS, everybody_disclosed_to
from portal.desks.disclosure.views import note, step
from portal.frame.transaction import db
from portal.words.consent import recipient_name
from portal.words.recipients import RECIPIENT_CLASSES

_OF_RECIPIENTS = nothing("recipients, their classes and terms, and instruments of law")
bp = Blueprint("directory", __name__, url_prefix="/directory")


@bp.get("/")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=_OF_RECIPIENTS)
def show() -> ResponseReturnValue:
    """Recipients, classes and instruments."""
    return lists.find(RECIPIENTS, everybody_disclosed_to).page(
        "disclosure/directory.html",
        rules=classes.all_rules(db),
        instruments=instruments.listed(db),
        catalogue=catalogue(db),
    )


@bp.get("/list.csv")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=_OF_RECIPIENTS, step_up=True)
def file() -> ResponseReturnValue:
    """The recipients as a file."""
    return lists.find_all(RECIPIENTS, everybody_disclosed_to).file()


@bp.route("/recipients/new", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=_OF_RECIPIENTS)
def new_recipient() -> ResponseReturnValue:
    """Enter a recipient."""
    form = RecipientForm([(key, RECIPIENT_CLASSES[key]) for key in classes.all_rules(db)])
    if form.validate_on_submit():
        key = form.key.data or ""
        if key in recipients.directory(db):
            form.key.errors = [_("There is one of that name already")]
        else:
            names = {language: form[f"name_{language}"].data for language in LANGUAGES}
            recipients.enter(db, key, form.recipient_class.data, names, form.country.data or None)
            note("disclosure.recipient")
            return redirect(url_for(".recipient", key=key))
    return step(form, _("Enter a recipient"), back=url_for(".show"))


@bp.route("/recipients/<key>", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=_OF_RECIPIENTS)
def recipient(key: str) -> ResponseReturnValue:
    """The transfer basis and the standing terms of a recipient."""
    entry = recipients.directory(db).get(key)
    if entry is None:
        abort(404)
    known = terms.all_terms(db).get(key)
    form = TermsForm(
        data={
            "transfer_basis": known.transfer_basis,
            "transfer_ground": known.transfer_ground,
            "standing": "\n".join(known.standing),
        }
        if known
        else {}
    )
    if form.validate_on_submit():
        terms.enter(
            db,
            key,
            transfer_basis=form.transfer_basis.data,
            transfer_ground=form.transfer_ground.data,
            standing=lines_of(form.standing.data),
            entered_by=current_user.account.id,
        )
        note("disclosure.terms")
        return redirect(url_for(".show"))
    return step(form, recipient_name(entry), back=url_for(".show"))


@bp.route("/classes/<recipient_class>", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=_OF_RECIPIENTS)
def rule(recipient_class: str) -> ResponseReturnValue:
    """The rule of a class."""
    present = classes.all_rules(db).get(recipient_class)
    if present is None:
        abort(404)
    of_class = [
        (entry.key, recipient_name(entry))
        for entry in recipients.directory(db).values()
        if entry.recipient_class == recipient_class
    ]
    form = ClassForm(
        of_class,
        data={
            "identity": present.identity,
            "except_recipients": list(present.except_recipients),
            "terms": "\n".join(present.terms),
            **{f"notice_{language}": present.notice[language] for language in LANGUAGES},
        },
    )
    if form.validate_on_submit():
        classes.change(
            db,
            recipient_class,
            identity=form.identity.data,
            except_recipients=list(form.except_recipients.data or []),
            terms=lines_of(form.terms.data),
            notice={language: form[f"notice_{language}"].data for language in LANGUAGES},
            changed_by=current_user.account.id,
        )
        note("disclosure.rule")
        return redirect(url_for(".show"))
    lead = _("It holds from now on. What was released before keeps what it was released under.")
    return step(
        form,
        _("Rule for a class of recipients: %(name)s", name=RECIPIENT_CLASSES[recipient_class]),
        lead,
        url_for(".show"),
    )


@bp.route("/instruments/new", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=_OF_RECIPIENTS)
def instrument() -> ResponseReturnValue:
    """Enter a legal instrument."""
    form = InstrumentForm()
    if form.validate_on_submit():
        names = {language: form[f"name_{language}"].data for language in LANGUAGES}
        try:
            instruments.enter(
                db, form.key.data or "", names, compels=bool(form.compels.data), entered_by=current_user.account.id
            )
        except instruments.InstrumentTaken:
            form.key.errors = [_("There is one of that name already")]
        else:
            note("disclosure.instrument")
            return redirect(url_for(".show"))
    return step(form, _("Enter an instrument"), back=url_for(".show"))
