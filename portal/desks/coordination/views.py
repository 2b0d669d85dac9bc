"""The coordinator's pages: who waits, who has which case. What is written in a case is not theirs to read."""

from collections import Counter

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from mhpss import caseload, cases, entries, on_call
from mhpss.entries import CaseReading
from mhpss.services import verification
from portal.access import accounts, cover
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_case, of_nobody
from portal.access.relations import about
from portal.casework import support_pages
from portal.desks.coordination.forms import AssignForm, DutyForm
from portal.desks.coordination.relations import CaseOfOwnOrganisation, OwnCases
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.support import CASE_CHIPS, CASE_STATES, LAYER_WORDS
from vault import audit, clock
from vault.policy import in_force, law

# Days of the rota that are looked at for gaps.

bp = Blueprint("coordination", __name__, url_prefix="/coordination")
_WORDS = {"CASE_CHIPS": CASE_CHIPS, "CASE_STATES": CASE_STATES, "LAYER_WORDS": LAYER_WORDS}


def _able() -> dict[str, str]:
    """Which psychologists can act, at any partner: a supervisor may be another's. Account and sign-in name."""
    able = cover.able(db, Role.PSYCHOLOGIST)
    return {account_id: accounts.sign_in_name(db, account) for account_id, account in able.items()}


def _psychologists() -> list[tuple[str, str]]:
    """Who of the organisation can take a case: account and sign-in name."""
    return [
        (account.id, accounts.sign_in_name(db, account))
        for account in cover.able(db, Role.PSYCHOLOGIST).values()
        if account.organisation == current_user.account.organisation
    ]


@bp.get("/")
@allow(Role.COORDINATOR, on=OwnCases, reads=of_nobody(Reading.SUPPORT))
def today() -> ResponseReturnValue:
    """Who waits to be assigned or has nobody who can act, how many cases each has, which services to make sure of."""
    found = cases.at_organisation(db, current_user.account.organisation)
    staff, names = _psychologists(), _able()
    return render_template(
        "coordination/today.html",
        **_WORDS,
        waiting=[case for case in found if case.state in cases.UNASSIGNED or case.psychologist not in names],
        uncovered=on_call.gaps(
            on_call.rota(db, current_user.account.organisation), in_force.value(db, law.LOOKS_AHEAD).days, names
        ),
        unassessed={case.id for case in found if caseload.was_never_assessed(case)},
        closed_pages=support_pages.closed_among(db, found),
        cases=found,
        staff=staff,
        names=names,
        counts=Counter(case.psychologist for case in found),
        to_verify=verification.due(db),
        now=clock.now(),
    )


@bp.route("/cases/<number>", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=CaseOfOwnOrganisation, reads=of_case(CaseReading.ASSIGNMENT))
def assign(number: str) -> ResponseReturnValue:
    """Assign a case, or hand it from one psychologist to another."""
    case = about(CaseOfOwnOrganisation).case
    form = AssignForm(_psychologists(), data={"psychologist": case.psychologist, "supervisor": case.supervisor or ""})
    if not form.validate_on_submit():
        page = render_template("coordination/assign.html", **_WORDS, form=form, case=case)
        return page, 422 if form.errors else 200
    try:
        author = current_user.account.id
        cases.assign(db, case, form.psychologist.data, form.supervisor.data or None, author)
    except cases.NotNow as refusal:
        form.refuse(refusal)
        return render_template("coordination/assign.html", **_WORDS, form=form, case=case), 422
    entries.note_act(db, current_user.account.as_actor(), case.id, "assign")
    return redirect(url_for(".today"))


@bp.route("/on-call", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=OwnCases, reads=of_nobody(Reading.SUPPORT))
def rota() -> ResponseReturnValue:
    """Who is on call for signs of danger, and the days on which nobody is."""
    organisation, staff, names = current_user.account.organisation, _psychologists(), _able()
    form = DutyForm(staff)
    if form.validate_on_submit():
        on_call.put_on(db, organisation, form.account.data, *form.days)
        audit.record(db, current_user.account.as_actor(), "support.rota")
        return redirect(url_for(".rota"))
    duties = on_call.rota(db, organisation)
    page = render_template(
        "coordination/rota.html",
        form=form,
        duties=duties,
        names=names,
        gaps=on_call.gaps(duties, in_force.value(db, law.LOOKS_AHEAD).days, names),
        token=Form(formdata=None),
    )
    return page, 422 if form.errors else 200


@bp.post("/on-call/<duty_id>/remove")
@allow(Role.COORDINATOR, on=OwnCases, reads=leads_on())
def take_off(duty_id: str) -> ResponseReturnValue:
    """Take a duty off the rota."""
    if not Form().validate():
        abort(400)
    if not on_call.take_off(db, current_user.account.organisation, duty_id):
        abort(404)
    audit.record(db, current_user.account.as_actor(), "support.rota")
    return redirect(url_for(".rota"))
