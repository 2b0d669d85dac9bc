"""The person's own requests: asking, following, taking back, and fetching the answer."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_login import current_user
from govuk_frontend_wtf.wtforms_widgets import GovTextArea
from wtforms import TextAreaField
from wtforms.validators import Length

from consent.people import subjects
from consent.rights import erasure, letters, packages, request_receipts, requests, store_tasks
from consent.rights.receiving import Received
from consent.rights.requests import RequestChannel, RequestState, Right, RightsRequest
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_found
from portal.access.relations import OwnRecord, own_id
from portal.access.words import generate_passphrase
from portal.casework import copies, rights_requests
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.letters import as_data
from portal.letters.package import as_zip
from portal.words.consent import language
from portal.words.rights import WISH_FOR
from vault import audit

bp = Blueprint("requests", __name__, url_prefix="/requests")


class AskForm(Form):
    """What the person asks for, in their own words."""

    text = TextAreaField(
        lazy_gettext("In your own words, if you want to"),
        [Length(max=4000, message=lazy_gettext("Write at most 4000 characters"))],
        widget=GovTextArea(),
    )


def _own(reference: str) -> RightsRequest:
    found = requests.by_reference(db, reference)
    if found is None or found.subject_id != own_id():
        abort(404)
    return found


def _note(act: str) -> None:
    audit.record(db, current_user.account.as_actor(), act, own_id())


@bp.get("/")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_REQUESTS))
def listing() -> ResponseReturnValue:
    """What the person has asked, and what they can ask."""
    return render_template("survivor/requests/list.html", requests=requests.of_person(db, own_id()), wishes=WISH_FOR)


@bp.route("/new/<right>", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_NEW_REQUEST))
def new(right: str) -> ResponseReturnValue:
    """One wish: what happens then, before anything does."""
    if right not in tuple(Right):
        abort(404)
    form = AskForm()
    if not form.validate_on_submit():
        page = render_template("survivor/requests/new.html", form=form, right=right, wish=WISH_FOR[right])
        return page, 422 if form.errors else 200
    organisation = subjects.enrolment_of(db, own_id()).organisation
    received = Received(right, RequestChannel.PORTAL, language(), form.text.data or "", subject_id=own_id())
    asked = rights_requests.receive_from_person(db, organisation, received, current_user.account.id)
    _note(f"request.{right}")
    return redirect(url_for(".show", reference=asked.reference))


@bp.get("/<reference>")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_REQUEST))
def show(reference: str) -> ResponseReturnValue:
    """Where a request stands: what has happened, what we wrote, and what can be fetched or taken back."""
    asked = _own(reference)
    named = request.args.get("names") == "1"
    return render_template("survivor/requests/show.html", named=named, **_shown(asked))


def _shown(asked: RightsRequest) -> dict[str, Any]:
    sent = letters.of_request(db, asked, sent_only=True)
    begun = erasure.of_request(db, asked)
    return {
        "asked": asked,
        "wish": WISH_FOR[asked.right],
        "steps": requests.history_for_person(db, asked),
        "letters": [(letter, letters.words(db, letter)) for letter in sent],
        "tasks": store_tasks.of_request(db, asked),
        "package": copies.waits(db, asked, current_user.account),
        "erasure": begun,
        "can_take_back": asked.state == RequestState.OPEN and not erasure.is_confirmed(db, asked),
        "token": Form(),
    }


@bp.post("/<reference>/take-back")
@allow(Role.SURVIVOR, on=OwnRecord, reads=leads_on())
def take_back(reference: str) -> ResponseReturnValue:
    """Take a request back; after an erasure had begun, what stood before stands again."""
    asked = _own(reference)
    try:
        rights_requests.take_back(db, asked, current_user.account.id)
    except requests.NotNow:
        abort(409)
    _note("request.take_back")
    return redirect(url_for(".show", reference=asked.reference))


@bp.post("/<reference>/phrase")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_PHRASE))
def phrase(reference: str) -> ResponseReturnValue:
    """A phrase, shown once, by which the answer to an erasure is read when this account is gone."""
    asked = _own(reference)
    drawn = generate_passphrase(language())
    try:
        rights_requests.give_phrase(db, asked, drawn, current_user.account.id)
    except requests.NotNow:
        abort(409)
    _note("request.phrase")
    return render_template("survivor/requests/phrase.html", asked=asked, phrase=drawn)


@bp.post("/<reference>/fetch")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_PACKAGE))
def fetch(reference: str) -> ResponseReturnValue:
    """Fetch the file, this once; while the person may be forced it is not there just now.

    A clinical part that is ready goes with it, and one that comes later is fetched by itself.
    """
    asked = _own(reference)
    try:
        return as_zip(copies.hand_over(db, asked, current_user.account))
    except requests.Held:
        abort(503)
    except packages.Gone:
        return redirect(url_for(".show", reference=reference))


@bp.get("/<reference>/receipt")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_REQUEST_RECEIPT))
def receipt(reference: str) -> ResponseReturnValue:
    """The signed receipt of a request."""
    return as_data(request_receipts.signed(db, _own(reference)))
