"""What is kept of a case: its documents, the person's copy of it, and how long it stays once the person is erased."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.file import FileField, FileRequired
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxesInput, GovFileInput, GovTextArea, GovTextInput
from werkzeug.datastructures import FileStorage
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from consent.rights import requests
from consent.rights.requests import RightsRequest
from mhpss import case_documents, cases, clinical_copies
from mhpss.clinical_copies import PARTS
from mhpss.entries import CaseReading
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import of_case
from portal.access.relations import about
from portal.desks.psychologist.acting import author, case_at_hand, note
from portal.desks.psychologist.relations import CaseAtHand, OwnCase
from portal.fields import uploads
from portal.fields.choices import choices
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.rights import IDENTITY_METHODS, REQUEST_CHANNELS, REQUESTER_WORDS
from portal.words.support import COPY_PARTS
from vault.documents import Opened

_ASKED_WORDS = {
    "IDENTITY_METHODS": IDENTITY_METHODS,
    "REQUEST_CHANNELS": REQUEST_CHANNELS,
    "REQUESTER_WORDS": REQUESTER_WORDS,
}

bp = Blueprint("records", __name__, url_prefix="/cases/<number>")


class DocumentForm(Form):
    """A document to be kept in the case."""

    name = StringField(
        lazy_gettext("What is it called?"),
        [
            InputRequired(lazy_gettext("Write what it is called")),
            Length(max=100, message=lazy_gettext("Write at most 100 characters")),
        ],
        widget=GovTextInput(),
    )
    sent = FileField(
        lazy_gettext("The file: PDF, picture, office document or text, at most 10 MB"),
        [FileRequired(lazy_gettext("Choose a file"))],
        widget=GovFileInput(),
    )


class CopyForm(Form):
    """What the person gets of their case."""

    parts = SelectMultipleField(
        lazy_gettext("What goes into the copy?"),
        choices=choices(COPY_PARTS),
        default=list(PARTS),
        widget=GovCheckboxesInput(),
    )
    words = TextAreaField(
        lazy_gettext("In your words to the person; where something is left out, why"),
        [Length(max=8000, message=lazy_gettext("Write at most 8000 characters"))],
        widget=GovTextArea(),
    )

    def validate_words(self, field: Any) -> None:
        """Whatever is left out has its reason (GDPR Art. 15(4))."""
        if set(PARTS) - set(self.parts.data or []) and not (field.data or "").strip():
            raise ValidationError(_("Write why something is left out"))


@bp.url_value_preprocessor
def _admit(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    uploads.admit()


@bp.route("/documents", methods=["GET", "POST"])
@allow(Role.PSYCHOLOGIST, on=CaseAtHand, reads=of_case(CaseReading.DOCUMENTS))
def documents(number: str) -> ResponseReturnValue:
    """The documents of a case, and putting one in."""
    if not about(CaseAtHand).may_read:
        abort(404)
    form = DocumentForm()
    if form.validate_on_submit() and about(CaseAtHand).is_own and (kept := _keep(form)) is not None:
        return kept
    page = render_template(
        "psychologist/documents.html",
        form=form,
        case=case_at_hand(),
        found=case_documents.of_case(db, case_at_hand()),
        may_write=about(CaseAtHand).is_own and cases.STATES.allows(case_at_hand().state, "write"),
    )
    return page, 422 if form.errors else 200


def _keep(form: DocumentForm) -> ResponseReturnValue | None:
    sent: FileStorage = form.sent.data
    try:
        taken = uploads.take(sent)
        named = Opened((form.name.data or "").strip(), taken.media_type, taken.content)
        case_documents.keep(db, case_at_hand(), named, author())
    except uploads.TooLarge:
        form.sent.errors = [_("The file is too large: at most 10 MB")]
        return None
    except uploads.NotAllowed:
        form.sent.errors = [_("This kind of file is not taken. Save it as PDF, picture or text")]
        return None
    except (cases.NoConsent, cases.NotNow) as refusal:
        form.refuse(refusal)
        return None
    note("document_kept")
    return redirect(url_for(".documents", number=case_at_hand().number))


@bp.get("/documents/<document_id>")
@allow(Role.PSYCHOLOGIST, on=CaseAtHand, reads=of_case(CaseReading.DOCUMENT))
def document(number: str, document_id: str) -> ResponseReturnValue:
    """One document, as a download under a name that says nothing."""
    if not about(CaseAtHand).may_read:
        abort(404)
    found = case_documents.open_one(db, case_at_hand(), document_id) or abort(404)
    return uploads.give_back(found)


def _asked(reference: str) -> RightsRequest:
    asked = requests.by_reference(db, reference)
    wanted = None if asked is None else clinical_copies.of_request(db, asked)
    if asked is None or wanted is None or wanted.case_id != case_at_hand().id:
        abort(404)
    return asked


@bp.route("/copy/<reference>", methods=["GET", "POST"])
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=of_case(CaseReading.COPY), step_up=True)
def copy(number: str, reference: str) -> ResponseReturnValue:
    """Prepare the clinical part of the copy that the person has asked for; the officer does not see it."""
    asked = _asked(reference)
    form = CopyForm()
    if not form.validate_on_submit():
        page = render_template("psychologist/copy.html", **_ASKED_WORDS, form=form, case=case_at_hand(), asked=asked)
        return page, 422 if form.errors else 200
    try:
        clinical_copies.prepare(db, case_at_hand(), asked, form.parts.data or [], form.words.data or "", author())
    except cases.NotNow:
        form.words.errors = [_("This copy is prepared already, or is not asked for any more.")]
        page = render_template("psychologist/copy.html", **_ASKED_WORDS, form=form, case=case_at_hand(), asked=asked)
        return page, 409
    note("copy_prepared")
    flash(_("Sealed. It goes to the person with the rest of their copy."))
    return redirect(url_for("psychologist.cases.show", number=number))
