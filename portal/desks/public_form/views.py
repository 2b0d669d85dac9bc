"""The public pages. None of them tells a stranger whether a person is known here."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent.catalogue.countries import countries
from consent.people import organisations
from consent.rights import letters, packages, requests
from consent.rights.receiving import Received
from consent.rights.requests import RequestChannel
from portal.access import throttle
from portal.access.browser import network
from portal.access.permissions import public
from portal.access.readings import Reading, nothing, of_named, read_people
from portal.access.words import generate_passphrase
from portal.casework import rights_requests
from portal.desks.public_form.forms import FollowForm, PublicRequestForm
from portal.fields.choices import choices
from portal.frame import repeats
from portal.frame.transaction import database, db
from portal.letters.package import as_zip
from portal.words.consent import language

bp = Blueprint("public", __name__, url_prefix="/data")
_NOBODY = "public"


@bp.get("/")
@public(reads=nothing("who is responsible, and what anybody may ask"))
def notice() -> ResponseReturnValue:
    """Who is responsible, for what, on which basis, for how long, and what anybody may ask (Art. 13, 14, 26(2))."""
    partners = organisations.listed(db)
    return render_template("public_form/notice.html", partners=partners, countries=countries(), read_in=language())


@bp.route("/request", methods=["GET", "POST"])
@public(reads=nothing("a form, and the number and phrase of whoever sent it"))
def ask() -> ResponseReturnValue:
    """Ask without an account; a number and a secret phrase to follow it are shown once."""
    form = PublicRequestForm()
    form.organisation.choices = choices((each.key, each.name) for each in organisations.listed(db))
    if not form.validate_on_submit():
        return render_template("public_form/ask.html", form=form), 422 if form.errors else 200
    if throttle.wait(db, _NOBODY, network()):
        form.text.errors = [_("Much has come from where you are. Please wait a few minutes, then send it again.")]
        return render_template("public_form/ask.html", form=form), 429
    throttle.note_failure(db, _NOBODY, network())
    phrase = generate_passphrase(language())
    received = Received(
        right=form.right.data,
        channel=RequestChannel.PUBLIC_FORM,
        language=language(),
        text=form.text.data or "",
        requester=form.requester.data,
        contact=form.contact.data or "",
        secret=phrase,
    )
    asked = rights_requests.receive_publicly(db, form.organisation.data, received)
    repeats.done_with_a_page(url_for(".follow", sent=1))
    return render_template("public_form/asked.html", asked=asked, phrase=phrase)


@bp.route("/follow", methods=["GET", "POST"])
@public(reads=of_named(Reading.FOLLOWED_REQUEST))
def follow() -> ResponseReturnValue:
    """Follow a request with its number and phrase; fetch the file, if one waits, once."""
    form = FollowForm()
    read_people(())
    if not form.validate_on_submit():
        return render_template("public_form/follow.html", form=form), 422 if form.errors else 200
    if refusal := _refusal(form):
        return refusal
    asked = requests.by_reference(db, form.reference.data or "") or abort(404)
    read_people({asked.subject_id} if asked.subject_id else ())
    if "fetch" in request.form:
        try:
            return as_zip(packages.fetch(db, asked, _NOBODY))
        except packages.Gone:
            abort(409)
        except requests.Held:
            abort(503)
    sent = letters.of_request(db, asked, sent_only=True)
    return render_template(
        "public_form/stands.html",
        form=form,
        asked=asked,
        letters=[(letter, letters.words(db, letter)) for letter in sent],
        package=packages.waiting(db, asked),
    )


def _refusal(form: FollowForm) -> ResponseReturnValue | None:
    reference, phrase = form.reference.data or "", form.phrase.data or ""
    name = f"follow:{requests.as_reference(reference)}"
    with database().reading() as reading:
        must_wait = throttle.wait(reading, name, network())
        if not must_wait and requests.by_secret(reading, reference, phrase) is not None:
            return None
    if must_wait:
        form.phrase.errors = [_("Much has come from where you are. Please wait a few minutes, then send it again.")]
        return render_template("public_form/follow.html", form=form), 429
    # In a transaction of its own: a page that refuses commits nothing.
    with database().writing() as writing:
        throttle.note_failure(writing, name, network())
    form.phrase.errors = [_("Nothing is found by that. Check both, then try again.")]
    return render_template("public_form/follow.html", form=form), 422
