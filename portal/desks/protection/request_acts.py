"""What an officer does with a request: each act reads its form and calls one function."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.people import subjects
from consent.rights import decisions, handling, objection, restriction, store_tasks
from consent.rights.requests import RequestOutcome, Right, RightsRequest
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_found
from portal.casework import answering, copies, erasures
from portal.desks.protection.forms import (
    DecisionForm,
    GivenUpForm,
    IdentityForm,
    KeptForm,
    QuestionForm,
    ReasonForm,
    RouteForm,
    ScopesForm,
)
from portal.desks.protection.relations import ARightsRequest
from portal.desks.protection.requests import WORDS, asked_for, author, bp, note, person_of, shown
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.refusals import words_of
from vault.refusals import Refused

Act = Callable[[RightsRequest, Any], object]


def _instead_of() -> str | None:
    return request.form.get("instead_of") or None


def _identify(asked: RightsRequest, form: Any) -> None:
    person = person_of(form.code.data)
    if person is None:
        raise subjects.NobodyOfThatCode
    handling.link(db, asked, person, form.method.data, author())


def _ask(asked: RightsRequest, form: Any) -> None:
    in_time = not form.earlier.data
    answering.ask(db, asked, form.question.data, author(), asked_in_time=in_time, instead_of=_instead_of())


def _decide(asked: RightsRequest, form: Any) -> None:
    outcome, ground, reason = form.outcome.data, form.ground.data or "", form.reason.data or ""
    if asked.right == Right.ERASURE and outcome != RequestOutcome.REFUSED:
        raise erasures.EndsByItsSteps
    if outcome == RequestOutcome.GRANTED:
        answering.grant(db, asked, author(), _instead_of())
    elif outcome == RequestOutcome.PARTLY:
        answering.grant_partly(db, asked, ground, reason, author(), _instead_of())
    else:
        neither = form.neither.data
        answering.refuse(db, asked, ground, reason, author(), _instead_of(), neither=neither)


def _restrict(asked: RightsRequest, form: Any) -> None:
    answering.restrict(db, asked, form.scopes.data or [], author(), _instead_of())


def _give_up(asked: RightsRequest, form: Any) -> None:
    task = store_tasks.by_id(db, asked, form.order.data or "") or abort(404)
    store_tasks.give_up(db, task, form.reason.data, author())


# By act: the form that it needs, under the name it has on the page, and what it does.
ACTS: Mapping[str, tuple[str | None, type[Form] | None, Act]] = {
    "identify": ("identity", IdentityForm, _identify),
    "ask": ("question", QuestionForm, _ask),
    "route": ("routing", RouteForm, lambda asked, form: handling.route(db, asked, form.organisation.data, author())),
    "resume": (None, None, lambda asked, _: handling.resume(db, asked, author())),
    "extend": (
        "extending",
        ReasonForm,
        lambda asked, form: answering.extend(db, asked, form.reason.data, author(), _instead_of()),
    ),
    "decide": ("deciding", DecisionForm, _decide),
    "withdraw": (None, None, lambda asked, _: decisions.withdraw(db, asked, _instead_of(), author())),
    "collect": (None, None, lambda asked, _: copies.gather(db, asked, author())),
    "correct": (
        "correcting",
        ReasonForm,
        lambda asked, form: answering.correct(db, asked, form.reason.data, author(), _instead_of()),
    ),
    "package": (None, None, lambda asked, _: copies.make(db, asked, author(), _instead_of())),
    "rest": ("scopes", ScopesForm, _restrict),
    "tell-ending": (
        "ending_reason",
        ReasonForm,
        lambda asked, form: answering.tell_of_ending(db, asked, form.reason.data, author()),
    ),
    "lift": (None, None, lambda asked, _: restriction.lift(db, asked, author())),
    "object": (None, None, lambda asked, _: objection.record(db, asked, author())),
    "uphold": (None, None, lambda asked, _: answering.uphold(db, asked, author(), _instead_of())),
    "go-on": (
        "going_on",
        ReasonForm,
        lambda asked, form: answering.override(db, asked, form.reason.data, author(), _instead_of()),
    ),
    "end-objection": (
        "ending_objection",
        ReasonForm,
        lambda asked, form: answering.end_objection(db, asked, form.reason.data, author()),
    ),
    "give-up": ("giving_up", GivenUpForm, _give_up),
    "begin-erasure": (None, None, lambda asked, _: erasures.begin(db, asked, author())),
    "given-again": (None, None, lambda asked, _: erasures.end_given_again(db, asked, author())),
    "propose-erasure": ("keeping", KeptForm, lambda asked, form: erasures.propose(db, asked, form.kept, author())),
    "confirm-erasure": (None, None, lambda asked, _: erasures.confirm(db, asked, author())),
    "complete-erasure": (None, None, lambda asked, _: erasures.complete(db, asked, author())),
    "forced": (None, None, lambda asked, _: handling.mark_forced(db, asked, author())),
    "spoken": (None, None, lambda asked, _: handling.clear_forced(db, asked, author())),
}


@bp.post("/<reference>/<act>")
@allow(Role.DPO, on=ARightsRequest, reads=of_found(Reading.REQUEST), step_up=True)
def work(reference: str, act: str) -> ResponseReturnValue:
    """One step of a request; what does not fit its state is said, changes nothing and loses nothing that was typed."""
    asked = asked_for()
    if act not in ACTS:
        abort(404)
    name, form_class, do = ACTS[act]
    form = form_class() if form_class else Form()
    given = {name: form} if name else {}
    if name in ("deciding", "scopes", "routing", "question"):
        shown(asked, **given)
    person = asked.subject_id
    if not form.validate():
        return _page(asked, given), 422
    try:
        with db.begin_nested():
            do(asked, form)
    except Refused as refusal:
        if given:
            form.refuse(refusal)
        else:
            flash(str(words_of(refusal)))
        return _page(asked, given), 409
    note(f"request.{act}", person)
    return redirect(url_for(".show", reference=reference))


def _page(asked: RightsRequest, given: Mapping[str, Form]) -> str:
    return render_template("protection/requests/show.html", **WORDS, **shown(asked, **given))
