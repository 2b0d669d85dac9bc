"""The consent conversation, a page at a time; everything said is kept as a draft to come back to."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import forms, recipients
from consent.ledger import revisions
from consent.ledger.scopes import catalogue, in_groups
from consent.people import zones
from consent.rules import ReasonCode
from consent.saying import answering, capture
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_found
from portal.access.relations import PersonOfOwnOrganisation, person_id
from portal.desks.documenter.forms import CircumstancesForm, SafetyForm, UnderstandingForm, WishesForm
from portal.fields.answer_form import AnswersForm
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.frame.web import count
from vault import audit, clock

bp = Blueprint("conversation", __name__, url_prefix="/<code>/conversation")


def _said() -> dict[str, Any]:
    return capture.content(db, _draft())


def _draft() -> capture.Conversation:
    draft = capture.open_draft(db, person_id())
    if draft is None:
        abort(404)
    return draft


def _here(endpoint: str, code: str, **values: Any) -> ResponseReturnValue:
    return redirect(url_for(f"documenter.conversation.{endpoint}", code=code, **values))


def _pausing() -> bool:
    return "pause" in request.form


def _kept_for_later(code: str) -> ResponseReturnValue:
    flash(_("Kept. You can go on at any time from here."))
    return redirect(url_for("documenter.person", code=code))


@bp.route("/", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.CONVERSATION))
def begin(code: str) -> ResponseReturnValue:
    """How the conversation is held; begins it, or goes on with the draft."""
    draft = capture.open_draft(db, person_id())
    said = capture.content(db, draft) if draft else {}
    form = CircumstancesForm(data=_dates(said))
    if form.validate_on_submit():
        content = {name: _plain(form[name].data) for name in form.data if name != "csrf_token"}
        capture.begin(db, person_id(), current_user.account.organisation, content)
        audit.record(db, current_user.account.as_actor(), "conversation.keep", person_id())
        return _here("group", code, group=next(iter(in_groups(db))))
    page = render_template("documenter/conversation/begin.html", code=code, form=form, draft=draft)
    return page, 422 if form.errors else 200


def _dates(said: dict[str, Any]) -> dict[str, Any]:
    majority = said.get("majority_on")
    return said | {"majority_on": date.fromisoformat(majority) if majority else None}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


@bp.route("/about/<group>", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.CONVERSATION_GROUP))
def group(code: str, group: str) -> ResponseReturnValue:
    """One group: what it means, what can go wrong, what a no means, in the open; then its answers."""
    groups = in_groups(db)
    if group not in groups:
        abort(404)
    draft = _draft()
    said = capture.content(db, draft)
    later = capture.later_words(db, draft)
    answers = AnswersForm(
        groups[group],
        recipients.directory(db),
        request.form if request.method == "POST" else None,
        {scope: answer for scope, answer in said["answers"].items() if scope not in later},
        answering.standing_conditions(db, person_id()),
    )
    known_at = revisions.present(db)[0]
    if request.method == "POST":
        # What was said since the page was drawn is later, however often it is sent again.
        known_at = min(known_at, request.form.get("asked_at", type=count, default=0))
    if request.method == "POST" and answers.validate():
        capture.keep_group(db, draft, group, answers.given, known_at)
        if _pausing():
            return _kept_for_later(code)
        following = list(groups)[list(groups).index(group) + 1 :]
        return _here("group", code, group=following[0]) if following else _here("understanding", code)
    form = forms.version(db, draft.form_version)
    read_in = said["language"]
    page = render_template(
        "documenter/conversation/group.html",
        code=code,
        group=group,
        number=list(groups).index(group) + 1,
        steps=len(groups),
        previous=_previous(code, group),
        answers=answers,
        asked_at=known_at,
        drafted=said["answers"],
        later={scope: row for scope, row in later.items() if scope in {each.key for each in groups[group]}},
        catalogue=catalogue(db),
        group_text=form.group_text(read_in, group),
        texts={scope.key: form.text(read_in, scope.key) for scope in groups[group]},
        warning=form.introduction(read_in)["third_country_warning"],
        warn=any(scope.outside_eea for scope in groups[group]),
        read_in=read_in,
        form=answers,
    )
    return page, 422 if answers.errors else 200


def _previous(code: str, group: str) -> str:
    before = list(in_groups(db))
    place = before.index(group)
    if place == 0:
        return url_for("documenter.conversation.begin", code=code)
    return url_for("documenter.conversation.group", code=code, group=before[place - 1])


@bp.route("/understanding", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.CONVERSATION_UNDERSTANDING))
def understanding(code: str) -> ResponseReturnValue:
    """Whether it was understood, in the person's own words."""
    draft, said = _draft(), _said()
    questions = forms.version(db, draft.form_version).introduction(said["language"])["comprehension"]
    form = UnderstandingForm.for_questions(questions)(data=said.get("comprehension"))
    if form.validate_on_submit():
        heard = {question["key"]: form[question["key"]].data for question in questions}
        capture.keep(db, draft, {"comprehension": heard})
        return _kept_for_later(code) if _pausing() else _here("safety", code)
    page = render_template("documenter/conversation/understanding.html", code=code, form=form, questions=questions)
    return page, 422 if form.errors else 200


@bp.route("/safety", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.CONVERSATION_SAFETY))
def safety(code: str) -> ResponseReturnValue:
    """Where the person lives and what is safe for them."""
    form = SafetyForm(data=_said().get("safety"))
    if form.validate_on_submit():
        kept = {name: form[name].data for name in ("place", "zone", "safe", "contact", "forced_sign")}
        capture.keep(db, _draft(), {"safety": kept})
        return _kept_for_later(code) if _pausing() else _here("wishes", code)
    return render_template("documenter/conversation/safety.html", code=code, form=form), 422 if form.errors else 200


@bp.route("/wishes", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.CONVERSATION_WISHES))
def wishes(code: str) -> ResponseReturnValue:
    """What happens to the answers if the person is detained, cannot be reached or dies."""
    form = WishesForm(data=_said().get("wishes"))
    if form.validate_on_submit():
        kept = {name: form[name].data for name in ("detained", "unreachable", "dead", "decider")}
        capture.keep(db, _draft(), {"wishes": kept})
        return _kept_for_later(code) if _pausing() else _here("check", code)
    return render_template("documenter/conversation/wishes.html", code=code, form=form), 422 if form.errors else 200


@bp.route("/check", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.CONVERSATION_CHECK))
def check(code: str) -> ResponseReturnValue:
    """Everything on one page, read back to the person; then it is recorded."""
    draft, said = _draft(), _said()
    form = Form()
    problem = None
    if form.validate_on_submit():
        try:
            capture.record(db, draft, author=current_user.account.id, read_back=_read_back())
        except capture.NothingAnswered:
            problem = _("No group has been talked about yet.")
        except capture.NotUnderstood:
            problem = _("The check that the person understood is not complete.")
        except capture.MajorityUnknown:
            problem = _("A guardian consents: write the day on which the person comes of age, on the first page.")
        except capture.ChangedSince:
            problem = _("The draft has changed since it was read back. Read it back again.")
        except capture.Overtaken:
            problem = _("Nothing was recorded: after this draft the person has said something else.")
        except answering.BadCondition:
            problem = _("Conditions from before and new ones exclude each other. Go through the group again.")
        else:
            audit.record(db, current_user.account.as_actor(), "conversation.record", person_id())
            return redirect(url_for("documenter.receipt", code=code))
    page = render_template(
        "documenter/conversation/check.html",
        code=code,
        form=form,
        said=said,
        groups=in_groups(db),
        catalogue=catalogue(db),
        directory=recipients.directory(db),
        later=capture.later_words(db, draft),
        read_back=clock.rfc3339(draft.changed_at),
        together=_together(said),
        problem=problem,
    )
    return page, 422 if problem else 200


def _read_back() -> datetime:
    try:
        return clock.parse_instant(request.form.get("read_back", ""))
    except ValueError:
        return clock.start_of(date.min)


@bp.errorhandler(capture.NoDraft)
def _gone(_error: capture.NoDraft) -> ResponseReturnValue:
    flash(_("This draft was recorded or thrown away meanwhile. Nothing was changed."))
    return redirect(url_for("documenter.person", code=(request.view_args or {})["code"]))


def _together(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By scope, the conditions as they will hold: those of the draft beside those that stand."""
    standing = answering.standing_conditions(db, person_id())
    zone, together = zones.of_person(db, person_id(), safety=said.get("safety")), {}
    for scope, each in said["answers"].items():
        given = answering.Given(**each)
        try:
            together[scope] = (
                answering.with_standing(standing.get(scope, {}), given, zone)
                if given.answer != ReasonCode.REFUSED
                else {}
            )
        except answering.BadCondition:
            together[scope] = {**standing[scope], **given.conditions}
    return together


@bp.post("/discard")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=leads_on())
def discard(code: str) -> ResponseReturnValue:
    """Throw the draft away."""
    capture.discard(db, _draft())
    audit.record(db, current_user.account.as_actor(), "conversation.discard", person_id())
    flash(_("The draft is gone. Nothing of it was recorded."))
    return redirect(url_for("documenter.person", code=code))
