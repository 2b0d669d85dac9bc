"""The officer's queue of rights requests, and the page on which one of them is worked."""

from datetime import time
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import countries
from consent.ledger import items, stores
from consent.ledger.scopes import catalogue
from consent.people import organisations, subjects, zones
from consent.rights import (
    deadlines,
    decisions,
    erasure,
    letters,
    objection,
    orders,
    packages,
    requests,
    restriction,
    store_tasks,
)
from consent.rights.decisions import DecisionKind
from consent.rights.receiving import Received
from consent.rights.requests import RequestState, RightsRequest
from consent.saying import erasure_reviews
from mhpss import keeping
from portal import lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, nothing, of_found, of_named, read_people
from portal.access.relations import WholeConsortium, about
from portal.casework import erasures, rights_requests
from portal.desks.protection.forms import (
    DecisionForm,
    GivenUpForm,
    IdentityForm,
    KeptForm,
    QuestionForm,
    ReasonForm,
    ReceivedForm,
    RouteForm,
    ScopesForm,
)
from portal.desks.protection.listings import REQUESTS, queue, requests_asked_for
from portal.desks.protection.relations import ARightsRequest
from portal.fields.choices import choices
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.consent import scope_title
from portal.words.rights import (
    CLOCK_CHIPS,
    CLOCK_WORDS,
    DECISION_WORDS,
    IDENTITY_METHODS,
    LETTER_WORDS,
    ORDER_WORDS,
    OUTCOME_WORDS,
    REQUEST_CHANNELS,
    REQUESTER_WORDS,
    RIGHT_WORDS,
    TASK_STATES,
)
from vault import audit, clock

bp = Blueprint("requests", __name__, url_prefix="/requests")
# What tells of a decision or a deed is drafted from that alone.
FREE_LETTERS = ("received",)
WORDS = {
    "RIGHT_WORDS": RIGHT_WORDS,
    "CLOCK_WORDS": CLOCK_WORDS,
    "CLOCK_CHIPS": CLOCK_CHIPS,
    "REQUEST_CHANNELS": REQUEST_CHANNELS,
    "REQUESTER_WORDS": REQUESTER_WORDS,
    "IDENTITY_METHODS": IDENTITY_METHODS,
    "OUTCOME_WORDS": OUTCOME_WORDS,
    "DECISION_WORDS": DECISION_WORDS,
    "LETTER_WORDS": LETTER_WORDS,
    "ORDER_WORDS": ORDER_WORDS,
    "TASK_STATES": TASK_STATES,
}


def author() -> str:
    """Whose acts these are."""
    return str(current_user.account.id)


def note(act: str, subject_id: str | None) -> None:
    """Write an act of the officer into the audit."""
    audit.record(db, current_user.account.as_actor(), act, subject_id)


def asked_for() -> RightsRequest:
    """The request that the address names."""
    return about(ARightsRequest).asked


@bp.get("/")
@allow(Role.DPO, on=WholeConsortium, reads=of_named(Reading.REQUESTS))
def listing() -> ResponseReturnValue:
    """The queue, filtered; the soonest due first."""
    found = lists.find(REQUESTS, requests_asked_for)
    read_people(each.request.subject_id for each in found.rows if each.request.subject_id)
    return found.page("protection/requests/list.html", queue=found.every)


@bp.get("/list.csv")
@allow(Role.DPO, on=WholeConsortium, reads=of_named(Reading.REQUESTS_FILE), step_up=True)
def file() -> ResponseReturnValue:
    """The same requests as a file."""
    found = lists.find_all(REQUESTS, requests_asked_for)
    read_people(each.request.subject_id for each in found.rows if each.request.subject_id)
    return found.file()


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.DPO, on=WholeConsortium, reads=nothing("an empty form for a request"))
def new() -> ResponseReturnValue:
    """Record a request that came by letter, by phone, in person or through somebody."""
    form = ReceivedForm()
    if form.validate_on_submit():
        person = person_of(form.code.data or "")
        if form.code.data and person is None:
            form.code.errors = [_("Nobody has this code")]
        else:
            asked = _received(form, person)
            note("request.record", person)
            return redirect(url_for(".show", reference=asked.reference))
    return render_template("protection/requests/new.html", form=form), 422 if form.errors else 200


def _received(form: ReceivedForm, person: str | None) -> RightsRequest:
    day = form.received_on.data or clock.today()
    received = Received(
        right=form.right.data,
        channel=form.channel.data,
        language=form.language.data,
        text=form.text.data or "",
        requester=form.requester.data,
        contact=form.contact.data or "",
        received_at=min(clock.at(day, time(12), zones.of_partner(db, current_user.account.organisation)), clock.now()),
    )
    return rights_requests.record(db, current_user.account.organisation, received, person, author())


def person_of(code: str) -> str | None:
    """The person with that code."""
    return subjects.by_code(db, code.strip())


@bp.get("/<reference>")
@allow(Role.DPO, on=ARightsRequest, reads=of_found(Reading.REQUEST))
def show(reference: str) -> ResponseReturnValue:
    """One request: what was written, its clock, what has happened, and what can be done next."""
    return render_template("protection/requests/show.html", **WORDS, **shown(asked_for()))


def _blank() -> dict[str, Form]:
    reasons = ("extending", "correcting", "going_on", "ending_reason", "ending_objection")
    return {
        **{name: ReasonForm(formdata=None) for name in reasons},
        "giving_up": GivenUpForm(formdata=None),
        "identity": IdentityForm(formdata=None),
        "keeping": KeptForm(formdata=None),
    }


def shown(asked: RightsRequest, **forms: Form) -> dict[str, Any]:
    """What the page of a request shows, with the forms that were just sent in place of empty ones."""
    partner = db.get_one(organisations.Organisation, asked.organisation)
    deciding = forms.get("deciding") or DecisionForm(formdata=None)
    grounds = countries.grounds(asked.right, partner.country)
    deciding["ground"].choices = choices([("", "—"), *((each, each) for each in grounds)])
    open_scopes = forms.get("scopes") or ScopesForm(formdata=None)
    open_scopes["scopes"].choices = choices((key, scope_title(scope)) for key, scope in catalogue(db).items())
    routing = forms.get("routing") or RouteForm(formdata=None)
    routing["organisation"].choices = choices((each.key, each.name) for each in organisations.listed(db))
    question = forms.get("question") or QuestionForm(formdata=None)
    if asked.identity is not None:
        question["question"].choices = [each for each in question["question"].choices if each.value != "identity"]
    offered = {"deciding": deciding, "scopes": open_scopes, "routing": routing, "question": question}
    codes = subjects.codes_of(db, [asked.subject_id] if asked.subject_id else [])
    tasks = store_tasks.of_request(db, asked)
    return {
        "asked": asked,
        "line": queue([asked])[0],
        "partner": partner,
        "code": codes.get(asked.subject_id or "", ""),
        "content": requests.content(db, asked),
        "deadline": deadlines.deadline_of(db, asked),
        "steps": requests.history(db, asked),
        "letters": [(letter, letters.words(db, letter)) for letter in letters.of_request(db, asked)],
        "tasks": tasks,
        "late": [task for task in tasks if task.state in orders.WAITING and task.due_at < clock.now()],
        "missing": {task.id: store_tasks.missing(db, task) for task in tasks},
        "store_names": {store.id: store.name for store in stores.listed(db)},
        "decision": decisions.waiting(db, asked),
        "correction_ordered": decisions.is_sent(db, asked, DecisionKind.RECTIFICATION),
        "package": packages.of_request(db, asked),
        "package_ready": packages.is_ready(db, asked),
        # The wall: nothing tells whether there is a record before clinical law has to decide about it.
        "support_record": keeping.outline(db, asked.subject_id) if erasure.is_ready(db, asked) else None,
        "erasure": erasure.of_request(db, asked),
        "kept": erasure.kept(db, asked),
        "review": erasure_reviews.open_review(db, asked.subject_id) if asked.subject_id else None,
        "given_again": erasures.is_given_again(db, asked),
        "erasure_ready": erasure.is_ready(db, asked),
        "restricted": restriction.stands(db, asked),
        "objected": asked.state != RequestState.OPEN and objection.stands(db, asked),
        "ending": restriction.ending_of(db, asked),
        "item_count": items.count_of(db, asked.subject_id) if asked.subject_id else 0,
        "now": clock.now(),
        "free_letters": FREE_LETTERS,
        **{name: form.set_apart(name) for name, form in {**_blank(), **offered, **forms}.items()},
        "reason_of": lambda task: GivenUpForm(formdata=None).set_apart(f"giving_up-{task.id}"),
        "form": next(iter(forms.values()), None),
    }
