"""The officer's queue of rights requests, and the page on which one of them is worked."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from consent.catalogue import countries
from consent.ledger import items, stores
from consent.ledger.scopes import catalogue
from consent.people import organisations, subjects
from consent.rights import (
    deadlines,
    erasure,
    handling,
    letters,
    notifications,
    objection,
    packages,
    requests,
    restriction,
    store_tasks,
)
from consent.rights.requests import Received, RightsRequest
from mhpss import clinical_copies, keeping
from portal import letters as papers
from portal.access.accounts import Role
from portal.access.permissions import allow, whole_consortium
from portal.casework import rights_requests
from portal.desks.protection.forms import (
    DecisionForm,
    IdentityForm,
    KeptForm,
    LetterForm,
    QuestionForm,
    ReasonForm,
    ReceivedForm,
    RouteForm,
    ScopesForm,
)
from portal.fields import csv_table
from portal.fields.choices import choices
from portal.frame.transaction import database, db
from portal.words.consent import scope_title
from portal.words.rights import (
    CLOCK_CHIPS,
    CLOCK_WORDS,
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
WORDS = {
    "RIGHT_WORDS": RIGHT_WORDS,
    "CLOCK_WORDS": CLOCK_WORDS,
    "CLOCK_CHIPS": CLOCK_CHIPS,
    "REQUEST_CHANNELS": REQUEST_CHANNELS,
    "REQUESTER_WORDS": REQUESTER_WORDS,
    "IDENTITY_METHODS": IDENTITY_METHODS,
    "OUTCOME_WORDS": OUTCOME_WORDS,
    "LETTER_WORDS": LETTER_WORDS,
    "ORDER_WORDS": ORDER_WORDS,
    "TASK_STATES": TASK_STATES,
}


def _author() -> str:
    return str(current_user.account.id)


def _note(act: str, subject_id: str | None) -> None:
    audit.record(db, current_user.account.as_actor(), act, subject_id)


def _found(reference: str) -> RightsRequest:
    return requests.by_reference(db, reference) or abort(404)


@bp.get("/")
@allow(Role.DPO, on=whole_consortium)
def listing() -> ResponseReturnValue:
    """The queue, filtered; the soonest due first."""
    state = request.args.get("state", "open")
    wanted = {"right": request.args.get("right"), "organisation": request.args.get("organisation")}
    found = requests.listed(db, state=None if state == "all" else state, **wanted)
    if request.args.get("as") == "csv":
        return _as_csv(found)
    return render_template(
        "protection/requests/list.html",
        **WORDS,
        queue=queue(found),
        state=state,
        right=wanted["right"],
        organisation=wanted["organisation"],
        partners=organisations.listed(db),
    )


def queue(found: list[RightsRequest]) -> list[dict[str, Any]]:
    """What a line of the queue shows: the request, whose it is, and how its clock stands."""
    today = clock.now().date()
    codes = subjects.codes_of(db, {each.subject_id for each in found if each.subject_id})
    return [
        {
            "request": each,
            "code": codes.get(each.subject_id or "", ""),
            "clock": deadlines.clock_state(each, today),
            "days_left": (each.due_on - today).days,
            "days_used": (today - each.received_on).days,
            "days": max((each.due_on - each.received_on).days, 1),
        }
        for each in found
    ]


def _as_csv(found: list[RightsRequest]) -> Response:
    headings = ("reference", "right", "controller", "received", "due", "state", "outcome", "ground", "extended")
    rows = (
        (
            each.reference,
            each.right,
            each.organisation,
            each.received_on,
            each.due_on,
            each.state,
            each.outcome,
            each.ground,
            each.extended,
        )
        for each in found
    )
    return csv_table.download(headings, rows, "requests.csv")


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.DPO, on=whole_consortium)
def new() -> ResponseReturnValue:
    """Record a request that came by letter, by phone, in person or through somebody."""
    form = ReceivedForm()
    if form.validate_on_submit():
        person = _person_of(form.code.data or "")
        if form.code.data and person is None:
            form.code.errors = [_("Nobody has this code")]
        else:
            asked = _received(form, person)
            _note("request.record", person)
            return redirect(url_for(".show", reference=asked.reference))
    return render_template("protection/requests/new.html", form=form), 422 if form.errors else 200


def _received(form: ReceivedForm, person: str | None) -> RightsRequest:
    day = form.received_on.data or clock.now().date()
    received = Received(
        right=form.right.data,
        channel=form.channel.data,
        language=form.language.data,
        text=form.text.data or "",
        requester=form.requester.data,
        contact=form.contact.data or "",
        received_at=min(clock.start_of(day) + timedelta(hours=12), clock.now()),
    )
    return rights_requests.record(db, current_user.account.organisation, received, person, _author())


def _person_of(code: str) -> str | None:
    return subjects.by_code(db, code.strip())


@bp.get("/<reference>")
@allow(Role.DPO, on=whole_consortium)
def show(reference: str) -> ResponseReturnValue:
    """One request: what was written, its clock, what has happened, and what can be done next."""
    asked = _found(reference)
    with database().writing() as writing:
        audit.record(writing, current_user.account.as_actor(), "request.read", asked.subject_id)
    return render_template("protection/requests/show.html", **WORDS, **_shown(asked))


def _shown(asked: RightsRequest, **forms: FlaskForm) -> dict[str, Any]:
    partner = db.get_one(organisations.Organisation, asked.organisation)
    decision = forms.get("decision") or DecisionForm(formdata=None)
    grounds = countries.grounds(asked.right, partner.country)
    decision["ground"].choices = choices([("", "—"), *((each, each) for each in grounds)])
    open_scopes = forms.get("scopes") or ScopesForm(formdata=None)
    open_scopes["scopes"].choices = choices((key, scope_title(scope)) for key, scope in catalogue(db).items())
    routing = forms.get("routing") or RouteForm(formdata=None)
    routing["organisation"].choices = choices((each.key, each.name) for each in organisations.listed(db))
    question = forms.get("question") or QuestionForm(formdata=None)
    if asked.identity is not None:
        question["question"].choices = [each for each in question["question"].choices if each.value != "identity"]
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
        "missing": {task.id: store_tasks.missing(db, task) for task in tasks},
        "store_names": {store.id: store.name for store in stores.listed(db)},
        "package": packages.of_request(db, asked),
        "package_ready": packages.is_ready(db, asked),
        # The wall: nothing tells whether there is a record before clinical law has to decide about it.
        "support_record": keeping.outline(db, asked.subject_id) if erasure.is_ready(db, asked) else None,
        "erasure": erasure.of_request(db, asked),
        "kept": erasure.kept(db, asked),
        "ending": restriction.ending_of(db, asked),
        "item_count": items.count_of(db, asked.subject_id) if asked.subject_id else 0,
        "now": clock.now(),
        "templates": letters.templates(asked.language),
        "identity": forms.get("identity") or IdentityForm(formdata=None),
        "question": question,
        "reason": forms.get("reason") or ReasonForm(formdata=None),
        "keeping": forms.get("keeping") or KeptForm(formdata=None),
        "decision": decision,
        "scopes": open_scopes,
        "routing": routing,
        "form": next(iter(forms.values()), None),
    }


Act = Callable[[RightsRequest, Any], object]


def _identify(asked: RightsRequest, form: Any) -> None:
    person = _person_of(form.code.data)
    if person is None:
        form.code.errors = [_("Nobody has this code")]
        raise ValueError
    handling.link(db, asked, person, form.method.data, _author())


def _ask(asked: RightsRequest, form: Any) -> None:
    handling.ask(db, asked, form.question.data, _author(), asked_in_time=not form.earlier.data)
    letters.draft(db, asked, f"{form.question.data}_question")


def _extend(asked: RightsRequest, form: Any) -> None:
    handling.extend(db, asked, form.reason.data, _author())
    letters.draft(db, asked, "extension", reason=form.reason.data)


def _decide(asked: RightsRequest, form: Any) -> None:
    if asked.right == "erasure" and form.outcome.data != "refused":
        form.outcome.errors = [_("An erasure ends by its own steps")]
        raise ValueError
    if asked.right == "erasure":
        erasure.refuse(db, asked, form.ground.data or "", _author())
    else:
        handling.answer(db, asked, form.outcome.data, form.ground.data or None, _author())
    if form.outcome.data == "refused":
        letters.draft(db, asked, "refused", reason=form.reason.data or "")


def _rest(asked: RightsRequest, form: Any) -> None:
    restriction.restrict(db, asked, form.scopes.data or [], _author())
    store_tasks.give(db, asked, "restrict", _author())
    letters.draft(db, asked, "restricted")


def _tell_ending(asked: RightsRequest, form: Any) -> None:
    ending = restriction.tell_of_ending(db, asked, _author())
    due = ending.ends_on.strftime("%d.%m.%Y")
    letters.send(db, letters.draft(db, asked, "restriction_ends", reason=form.reason.data, due=due), _author())


def _correct(asked: RightsRequest, form: Any) -> None:
    store_tasks.give(db, asked, "rectify", _author(), {"correction": form.reason.data})
    notifications.tell_recipients(db, asked, "rectified", _author())
    letters.draft(db, asked, "rectified")


def _collect(asked: RightsRequest, _form: Any) -> None:
    packages.gather(db, asked, _author())
    clinical_copies.ask(db, asked)


def _package(asked: RightsRequest, _form: Any) -> None:
    clinical_copies.ask(db, asked)
    packages.make(db, asked, _author())
    letters.draft(db, asked, asked.right)


def _uphold(asked: RightsRequest, _form: Any) -> None:
    objection.uphold(db, asked, _author())
    letters.draft(db, asked, "objection_upheld")


def _go_on(asked: RightsRequest, form: Any) -> None:
    objection.override(db, asked, _author())
    handling.answer(db, asked, "refused", "21(1)", _author())
    letters.draft(db, asked, "objection_weighed", reason=form.reason.data)


# By act: the form that it needs, under the name it has on the page, and what it does.
ACTS: Mapping[str, tuple[str | None, type[FlaskForm] | None, Act]] = {
    "identify": ("identity", IdentityForm, _identify),
    "ask": ("question", QuestionForm, _ask),
    "route": ("routing", RouteForm, lambda asked, form: handling.route(db, asked, form.organisation.data, _author())),
    "resume": (None, None, lambda asked, _: handling.resume(db, asked, _author())),
    "extend": ("reason", ReasonForm, _extend),
    "decide": ("decision", DecisionForm, _decide),
    "collect": (None, None, _collect),
    "correct": ("reason", ReasonForm, _correct),
    "package": (None, None, _package),
    "rest": ("scopes", ScopesForm, _rest),
    "tell-ending": ("reason", ReasonForm, _tell_ending),
    "lift": (None, None, lambda asked, _: restriction.lift(db, asked, _author())),
    "object": (None, None, lambda asked, _: objection.record(db, asked, _author())),
    "uphold": (None, None, _uphold),
    "go-on": ("reason", ReasonForm, _go_on),
    "begin-erasure": (None, None, lambda asked, _: erasure.begin(db, asked, _author())),
    "propose-erasure": ("keeping", KeptForm, lambda asked, form: erasure.propose(db, asked, form.kept, _author())),
    "confirm-erasure": (None, None, lambda asked, _: erasure.confirm(db, asked, _author())),
    "complete-erasure": (None, None, lambda asked, _: rights_requests.complete_erasure(db, asked, _author())),
    "forced": (None, None, lambda asked, _: handling.mark_forced(db, asked, _author())),
    "spoken": (None, None, lambda asked, _: handling.clear_forced(db, asked, _author())),
}


@bp.post("/<reference>/<act>")
@allow(Role.DPO, on=whole_consortium, step_up=True)
def work(reference: str, act: str) -> ResponseReturnValue:
    """One step of a request; what does not fit its state is said, changes nothing and loses nothing that was typed."""
    asked = _found(reference)
    if act not in ACTS:
        abort(404)
    name, form_class, do = ACTS[act]
    form = form_class() if form_class else FlaskForm()
    given = {name: form} if name else {}
    if name in ("decision", "scopes", "routing", "question"):
        _shown(asked, **given)
    person = asked.subject_id
    try:
        if not form.validate():
            raise ValueError
        with db.begin_nested():
            do(asked, form)
    except ValueError:
        return _page(asked, given), 422
    except (
        requests.NotNow,
        erasure.TooSoon,
        requests.Held,
        erasure.AnotherPersonNeeded,
        packages.NotReady,
        restriction.NotToldYet,
    ) as refusal:
        flash(_why(refusal))
        return _page(asked, given), 409
    _note(f"request.{act}", person)
    return redirect(url_for(".show", reference=reference))


def _page(asked: RightsRequest, given: Mapping[str, FlaskForm]) -> str:
    return render_template("protection/requests/show.html", **WORDS, **_shown(asked, **given))


def _why(refusal: Exception) -> str:
    said = {
        requests.IdentityNotConfirmed: _("First make sure who asks."),
        requests.TooLate: _("The first month is over: it cannot be extended any more."),
        erasure.TooSoon: _("It is too soon: the safety period runs, or an archive has not answered."),
        requests.Held: _("The person may be forced. Nothing is destroyed before the partner has spoken with them."),
        erasure.AnotherPersonNeeded: _("A second person has to confirm it."),
        packages.NotReady: _("An archive has not answered yet."),
        restriction.NotToldYet: _("The person has to be told a week before."),
    }
    return str(said.get(type(refusal), _("This does not fit where the request stands now.")))


@bp.post("/<reference>/letters/<template>/draft")
@allow(Role.DPO, on=whole_consortium)
def draft(reference: str, template: str) -> ResponseReturnValue:
    """Draft a letter from a template."""
    asked = _found(reference)
    if template not in letters.templates(asked.language) or not FlaskForm().validate():
        abort(404)
    letter = letters.draft(db, asked, template)
    return redirect(url_for(".letter", reference=reference, letter_id=letter.id))


@bp.route("/<reference>/letters/<letter_id>", methods=["GET", "POST"])
@allow(Role.DPO, on=whole_consortium)
def letter(reference: str, letter_id: str) -> ResponseReturnValue:
    """A letter: read it, change it, send it."""
    asked = _found(reference)
    found = next((each for each in letters.of_request(db, asked) if each.id == letter_id), None) or abort(404)
    form = LetterForm(data=letters.words(db, found))
    if form.validate_on_submit():
        try:
            letters.edit(db, found, form.subject.data or "", form.text.data or "")
            if "send" in request.form:
                letters.send(db, found, _author())
                _note("letter.send", asked.subject_id)
        except letters.AlreadySent:
            form.text.errors = [
                _("Somebody else has sent this letter meanwhile. Copy your words: they are not kept here.")
            ]
            page = render_template("protection/requests/letter.html", **WORDS, form=form, asked=asked, letter=found)
            return page, 409
        return redirect(url_for(".show", reference=reference))
    page = render_template("protection/requests/letter.html", **WORDS, form=form, asked=asked, letter=found)
    return page, 422 if form.errors else 200


@bp.get("/<reference>/letters/<letter_id>/paper")
@allow(Role.DPO, on=whole_consortium)
def paper(reference: str, letter_id: str) -> ResponseReturnValue:
    """A letter as PDF."""
    asked = _found(reference)
    found = next((each for each in letters.of_request(db, asked) if each.id == letter_id), None) or abort(404)
    return papers.as_download(papers.letter(letters.words(db, found), found.language, asked.reference))
