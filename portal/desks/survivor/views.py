"""The person's own pages. Names of organisations, courts and States are shown only where they were asked for."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import forms, recipients
from consent.disclosure import asking, received
from consent.disclosure.requests import WrongState
from consent.ledger import feed, items
from consent.ledger.scopes import STORAGE_SCOPES, Scope, catalogue, in_groups
from consent.people import organisations, overview
from consent.rights import requests
from consent.rights.requests import RequestState
from consent.saying import answering, erasure_reviews, receipts, signed_receipts, withdrawal
from consent.saying.answering import Method
from portal import letters
from portal.access import duress
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_found
from portal.access.relations import OwnRecord, own_id
from portal.desks.survivor.forms import SeveralForm
from portal.fields.answer_form import AnswersForm
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.consent import language
from portal.words.refusals import words_of
from portal.words.rights import WISH_FOR
from vault import audit

bp = Blueprint("survivor", __name__, url_prefix="/my")


def _names_are_asked_for() -> bool:
    return request.args.get("names") == "1"


@bp.get("/")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_OVERVIEW))
def home() -> ResponseReturnValue:
    """What the person agreed to, at a glance."""
    return render_template(
        "survivor/home.html",
        overview=overview.of_person(db, own_id()),
        paused=erasure_reviews.open_review(db, own_id()) is not None,
        latest=overview.latest_stop(db, own_id()),
        received=received.of_person(db, own_id()),
        questions=[each for each in asking.to_person(db, own_id()) if each.can_be_answered],
        under_way=[each for each in requests.of_person(db, own_id()) if each.state == RequestState.OPEN],
        wishes=WISH_FOR,
    )


@bp.get("/received")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_RECEIVED))
def who_received() -> ResponseReturnValue:
    """Who received what about the person, and when."""
    return render_template(
        "survivor/received.html", received=received.of_person(db, own_id()), named=_names_are_asked_for()
    )


@bp.route("/questions/<question_id>", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_QUESTION))
def question(question_id: str) -> ResponseReturnValue:
    """One question: what may be passed on, to whom; yes and no stand side by side, and so does not answering."""
    own = asking.to_person(db, own_id())
    asked = next((each for each in own if each.question.id == question_id), None) or abort(404)
    form = Form()
    if request.method == "POST" and form.validate() and request.form.get("answer") in asking.ANSWERS:
        try:
            asking.answer(
                db,
                asked.question,
                request.form["answer"],
                language=language(),
                method=Method.PORTAL,
                author=current_user.account.id,
            )
        except WrongState:
            flash(_("This question is over. Nothing was changed."))
            return redirect(url_for(".home"))
        audit.record(db, current_user.account.as_actor(), "question.answer", own_id())
        flash(_("Your answer is saved. You can change it on the same page until something is passed on."))
        return redirect(url_for(".home"))
    if request.method == "POST":
        flash(_("Choose one of the answers. Nothing was changed."))
        return redirect(url_for(".question", question_id=question_id), 303)
    return render_template(
        "survivor/question.html",
        form=form,
        asked=asked,
        words=asking.words(db, asked.question, language()),
        recipient=recipients.directory(db)[asked.request.recipient],
        named=_names_are_asked_for(),
    )


@bp.get("/choices/<group>")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_CHOICES))
def choices(group: str) -> ResponseReturnValue:
    """One group: each answer, since when, with its conditions."""
    shown = overview.of_person(db, own_id())
    if group not in shown.groups:
        abort(404)
    named = _names_are_asked_for()
    return render_template(
        "survivor/choices.html",
        group=shown.groups[group],
        named=named,
        directory=recipients.directory(db) if named else None,
    )


@bp.get("/choices/<group>/text/<scope>")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_TEXT))
def text(group: str, scope: str) -> ResponseReturnValue:
    """The text exactly as it was when they answered: the same form version, the same language.

    It names courts and organisations, so it is shown only where that was asked for; so is the page to answer on.
    """
    if not _names_are_asked_for():
        return redirect(url_for(".choices", group=group))
    shown = overview.of_person(db, own_id()).groups.get(group)
    answer = shown.answer_to(scope) if shown else None
    if answer is None:
        abort(404)
    form = forms.version(db, answer.form_version) if answer.form_version else forms.current(db)
    read_in = answer.language or language()
    return render_template(
        "survivor/text.html",
        answer=answer,
        group=group,
        read_in=read_in,
        text=form.text(read_in, scope),
        group_text=form.group_text(read_in, group),
        form=None,
    )


@bp.route("/choices/<group>/answer", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_ANSWER))
def answer(group: str) -> ResponseReturnValue:
    """Answer a group, or one scope of it, from the present text."""
    if not _names_are_asked_for():
        return redirect(url_for(".choices", group=group))
    members = in_groups(db).get(group)
    if not members:
        abort(404)
    if request.args.get("scope"):
        members = [scope for scope in members if scope.key == request.args["scope"]] or abort(404)
    present = forms.current(db)
    formdata = request.form if request.method == "POST" else None
    answers = AnswersForm(members, recipients.directory(db), formdata, {}, answering.standing_conditions(db, own_id()))
    if request.method == "POST" and (revision := _answered(answers, present)) is not None:
        return redirect(url_for(".progress", revision=revision))
    page = render_template(
        "survivor/answer.html",
        answers=answers,
        group=group,
        group_text=present.group_text(language(), group),
        warning=present.introduction(language())["third_country_warning"],
        warn=any(scope.outside_eea for scope in members),
        form=answers,
    )
    return page, 422 if request.method == "POST" else 200


def _answered(answers: AnswersForm, present: forms.FormVersion) -> int | None:
    """The revision at which the answers were recorded; None where they are refused at a field."""
    if not answers.validate():
        return None
    if not answers.given:
        answers.refuse(_("Choose an answer, or go back: then everything stays as it is."))
        return None
    circumstances = answering.Circumstances(
        form_version=present.id,
        form_digest=present.digest,
        language=language(),
        method=Method.PORTAL,
        author=current_user.account.id,
    )
    given = {scope: answering.Given(**each) for scope, each in answers.given.items()}
    try:
        revision = answering.answer(db, own_id(), given, circumstances)
    except answering.BadCondition as refusal:
        answers.refuse(str(words_of(refusal)))
        return None
    audit.record(db, current_user.account.as_actor(), "consent.answer", own_id())
    return revision


@bp.get("/choices/several")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_SEVERAL))
def several() -> ResponseReturnValue:
    """Choose what should stop; nothing happens yet."""
    known = catalogue(db)
    standing = [known[scope] for scope in withdrawal.standing_scopes(db, own_id())]
    return render_template("survivor/several.html", form=SeveralForm(standing), standing=standing)


@bp.route("/choices/stop", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_STOP))
def stop() -> ResponseReturnValue:
    """What stops, what cannot be called back, what if they change their mind; then stop it, or keep it as it is."""
    form = Form()
    stopping = _chosen(request.values.getlist("scope"), request.values.get("group"), "all" in request.values)
    if request.method == "POST" and form.validate() and stopping:
        statement = withdrawal.Statement(withdrawal.Channel.PORTAL, author=current_user.account.id)
        done = withdrawal.withdraw(db, own_id(), [scope.key for scope in stopping], statement=statement)
        audit.record(db, current_user.account.as_actor(), "consent.withdraw", own_id())
        return redirect(url_for(".progress", revision=done.revision))
    if not stopping:
        if request.method == "POST":
            flash(_("Nothing was stopped: choose what should stop."))
        return redirect(url_for(".several"))
    return render_template(
        "survivor/stop.html",
        form=form,
        stopping=stopping,
        items=items.count_of(db, own_id()),
        stores=len(overview.stores_of(db, own_id())),
        received=received.of_person(db, own_id()),
        storage=any(scope.key in STORAGE_SCOPES for scope in stopping),
    )


def _chosen(scopes: list[str], group: str | None, everything: bool) -> list[Scope]:
    standing = set(withdrawal.standing_scopes(db, own_id()))
    return [
        scope
        for scope in catalogue(db).values()
        if scope.key in standing and (everything or scope.key in scopes or scope.group == group)
    ]


@bp.get("/progress/<int:revision>")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_PROGRESS))
def progress(revision: int) -> ResponseReturnValue:
    """What was recorded, and which archives have confirmed that they know."""
    change = overview.change_at(db, own_id(), revision)
    if change is None:
        abort(404)
    return render_template(
        "survivor/progress.html",
        change=change,
        told=feed.told_of(db, own_id(), revision),
        named=_names_are_asked_for(),
        revision=revision,
    )


@bp.route("/copy", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_COPY))
def copy() -> ResponseReturnValue:
    """A copy of the confirmation, after "is it safe to have this on you?": neutral, or signed on request."""
    form = Form()
    if request.method == "POST" and form.validate():
        if duress.is_held(db, current_user.account):
            abort(503)
        if "signed" in request.form:
            audit.record(db, current_user.account.as_actor(), "receipt.signed_copy", own_id())
            return letters.as_data(signed_receipts.signed(db, own_id()))
        audit.record(db, current_user.account.as_actor(), "receipt.copy", own_id())
        return letters.as_download(letters.neutral_copy(receipts.receipt(db, own_id()), catalogue(db)))
    return render_template("survivor/copy.html", form=form)


@bp.get("/seen")
@allow(Role.SURVIVOR, on=OwnRecord, reads=of_found(Reading.OWN_SEEN))
def seen() -> ResponseReturnValue:
    """Who looked at the record or did something with it: role, and the organisation where names were asked for."""
    entries = audit.by_others(db, own_id())
    keys = list(dict.fromkeys(entry.organisation for entry in entries if entry.organisation))
    return render_template(
        "survivor/seen.html",
        entries=entries,
        places={key: place for place, key in enumerate(keys, start=1)},
        partners={each.key: each.name for each in organisations.listed(db)} if _names_are_asked_for() else {},
        named=_names_are_asked_for(),
    )
