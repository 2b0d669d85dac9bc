"""What an officer does with a request: each act reads its form and calls one function."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from consent.rights import decisions, erasure, handling, objection, packages, requests, restriction, store_tasks
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
from portal.frame.transaction import db

Act = Callable[[RightsRequest, Any], object]
REFUSALS = (
    requests.NotNow,
    requests.Held,
    erasure.TooSoon,
    erasure.AnotherPersonNeeded,
    packages.NotReady,
    restriction.NotToldYet,
    store_tasks.NotOpen,
)


def _instead_of() -> str | None:
    return request.form.get("instead_of") or None


def _identify(asked: RightsRequest, form: Any) -> None:
    person = person_of(form.code.data)
    if person is None:
        form.code.errors = [_("Nobody has this code")]
        raise ValueError
    handling.link(db, asked, person, form.method.data, author())


def _ask(asked: RightsRequest, form: Any) -> None:
    in_time = not form.earlier.data
    answering.ask(db, asked, form.question.data, author(), asked_in_time=in_time, instead_of=_instead_of())


def _decide(asked: RightsRequest, form: Any) -> None:
    outcome, ground, reason = form.outcome.data, form.ground.data or "", form.reason.data or ""
    if asked.right == Right.ERASURE and outcome != RequestOutcome.REFUSED:
        form.outcome.errors = [_("An erasure ends by its own steps")]
        raise ValueError
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
ACTS: Mapping[str, tuple[str | None, type[FlaskForm] | None, Act]] = {
    "identify": ("identity", IdentityForm, _identify),
    "ask": ("question", QuestionForm, _ask),
    "route": ("routing", RouteForm, lambda asked, form: handling.route(db, asked, form.organisation.data, author())),
    "resume": (None, None, lambda asked, _: handling.resume(db, asked, author())),
    "extend": (
        "reason",
        ReasonForm,
        lambda asked, form: answering.extend(db, asked, form.reason.data, author(), _instead_of()),
    ),
    "decide": ("deciding", DecisionForm, _decide),
    "withdraw": (None, None, lambda asked, _: decisions.withdraw(db, asked, _instead_of(), author())),
    "collect": (None, None, lambda asked, _: copies.gather(db, asked, author())),
    "correct": (
        "reason",
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
        "reason",
        ReasonForm,
        lambda asked, form: answering.override(db, asked, form.reason.data, author(), _instead_of()),
    ),
    "end-objection": (
        "ending_reason",
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
    form = form_class() if form_class else FlaskForm()
    given = {name: form} if name else {}
    if name in ("deciding", "scopes", "routing", "question"):
        shown(asked, **given)
    person = asked.subject_id
    try:
        if not form.validate():
            raise ValueError
        with db.begin_nested():
            do(asked, form)
    except ValueError:
        return _page(asked, given), 422
    except REFUSALS as refusal:
        flash(why_not(refusal))
        return _page(asked, given), 409
    note(f"request.{act}", person)
    return redirect(url_for(".show", reference=reference))


def _page(asked: RightsRequest, given: Mapping[str, FlaskForm]) -> str:
    return render_template("protection/requests/show.html", **WORDS, **shown(asked, **given))


def why_not(refusal: Exception) -> str:
    """What an officer is told of an act that does not fit."""
    said = {
        requests.IdentityNotConfirmed: _("First make sure who asks."),
        requests.TooLate: _("The first month is over: it cannot be extended any more."),
        erasure.TooSoon: _("It is too soon: the safety period runs, or an archive has not answered."),
        requests.Held: _(
            "They may be forced. Nothing is destroyed or given out until the partner has spoken with them."
        ),
        erasure.AnotherPersonNeeded: _("A second person has to confirm it."),
        packages.NotReady: _("An archive has not answered yet."),
        store_tasks.NotOpen: _("The archive has answered meanwhile."),
        store_tasks.NotOverdue: _("The archive still has time to answer."),
        restriction.NotToldYet: _("The person has to be told a week before."),
        decisions.DecidedMeanwhile: _("Somebody has decided, sent or withdrawn meanwhile. Read what waits now."),
        decisions.NoLongerSo: _("Something has changed since then, and the letter is not true any more. Decide anew."),
        erasures.AnswerWaits: _("A decision on the answer waits. Send it or withdraw it first."),
        erasures.GivenAgain: _("The person has allowed the keeping again: nothing is erased for having stopped it."),
        answering.LetterGone: _("The decision of this letter was withdrawn or replaced. Your words are not kept here."),
    }
    return str(said.get(type(refusal), _("This does not fit where the request stands now.")))
