"""The register: what needs the officer, the requests, and what is recorded about one of them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import recipients
from consent.disclosure import (
    asking,
    correspondence,
    instruments,
    legal_holds,
    lists,
    notices,
    release,
    requests,
    secrecy,
)
from consent.disclosure.requests import DisclosureRequest, State, WrongState
from portal import lists as records
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, nothing, of_nobody
from portal.access.relations import WholeConsortium, about
from portal.desks.disclosure import words
from portal.desks.disclosure.forms import EndingForm, GroundForm, IdentityForm, LetterForm, RequestForm
from portal.desks.disclosure.listings import REQUESTS, disclosed_to, requests_asked_for
from portal.desks.disclosure.relations import ARequest
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.consent import language
from vault import audit

bp = Blueprint("disclosure", __name__, url_prefix="/disclosure")


# Globals, since macros that templates import do not see a page's own context.
bp.record(lambda state: state.app.jinja_env.globals.update(words.ALL))


def note(act: str) -> None:
    """Write to the audit what the officer did."""
    audit.record(db, current_user.account.as_actor(), act)


def asked() -> DisclosureRequest:
    """The request that the address names."""
    return about(ARequest).asked


def step(form: Form, title: str, lead: str = "", back: str = "") -> ResponseReturnValue:
    """The page of one step: its title, a word on it, and its form."""
    page = render_template("disclosure/step.html", form=form, title=title, lead=lead, back=back or this_request())
    return page, 422 if form.errors else 200


def this_request() -> str:
    """The address of the request at hand."""
    return address_of(asked())


def address_of(request: DisclosureRequest) -> str:
    """The address of a request."""
    return url_for("disclosure.show", request_id=request.id)


def moved_on() -> ResponseReturnValue:
    """Back to a request that somebody else has moved on meanwhile."""
    flash(_("The request has moved on meanwhile. This is how it stands."))
    return redirect(this_request())


def instrument_name(key: str) -> str:
    """An instrument's name in the reader's language."""
    return instruments.instrument(db, key).names[language()]


@bp.get("/")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_nobody(Reading.REGISTER))
def today() -> ResponseReturnValue:
    """What needs the officer today."""
    waiting = [each for each in requests.listed(db) if each.state != State.CLOSED]
    return render_template(
        "disclosure/today.html",
        waiting=waiting,
        directory=recipients.directory(db),
        proposed=[each for each in waiting if each.state == State.PROPOSED],
        overdue=[each for each in waiting if each.is_overdue],
        questions=asking.open_questions(db),
        drafted=notices.listed(db, "drafted"),
        between=notices.that_went_between(db),
        due=secrecy.due(db),
    )


@bp.get("/requests")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_nobody(Reading.REGISTER))
def listing() -> ResponseReturnValue:
    """The register, by state and by who asks."""
    return records.find(REQUESTS, requests_asked_for).page("disclosure/requests.html")


@bp.get("/requests.csv")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_nobody(Reading.REGISTER_FILE), step_up=True)
def requests_file() -> ResponseReturnValue:
    """The same requests as a file."""
    return records.find_all(REQUESTS, requests_asked_for).file()


@bp.route("/requests/new", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=nothing("an empty form for a request"))
def register() -> ResponseReturnValue:
    """Register a request as its letter has it."""
    known = [(key, instrument_name(key)) for key in instruments.listed(db)]
    form = RequestForm(disclosed_to(), known)
    if form.validate_on_submit():
        names = ("asker", "reference", "purpose", "necessity", "cases")
        letter = requests.Letter(
            form.recipient.data,
            form.instrument.data,
            form.received_on.data,
            {name: form[name].data or "" for name in names},
            form.deadline_on.data,
        )
        account = current_user.account
        registered = requests.register(db, letter, organisation=account.organisation, registered_by=account.id)
        note("disclosure.register")
        return redirect(address_of(registered))
    return step(form, _("Register a request"), back=url_for(".listing"))


@bp.get("/requests/<request_id>")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def show(request_id: str) -> ResponseReturnValue:
    """One request: what it says, how far it has come, and what can be done next."""
    this = asked()
    duty = secrecy.of(db, this)
    holds = legal_holds.of_request(db, this)
    return render_template(
        "disclosure/request.html",
        acts=requests.STATES.acts_in(this.state),
        asked=this,
        said=requests.words(db, this),
        recipient=recipients.directory(db)[this.recipient],
        instrument=instrument_name(this.instrument),
        secret=secrecy.is_secret(db, this),
        duty=duty,
        ground=secrecy.ground(db, duty) if duty else "",
        letters=correspondence.of(db, this),
        length=lists.length(db, this),
        questions=asking.of_request(db, this),
        done=release.of_request(db, this),
        holds=[(hold, legal_holds.ground(db, hold)) for hold in holds],
        first=requests.find(db, this.supplement_of) if this.supplement_of else None,
        supplements=requests.supplements_of(db, this),
    )


@bp.route("/requests/<request_id>/identity", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def identity(request_id: str) -> ResponseReturnValue:
    """Record that the asker is who they say."""
    form = IdentityForm()
    if form.validate_on_submit():
        try:
            requests.confirm_identity(db, asked(), form.how.data, current_user.account.id)
        except WrongState as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.identity")
            return redirect(this_request())
    lead = _("By another way than the letter came: a number you looked up yourself, a visit, a known colleague.")
    return step(form, _("Confirm who asks"), lead)


@bp.route("/requests/<request_id>/letters", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def letters(request_id: str) -> ResponseReturnValue:
    """Keep a letter."""
    form = LetterForm()
    if form.validate_on_submit():
        correspondence.keep(
            db, asked(), form.direction.data, form.dated_on.data, form.text.data, current_user.account.id
        )
        note("disclosure.letter")
        return redirect(this_request())
    return step(form, _("Keep a letter"))


@bp.route("/requests/<request_id>/secrecy", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def keep_secret(request_id: str) -> ResponseReturnValue:
    """Record a legal duty of secrecy."""
    form = GroundForm()
    if form.validate_on_submit():
        secrecy.record(db, asked(), form.ground.data, form.review_on.data, current_user.account.id)
        note("disclosure.secrecy")
        return redirect(this_request())
    lead = _("While it stands, the people concerned are not told, and nobody can be asked. Only an officer lifts it.")
    return step(form, _("Record a duty of secrecy"), lead)


@bp.post("/requests/<request_id>/secrecy/lift")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=leads_on())
def lift_secrecy(request_id: str) -> ResponseReturnValue:
    """End the duty: the people concerned are told from now on."""
    secrecy.lift(db, asked(), current_user.account.id)
    note("disclosure.secrecy.lift")
    return redirect(this_request())


@bp.route("/requests/<request_id>/hold", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def hold(request_id: str) -> ResponseReturnValue:
    """Place a legal hold on everything on the list."""
    form = GroundForm()
    if form.validate_on_submit():
        legal_holds.place(db, asked(), form.ground.data, form.review_on.data, current_user.account.id)
        note("disclosure.hold")
        return redirect(this_request())
    lead = _("The items on the list, and what they were made from, are not erased while it stands.")
    return step(form, _("Place a legal hold"), lead)


@bp.post("/requests/<request_id>/hold/<hold_id>/lift")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=leads_on())
def lift_hold(request_id: str, hold_id: str) -> ResponseReturnValue:
    """End a legal hold of the request."""
    if any(each.id == hold_id for each in legal_holds.of_request(db, asked())):
        legal_holds.lift(db, hold_id, current_user.account.id)
        note("disclosure.hold.lift")
    return redirect(this_request())


@bp.post("/requests/<request_id>/supplement")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=leads_on())
def supplement(request_id: str) -> ResponseReturnValue:
    """Begin a supplement: what could not go before, for the same asker and reason."""
    begun = requests.supplement(db, asked(), current_user.account.id)
    note("disclosure.supplement")
    return redirect(address_of(begun))


@bp.route("/requests/<request_id>/close", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def close(request_id: str) -> ResponseReturnValue:
    """Close a request."""
    form = EndingForm(words.ENDING_WORDS.items())
    if form.validate_on_submit():
        try:
            requests.close(db, asked(), form.ending.data)
        except WrongState as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.close")
            return redirect(this_request())
    return step(form, _("Close the request"))
