"""One case: its page, what is done in it, its history, and the supervisor's way in."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.people import subjects, support
from mhpss import (
    admission,
    break_glass,
    case_documents,
    caseload,
    cases,
    clinical_copies,
    closing,
    entries,
    keeping,
    measuring,
    meetings,
    protocols,
    risk,
)
from mhpss.cases import CaseState, Intake
from mhpss.entries import CaseReading, EntryKind
from mhpss.measures import instruments
from mhpss.referral import referrals
from mhpss.risk import RiskSign
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_case, of_nobody
from portal.access.relations import about
from portal.casework import support_pages
from portal.desks.psychologist.acting import author, case_at_hand, note
from portal.desks.psychologist.forms import (
    CloseForm,
    ContactForm,
    FollowUpForm,
    GoalsForm,
    HeldForm,
    IntakeForm,
    KeepingForm,
    OpenForm,
    ReasonForm,
    RiskForm,
    SafetyPlanForm,
    SessionForm,
)
from portal.desks.psychologist.relations import CaseAtHand, CaseToAssess, OwnCase, OwnCases, SupervisedCase
from portal.desks.psychologist.views import WORDS, when
from portal.fields import curves
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.consent import language
from portal.words.measures import BAND_WORDS, CHANGE_WORDS, CRITERION_WORDS
from portal.words.referral import FIELD_WORDS, REFERRAL_CHIPS, REFERRAL_STATES, URGENCY_WORDS
from portal.words.refusals import words_of
from portal.words.support import (
    FILLED_BY_WORDS,
    GOALS_TITLE,
    RISK_CAUSES,
    SAFETY_PLAN_PARTS,
    content_words,
)
from vault import clock
from vault.refusals import Refused

bp = Blueprint("cases", __name__, url_prefix="/cases")
_SHOWN = 6
_MEASURE_WORDS = {
    "bands": BAND_WORDS,
    "changes": CHANGE_WORDS,
    "criteria": CRITERION_WORDS,
    "causes": RISK_CAUSES,
    "filled_by": FILLED_BY_WORDS,
    "goals_title": GOALS_TITLE,
}


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.PSYCHOLOGIST, on=OwnCases, reads=of_nobody(Reading.SUPPORT))
def new() -> ResponseReturnValue:
    """Take somebody in who has agreed that a case is kept."""
    form = IntakeForm()
    if form.validate_on_submit() and (begun := _begin(form)) is not None:
        entries.note_act(db, current_user.account.as_actor(), begun.id, "intake")
        return redirect(url_for(".show", number=begun.number))
    return render_template("psychologist/new.html", form=form), 422 if form.errors else 200


def _begin(form: IntakeForm) -> cases.Case | None:
    person = subjects.by_code(db, form.code.data or "")
    try:
        if person is None:
            raise cases.NoConsent
        return cases.begin(
            db,
            person,
            current_user.account.organisation,
            _intake(form),
            language=form.language.data,
            remote=form.remote.data == "yes",
            psychologist=author(),
            author=author(),
        )
    except (cases.NoConsent, cases.HasCase):
        # One answer for both: whether somebody has a case is not to be found out by trying.
        form.code.errors = [_("Nobody can be taken in here with this code. Speak with the coordinator.")]
    return None


def _intake(form: ContactForm) -> Intake:
    return Intake(
        asked_for=form.asked_for.data or "",
        safe_contact=form.safe_contact.data or "",
        may_be_told=form.may_be_told.data or "",
        immediate_needs=form.immediate_needs.data or "",
        support_person=form.support_person.data or "",
        country=(form.country.data or "").upper(),
    )


@bp.get("/<number>")
@allow(Role.PSYCHOLOGIST, on=CaseAtHand, reads=of_case(CaseReading.CASE))
def show(number: str) -> ResponseReturnValue:
    """One case; a supervisor sees that it is there and how it stands, and reads it after breaking the glass."""
    if not about(CaseAtHand).may_read:
        return _shut(ReasonForm(formdata=None))
    return render_template("psychologist/case.html", **shown())


def _shut(form: ReasonForm) -> str:
    confirming = caseload.to_confirm(db, [case_at_hand()])
    return render_template("psychologist/shut.html", **WORDS, case=case_at_hand(), form=form, to_confirm=confirming)


def _kept(name: str) -> dict[str, Any]:
    """What the form of that name changes, as it is kept; nothing for a form that adds something."""
    case = case_at_hand()
    if name == "safety":
        return {"data": entries.latest(db, case.id, EntryKind.SAFETY_PLAN)}
    if name == "goals_form":
        return {"data": entries.latest(db, case.id, EntryKind.GOALS)}
    return {"obj": cases.intake_of(db, case)} if name == "contact" else {}


def shown(**forms: Form) -> dict[str, Any]:
    """What the page of a case needs; `forms` are those that were sent and not taken."""
    case = case_at_hand()
    intake = cases.intake_of(db, case)
    plan = entries.latest(db, case.id, EntryKind.SAFETY_PLAN)
    held = meetings.of_case(db, case.id)
    passed = [(each, referrals.service_of(db, each)[0]) for each in referrals.of_case(db, case.id)]
    blank: dict[str, Form] = {
        "opening": OpenForm(formdata=None),
        "planning": SessionForm(formdata=None),
        "holding": HeldForm(formdata=None),
        "following": FollowUpForm(formdata=None),
        "risk_form": RiskForm(formdata=None),
        "safety": SafetyPlanForm(formdata=None, **_kept("safety")),
        "goals_form": GoalsForm(formdata=None, **_kept("goals_form")),
        "contact": ContactForm(formdata=None, **_kept("contact")),
        "closing": CloseForm(formdata=None),
        "keeping": KeepingForm(formdata=None),
    }
    return {
        **WORDS,
        "REFERRAL_CHIPS": REFERRAL_CHIPS,
        "REFERRAL_STATES": REFERRAL_STATES,
        "URGENCY_WORDS": URGENCY_WORDS,
        "SAFETY_PLAN_PARTS": SAFETY_PLAN_PARTS,
        "when": when,
        "now": clock.now(),
        "case": case,
        "is_own": about(CaseAtHand).is_own,
        "may_assess": about(CaseAtHand).is_own or about(CaseAtHand).is_on_call,
        "consent": support.may_hold_case(db, case.subject_id),
        "intake": intake,
        "said_again": content_words(admission.said_since_intake(db, case)),
        "needs": caseload.needs(db, [case]),
        "reviews": risk.open_reviews(db, [case.id]),
        "meetings": [(meeting, meetings.note_of(db, meeting)) for meeting in held[:_SHOWN]],
        "referrals": passed,
        "agreed": [(each, service) for each, service in passed if referrals.is_agreed(db, each)],
        "FIELD_WORDS": FIELD_WORDS,
        "may_refer": support.may_ask(db, case.subject_id),
        "curves": [curves.draw(key, points) for key, points in measuring.curves(db, case.id).items()],
        "measure_words": _MEASURE_WORDS,
        "instruments": instruments.instruments().values(),
        "offers": {each.instrument for each in measuring.offered(db, case, support_pages.cover_of(db, case))},
        "protocol": protocols.for_team(intake.country, language()),
        "follow_ups": [(each, meetings.what_for(db, each)) for each in meetings.waiting(db, [case.id])],
        "acts": cases.STATES.acts_in(case.state),
        "safety_plan": plan,
        "goals": entries.latest(db, case.id, EntryKind.GOALS).get("goals", ""),
        "history": entries.last_of_case(db, case.id, _SHOWN),
        "documents": case_documents.of_case(db, case),
        "copies": clinical_copies.waiting(db, [case.id]),
        "opened": break_glass.not_told(db, [case.id]),
        **{name: form.set_apart(name) for name, form in {**blank, **forms}.items()},
        "form": next(iter(forms.values()), None),
    }


@bp.get("/<number>/history")
@allow(Role.PSYCHOLOGIST, on=CaseAtHand, reads=of_case(CaseReading.HISTORY))
def history(number: str) -> ResponseReturnValue:
    """All that happened in a case, every session with its note, and who looked."""
    if not about(CaseAtHand).may_read:
        abort(404)
    held = meetings.of_case(db, case_at_hand().id)
    return render_template(
        "psychologist/history.html",
        **WORDS,
        when=when,
        case=case_at_hand(),
        history=entries.of_case(db, case_at_hand().id),
        meetings=[(meeting, meetings.note_of(db, meeting)) for meeting in held],
        acts=entries.acts_in(db, case_at_hand().id),
    )


@bp.post("/<number>/break-glass")
@allow(Role.PSYCHOLOGIST, on=SupervisedCase, reads=of_nobody(Reading.SUPPORT))
def open_shut(number: str) -> ResponseReturnValue:
    """Break the glass, for a reason that the psychologist is told."""
    form = ReasonForm()
    if not form.validate():
        return _shut(form), 422
    break_glass.break_glass(db, case_at_hand(), author(), form.reason.data or "")
    note("break_glass")
    return redirect(url_for(".show", number=number))


@bp.post("/<number>/open-pages")
@allow(Role.PSYCHOLOGIST, on=SupervisedCase, reads=leads_on())
def open_pages(number: str) -> ResponseReturnValue:
    """Open the person's own pages before the day after a paper is over; opening them twice changes nothing."""
    if not Form().validate():
        abort(400)
    if support_pages.open_now(db, case_at_hand(), author()):
        note("open_pages")
    return redirect(url_for("psychologist.today"))


Act = Callable[[Any], object]


def _risk(form: Any) -> None:
    reviews = risk.open_reviews(db, [case_at_hand().id])
    if reviews:
        level, again = form.level.data, form.review_on.data
        risk.settle(db, case_at_hand(), reviews[0], level, again, form.assessment.data, author())
    else:
        risk.set_level(db, case_at_hand(), form.level.data, form.review_on.data, author())
        entries.write(db, case_at_hand().id, EntryKind.RISK_REVIEW, author(), {"assessment": form.assessment.data})


def _hold(form: Any) -> None:
    meeting = meetings.find(db, case_at_hand(), form.meeting.data or "")
    if meeting is None:
        raise cases.NotNow
    meetings.hold(db, case_at_hand(), meeting, form.outcome.data, form.note.data or "", author())


def _close(form: Any) -> None:
    closing.close(
        db, case_at_hand(), form.reason.data, form.plan.data, may_contact=bool(form.may_contact.data), author=author()
    )


def _keep_or_destroy(form: Any) -> None:
    keeping.decide(db, case_at_hand(), keep=form.keep.data == "yes", reason=form.reason.data, author=author())


def _keep_plan(form: Any) -> None:
    content = {part: form[part].data or "" for part in SAFETY_PLAN_PARTS}
    cases.keep(db, case_at_hand(), EntryKind.SAFETY_PLAN, author(), content)


# By act: the form that it needs, under the name it has on the page, and what it does.
ACTS: Mapping[str, tuple[str | None, type[Form] | None, Act]] = {
    "open": ("opening", OpenForm, lambda form: cases.open_case(db, case_at_hand(), int(form.layer.data), author())),
    "session": (
        "planning",
        SessionForm,
        lambda form: meetings.plan(db, case_at_hand(), form.starts_at, form.minutes.data, form.modality.data, author()),
    ),
    "held": ("holding", HeldForm, _hold),
    "follow-up": (
        "following",
        FollowUpForm,
        lambda form: meetings.follow_up(db, case_at_hand(), form.due_on.data, form.what.data, author()),
    ),
    "risk": ("risk_form", RiskForm, _risk),
    "ask-review": (None, None, lambda _form: risk.open_review(db, case_at_hand(), RiskSign.CLINICIAN, author())),
    "safety-plan": ("safety", SafetyPlanForm, _keep_plan),
    "goals": (
        "goals_form",
        GoalsForm,
        lambda form: cases.keep(db, case_at_hand(), EntryKind.GOALS, author(), {"goals": form.goals.data}),
    ),
    "contact": ("contact", ContactForm, lambda form: cases.keep_intake(db, case_at_hand(), _intake(form), author())),
    "close": ("closing", CloseForm, _close),
    "keeping": ("keeping", KeepingForm, _keep_or_destroy),
    "reopen": (None, None, lambda _form: cases.reopen(db, case_at_hand(), author())),
    "told": (None, None, lambda _form: break_glass.tell(db, case_at_hand())),
}


@bp.post("/<number>/do/<act>")
@allow(Role.PSYCHOLOGIST, on=CaseToAssess, reads=of_case(CaseReading.CASE))
def work(number: str, act: str) -> ResponseReturnValue:
    """One step in a case; what does not fit is said and changes nothing. Whoever is on call assesses the danger."""
    if act not in ACTS or not (about(CaseAtHand).is_own or act == "risk"):
        abort(404)
    name, form_class, do = ACTS[act]
    form = form_class(**_kept(name or "")) if form_class else Form()
    given = {name: form} if name else {}
    try:
        if not form.validate():
            return _refused(given)
        with db.begin_nested():
            do(form)
    except Refused as refusal:
        if not given:
            flash(str(words_of(refusal)))
            return redirect(url_for(".show", number=number), 303)
        form.refuse(refusal)
        return _refused(given)
    note(act)
    if (act == "risk" and not about(CaseAtHand).is_own) or case_at_hand().state == CaseState.ERASED:
        return redirect(url_for("psychologist.today"))
    return redirect(url_for(".show", number=number))


def _refused(given: Mapping[str, Form]) -> ResponseReturnValue:
    return render_template("psychologist/case.html", **shown(**given)), 422


@bp.post("/<number>/follow-ups/<follow_id>/done")
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=leads_on())
def follow_up_done(number: str, follow_id: str) -> ResponseReturnValue:
    """Note that somebody got in touch."""
    follow = next((each for each in meetings.waiting(db, [case_at_hand().id]) if each.id == follow_id), None) or abort(
        404
    )
    meetings.done(db, case_at_hand(), follow, author())
    note("follow_up_done")
    return redirect(url_for(".show", number=number))
