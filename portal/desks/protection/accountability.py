"""What the officer keeps for the authority: records of processing, breaches, retention reviews, the year's figures."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.people import organisations, subjects
from consent.rights import breaches, documents, records, retention
from consent.rights import clock as legal_clock
from portal import lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, nothing, of_found, of_named, of_nobody, read_people
from portal.access.relations import WholeConsortium, about
from portal.desks.protection.forms import BreachForm, DocumentForm
from portal.desks.protection.listings import (
    BREACHES,
    PROCESSING,
    RETENTION,
    KeptTooLong,
    breaches_on_record,
    kept_too_long,
    records_of_processing,
)
from portal.desks.protection.relations import ABreach
from portal.fields.choices import choices
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.frame.web import count
from portal.lists import Found
from portal.words.consent import language
from portal.words.rights import DOCUMENT_WORDS, OUTCOME_WORDS, RIGHT_WORDS, RISK_WORDS
from vault import audit, clock

_OF_PROCESSING = nothing("the records of processing: purposes and periods")
bp = Blueprint("register", __name__, url_prefix="/register")


@bp.get("/")
@allow(Role.DPO, on=WholeConsortium, reads=_OF_PROCESSING)
def processing() -> ResponseReturnValue:
    """The records of processing (Art. 30)."""
    return lists.find(PROCESSING, records_of_processing).page("protection/register.html")


@bp.get("/list.csv")
@allow(Role.DPO, on=WholeConsortium, reads=_OF_PROCESSING, step_up=True)
def processing_file() -> ResponseReturnValue:
    """The records of processing as a file."""
    return lists.find_all(PROCESSING, records_of_processing).file()


@bp.route("/breaches", methods=["GET", "POST"])
@allow(Role.DPO, on=WholeConsortium, reads=of_nobody(Reading.BREACHES))
def breach_list() -> ResponseReturnValue:
    """Every breach, and a form to enter one."""
    form = BreachForm()
    if form.validate_on_submit():
        codes = [line.strip() for line in (form.codes.data or "").splitlines() if line.strip()]
        people = {code: subjects.by_code(db, code) for code in codes}
        unknown = [code for code, person in people.items() if person is None]
        if unknown:
            form.codes.errors = [_("Nobody has this code: %(codes)s", codes=", ".join(unknown))]
        else:
            _enter(form, [person for person in people.values() if person])
            return redirect(url_for(".breach_list"))
    found = lists.find(BREACHES, breaches_on_record)
    return found.page("protection/breaches.html", 422 if form.errors else None, breach_form=form)


@bp.get("/breaches.csv")
@allow(Role.DPO, on=WholeConsortium, reads=of_nobody(Reading.BREACHES_FILE), step_up=True)
def breaches_file() -> ResponseReturnValue:
    """Every breach as a file: its days and state, not what happened."""
    return lists.find_all(BREACHES, breaches_on_record).file()


def _enter(form: BreachForm, people: list[str]) -> None:
    partner = db.get_one(organisations.Organisation, current_user.account.organisation)
    noticed = datetime.combine(
        form.aware_on.data or clock.today(), time(), ZoneInfo(legal_clock.ZONES[partner.country])
    )
    breaches.enter(
        db,
        partner.key,
        aware_at=noticed,
        risk=form.risk.data,
        what=form.what.data or "",
        measures=form.measures.data or "",
        people=people,
        author=current_user.account.id,
    )
    audit.record(db, current_user.account.as_actor(), "breach.enter")


@bp.get("/breaches/<breach_id>")
@allow(Role.DPO, on=ABreach, reads=of_found(Reading.BREACH))
def breach(breach_id: str) -> ResponseReturnValue:
    """One breach: its clock, what happened, and the people to inform."""
    kept = about(ABreach).breach
    return render_template(
        "protection/breach.html",
        breach=kept,
        content=breaches.content(db, kept),
        codes=subjects.codes_of(db, kept.people),
        RISK_WORDS=RISK_WORDS,
        now=clock.now(),
        token=Form(),
    )


@bp.post("/breaches/<breach_id>/<act>")
@allow(Role.DPO, on=ABreach, reads=leads_on())
def work_breach(breach_id: str, act: str) -> ResponseReturnValue:
    """The authority was told, a person was told, or nothing is left to do."""
    found = about(ABreach).breach
    author = current_user.account.id
    try:
        if act == "notified":
            breaches.notified(db, found, author)
        elif act == "closed":
            breaches.close(db, found, author)
        elif act == "informed" and request.form.get("person") in found.people:
            breaches.informed(db, found, request.form["person"], author)
        else:
            abort(404)
    except breaches.AlreadyClosed:
        flash(_("This breach was closed meanwhile. Nothing was changed."))
        return redirect(url_for(".breach", breach_id=breach_id), 303)
    person = request.form["person"] if act == "informed" else None
    audit.record(db, current_user.account.as_actor(), f"breach.{act}", person)
    return redirect(url_for(".breach", breach_id=breach_id))


@bp.get("/retention")
@allow(Role.DPO, on=WholeConsortium, reads=of_named(Reading.RETENTION))
def retention_list() -> ResponseReturnValue:
    """The rules of retention, and the reviews that they have opened."""
    return _retention(lists.find(RETENTION, kept_too_long))


def _retention(found: Found[KeptTooLong]) -> ResponseReturnValue:
    read_people(each.review.subject_id for each in found.rows)
    return found.page("protection/retention.html", rules=retention.rules(), read_in=language())


@bp.get("/retention.csv")
@allow(Role.DPO, on=WholeConsortium, reads=of_named(Reading.RETENTION_FILE), step_up=True)
def retention_file() -> ResponseReturnValue:
    """The same reviews as a file."""
    found = lists.find_all(RETENTION, kept_too_long)
    read_people(each.review.subject_id for each in found.rows)
    return found.file()


@bp.post("/retention/settle")
@allow(Role.DPO, on=WholeConsortium, reads=of_named(Reading.RETENTION))
def settle_retention() -> ResponseReturnValue:
    """Somebody has looked at those that were chosen, and they are still needed."""
    found = lists.find(RETENTION, kept_too_long)
    if not found.is_chosen:
        return _retention(found)
    for review_id in found.chosen:
        retention.settle(db, review_id, current_user.account.id)
        audit.record(db, current_user.account.as_actor(), "retention.settle")
    return redirect(found.back_url, 303)


@bp.route("/documents", methods=["GET", "POST"])
@allow(Role.DPO, on=WholeConsortium, reads=nothing("where documents are kept, and who owns them"))
def document_list() -> ResponseReturnValue:
    """The documents kept beside the record, each with its owner and the day on which it is looked at again."""
    form = DocumentForm()
    form.kind.choices = choices(DOCUMENT_WORDS)
    if form.validate_on_submit():
        day = form.review_on.data or clock.today()
        documents.keep(db, form.kind.data, form.owner.data or "", form.place.data or "", day)
        audit.record(db, current_user.account.as_actor(), "document.keep")
        return redirect(url_for(".document_list"))
    page = render_template(
        "protection/documents.html",
        form=form,
        documents=documents.listed(db).items(),
        DOCUMENT_WORDS=DOCUMENT_WORDS,
        today=clock.today(),
    )
    return page, 422 if form.errors else 200


@bp.get("/year")
@allow(Role.DPO, on=WholeConsortium, reads=nothing("the figures of a year"))
def year() -> ResponseReturnValue:
    """The figures of a year for the authority."""
    now = clock.now().year
    wanted = min(max(request.args.get("year", now, type=count), 2000), now)
    return render_template(
        "protection/year.html",
        figures=records.of_year(db, wanted),
        this_year=now,
        RIGHT_WORDS=RIGHT_WORDS,
        OUTCOME_WORDS=OUTCOME_WORDS,
    )
