"""The psychologist's first pages: what needs them today, and the list of their cases."""

from collections import Counter
from datetime import date, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from mhpss import break_glass, caseload, cases, on_call
from mhpss.referral import referral_table
from portal import lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, nothing, of_nobody
from portal.casework import support_pages
from portal.desks.psychologist import referral_picture
from portal.desks.psychologist.listings import CASES, own_cases
from portal.desks.psychologist.relations import OwnCases
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.consent import day, minute
from portal.words.referral import CONDITION_WORDS, MOVE_GROUPS, PARTY_WORDS, REFERRAL_STATES
from portal.words.support import (
    CASE_CHIPS,
    CASE_STATES,
    ENTRY_WORDS,
    LAYER_WORDS,
    MODALITY_WORDS,
    RISK_CAUSES,
    RISK_LEVELS,
    SESSION_CHIPS,
    SESSION_WORDS,
    content_words,
    need_words,
)
from vault import clock

bp = Blueprint("psychologist", __name__, url_prefix="/support")
WORDS = {
    "CASE_CHIPS": CASE_CHIPS,
    "CASE_STATES": CASE_STATES,
    "ENTRY_WORDS": ENTRY_WORDS,
    "LAYER_WORDS": LAYER_WORDS,
    "MODALITY_WORDS": MODALITY_WORDS,
    "RISK_CAUSES": RISK_CAUSES,
    "RISK_LEVELS": RISK_LEVELS,
    "SESSION_CHIPS": SESSION_CHIPS,
    "SESSION_WORDS": SESSION_WORDS,
    "content_words": content_words,
    "need_words": need_words,
}


def when(moment: date | datetime) -> str:
    """A day, or a moment with its time, as people write it."""
    return minute(moment) if isinstance(moment, datetime) else day(moment)


@bp.get("/")
@allow(Role.PSYCHOLOGIST, on=OwnCases, reads=of_nobody(Reading.SUPPORT))
def today() -> ResponseReturnValue:
    """What needs the psychologist today, the most pressing first."""
    held = cases.held_by(db, current_user.account.id)
    supervised = cases.supervised_by(db, current_user.account.id)
    needs = caseload.needs(db, held)
    return render_template(
        "psychologist/today.html",
        **WORDS,
        when=when,
        now=clock.now(),
        needs=needs,
        counts=Counter(need.kind for need in needs if need.is_due),
        held=held,
        numbers={case.id: case.number for case in held},
        opened=break_glass.not_told(db, [case.id for case in held]),
        on_call=on_call.reviews_for(db, current_user.account.id),
        passed_on=caseload.passed_on(db, supervised),
        supervised=supervised,
        closed_pages=support_pages.closed_among(db, [*held, *supervised]),
        token=Form(formdata=None),
        to_confirm=caseload.to_confirm(db, supervised),
    )


@bp.get("/cases/")
@allow(Role.PSYCHOLOGIST, on=OwnCases, reads=of_nobody(Reading.SUPPORT))
def listing() -> ResponseReturnValue:
    """The psychologist's own cases, by state."""
    return lists.find(CASES, own_cases).page("psychologist/cases.html")


@bp.get("/cases/list.csv")
@allow(Role.PSYCHOLOGIST, on=OwnCases, reads=of_nobody(Reading.SUPPORT_FILE), step_up=True)
def cases_file() -> ResponseReturnValue:
    """The same cases as a file: numbers and codes, nothing that is written in them."""
    return lists.find_all(CASES, own_cases).file()


@bp.get("/referral-states")
@allow(Role.PSYCHOLOGIST, Role.COORDINATOR, on=OwnCases, reads=nothing("the table by which referrals move"))
def referral_states() -> ResponseReturnValue:
    """How a referral moves: a picture and a list, both from the table by which the portal works."""
    return render_template(
        "psychologist/referral_states.html",
        drawn=referral_picture.draw(),
        moves=referral_table.moves(),
        CONDITION_WORDS=CONDITION_WORDS,
        GROUP_WORDS=MOVE_GROUPS,
        PARTY_WORDS=PARTY_WORDS,
        REFERRAL_STATES=REFERRAL_STATES,
    )
