"""The coordinator's pages: who waits, who has which case. What is written in a case is not theirs to read."""

from collections import Counter

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from mhpss import cases, entries, on_call
from mhpss.entries import CaseReading
from mhpss.services import verification
from portal import lists
from portal.access import accounts, cover
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_case, of_nobody
from portal.access.relations import about
from portal.desks.coordination.forms import AssignForm, DutyForm
from portal.desks.coordination.listings import CASES, ROTA, OnDuty, able_names, cases_of_own, rota_of_own
from portal.desks.coordination.relations import CaseOfOwnOrganisation, OwnCases
from portal.frame.transaction import db
from portal.lists import Found
from portal.words.support import CASE_CHIPS, CASE_STATES, LAYER_WORDS
from vault import audit
from vault.policy import in_force, law

bp = Blueprint("coordination", __name__, url_prefix="/coordination")
_WORDS = {"CASE_CHIPS": CASE_CHIPS, "CASE_STATES": CASE_STATES, "LAYER_WORDS": LAYER_WORDS}


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
    found, names = list(cases_of_own({})), able_names()
    return render_template(
        "coordination/today.html",
        waiting=[each for each in found if each.waits],
        needing=sorted((each for each in found if each.needs_somebody), key=lambda each: not each.waits),
        columns=CASES.on_page,
        uncovered=on_call.gaps(
            on_call.rota(db, current_user.account.organisation), in_force.value(db, law.LOOKS_AHEAD).days, names
        ),
        cases=found,
        staff=_psychologists(),
        counts=Counter(each.case.psychologist for each in found),
        to_verify=verification.due(db),
    )


@bp.get("/cases/")
@allow(Role.COORDINATOR, on=OwnCases, reads=of_nobody(Reading.SUPPORT))
def case_list() -> ResponseReturnValue:
    """The running cases of the organisation, those first that wait for longest."""
    return lists.find(CASES, cases_of_own).page("coordination/cases.html")


@bp.get("/cases/list.csv")
@allow(Role.COORDINATOR, on=OwnCases, reads=of_nobody(Reading.SUPPORT_FILE), step_up=True)
def cases_file() -> ResponseReturnValue:
    """The same cases as a file."""
    return lists.find_all(CASES, cases_of_own).file()


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
    form = DutyForm(_psychologists())
    if form.validate_on_submit():
        on_call.put_on(db, current_user.account.organisation, form.account.data, *form.days)
        audit.record(db, current_user.account.as_actor(), "support.rota")
        return redirect(url_for(".rota"))
    return _rota(lists.find(ROTA, rota_of_own), form)


def _rota(found: Found[OnDuty], form: DutyForm) -> ResponseReturnValue:
    duties = on_call.rota(db, current_user.account.organisation)
    gaps = on_call.gaps(duties, in_force.value(db, law.LOOKS_AHEAD).days, able_names())
    status = 422 if form.errors else None
    return found.page("coordination/rota.html", status, duty_form=form, gaps=gaps)


@bp.get("/on-call/list.csv")
@allow(Role.COORDINATOR, on=OwnCases, reads=of_nobody(Reading.SUPPORT_FILE), step_up=True)
def rota_file() -> ResponseReturnValue:
    """The rota as a file."""
    return lists.find_all(ROTA, rota_of_own).file()


@bp.post("/on-call/take-off")
@allow(Role.COORDINATOR, on=OwnCases, reads=of_nobody(Reading.SUPPORT))
def take_off() -> ResponseReturnValue:
    """Take the duties that were chosen off the rota."""
    found = lists.find(ROTA, rota_of_own)
    if not found.is_chosen:
        return _rota(found, DutyForm(_psychologists(), formdata=None))
    for duty_id in found.chosen:
        if on_call.take_off(db, current_user.account.organisation, duty_id):
            audit.record(db, current_user.account.as_actor(), "support.rota")
    return redirect(found.back_url, 303)
