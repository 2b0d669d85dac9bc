"""People at the documenter's own organisation: finding, enrolling, inviting, recording a withdrawal."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, json, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import recipients
from consent.disclosure import asking, received
from consent.ledger import feed, ledger
from consent.ledger.scopes import catalogue
from consent.people import concerns, overview, safe_contacts, subjects, support, zones
from consent.saying import capture, expiry, receipts, signed_receipts, situations, withdrawal
from portal import letters, lists
from portal.access import accounts, invitations, renewals
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_found, of_named, read_people
from portal.access.relations import OwnOrganisation, PersonOfOwnOrganisation, person_id
from portal.casework import reaching, support_requests
from portal.desks.documenter.forms import EnrolForm, SituationForm, WithdrawalForm
from portal.desks.documenter.listings import PEOPLE, people_of_own
from portal.fields.form import Form
from portal.fields.support_request import SupportRequestForm
from portal.frame import hosts
from portal.frame.transaction import db
from portal.words.contact import CONTACT_WAYS
from vault import audit, clock
from vault.policy import in_force, law

bp = Blueprint("documenter", __name__, url_prefix="/people")


def note(act: str) -> None:
    """Write to the audit what the documenter did with the person at hand."""
    audit.record(db, current_user.account.as_actor(), act, person_id())


@bp.get("/today")
@allow(Role.DOCUMENTER, on=OwnOrganisation, reads=of_named(Reading.PEOPLE))
def today() -> ResponseReturnValue:
    """What needs the documenter: drafts to go on with, and answers to talk over again."""
    organisation = current_user.account.organisation
    drafts = capture.drafts_of(db, organisation)
    reminders = expiry.reminders(db)
    unreached = reaching.unreached(db, organisation)
    concerned = {draft.subject_id for draft in drafts} | {reminder.subject_id for reminder in reminders}
    concerned |= {each.subject_id for each in unreached}
    known = subjects.codes_at(db, organisation, concerned)
    read_people(known)
    return render_template(
        "documenter/today.html",
        drafts=[draft for draft in drafts if draft.subject_id in known],
        reminders=[reminder for reminder in reminders if reminder.subject_id in known],
        unreached=[each for each in unreached if each.subject_id in known],
        codes=known,
        catalogue=catalogue(db),
    )


@bp.get("/")
@allow(Role.DOCUMENTER, on=OwnOrganisation, reads=of_named(Reading.PEOPLE))
def people() -> ResponseReturnValue:
    """The people of the organisation, found by the beginning of a code or by an interview number."""
    return _people(EnrolForm(formdata=None))


@bp.post("/")
@allow(Role.DOCUMENTER, on=OwnOrganisation, reads=of_named(Reading.PEOPLE))
def enrol() -> ResponseReturnValue:
    """Enrol a new person."""
    form = EnrolForm()
    organisation = current_user.account.organisation
    if form.validate_on_submit():
        reference = (form.reference.data or "").strip()
        try:
            enrolled = subjects.enrol(db, organisation, [reference] if reference else [])
        except subjects.ReferenceTaken:
            form.reference.errors = [_("This number belongs to somebody already: search for it")]
        else:
            audit.record(db, current_user.account.as_actor(), "subject.enrol", enrolled.subject_id)
            return redirect(url_for(".person", code=enrolled.code))
    return _people(form, 422)


def _people(form: EnrolForm, status: int | None = None) -> ResponseReturnValue:
    found = lists.find(PEOPLE, people_of_own)
    read_people(each.subject_id for each in found.rows)
    return found.page("documenter/people.html", status, enrol=form)


@bp.get("/list.csv")
@allow(Role.DOCUMENTER, on=OwnOrganisation, reads=of_named(Reading.PEOPLE_FILE), step_up=True)
def people_file() -> ResponseReturnValue:
    """The same people as a file."""
    found = lists.find_all(PEOPLE, people_of_own)
    read_people(each.subject_id for each in found.rows)
    return found.file()


@bp.get("/<code>")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.PERSON))
def person(code: str) -> ResponseReturnValue:
    """One person: their answers, what is safe for them, and what can be done."""
    return render_template("documenter/person.html", code=code, **_person())


def _person() -> dict[str, Any]:
    return {
        "overview": overview.of_person(db, person_id()),
        "directory": recipients.directory(db),
        "profile": subjects.profile(db, person_id()),
        "references": subjects.references_of(db, person_id()),
        "situation": situations.of_person(db, person_id()),
        "draft": capture.open_draft(db, person_id()),
        "conversations": capture.recorded_with(db, person_id()),
        "account": accounts.of_subject(db, person_id()),
        "invitation": invitations.latest(db, person_id()),
        "token": Form(),
        "contact": safe_contacts.of_person(db, person_id()),
        "CONTACT_WAYS": CONTACT_WAYS,
        "received": received.of_person(db, person_id()),
        "questions": asking.through_documenter(db, [person_id()]),
    }


@bp.route("/<code>/withdrawal", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.WITHDRAWING))
def withdraw(code: str) -> ResponseReturnValue:
    """Record what the person said by phone, on paper, in person or through somebody they trust."""
    known = catalogue(db)
    standing = [known[scope] for scope in withdrawal.standing_scopes(db, person_id())]
    form = WithdrawalForm(standing, zones.of_person(db, person_id()))
    if form.validate_on_submit():
        when = form.when
        statement = withdrawal.Statement(
            withdrawal.Channel(form.channel.data),
            author=current_user.account.id,
            said_at=when if isinstance(when, datetime) else None,
            said_on=when if isinstance(when, clock.Day) else None,
        )
        try:
            done = withdrawal.withdraw(db, person_id(), form.scope.data or [], statement=statement)
        except ledger.NotYetSaid:
            form.said_on.errors = [_("This moment lies in the future")]
        else:
            if done.scopes:
                note("consent.withdraw")
                if form.looks_forced.data:
                    concerns.raise_concern(db, person_id(), current_user.account.id)
                return redirect(url_for(".progress", code=code, revision=done.revision))
            form.said_on.errors = [_("The person agreed to this later than that; ask them what holds now")]
    page = render_template("documenter/withdrawal.html", code=code, form=form, standing=standing)
    return page, 422 if form.errors else 200


@bp.route("/<code>/situation", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.SITUATION))
def situation(code: str) -> ResponseReturnValue:
    """Set that a person is detained, cannot be reached or has died; their wish for it is applied at once."""
    form = SituationForm()
    if form.validate_on_submit():
        situations.note(db, person_id(), form.situation.data, form.source.data or "", current_user.account.id)
        note("subject.situation")
        return redirect(url_for(".person", code=code))
    wishes = subjects.profile(db, person_id()).get("wishes", {})
    page = render_template("documenter/situation.html", code=code, form=form, wishes=wishes)
    return page, 422 if form.errors else 200


@bp.post("/<code>/situation/end")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=leads_on())
def end_situation(code: str) -> ResponseReturnValue:
    """The person can be asked again."""
    situations.end(db, person_id(), current_user.account.id)
    note("subject.situation_ended")
    return redirect(url_for(".person", code=code))


@bp.route("/<code>/support", methods=["GET", "POST"])
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.SUPPORT_WISH))
def ask_for_support(code: str) -> ResponseReturnValue:
    """Pass on that the person wants support. What is said is the same whether they have it already or not."""
    form = SupportRequestForm()
    allowed = support.may_hold_case(db, person_id())
    if not allowed or not form.validate_on_submit():
        page = render_template("documenter/support.html", code=code, form=form, allowed=allowed)
        return page, 422 if form.errors else 200
    support_requests.pass_on(db, current_user.account, person_id(), form.wish)
    flash(_("Passed on to the support team."))
    return redirect(url_for(".person", code=code))


@bp.get("/<code>/progress/<int:revision>")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.PROGRESS))
def progress(code: str, revision: int) -> ResponseReturnValue:
    """Which stores have confirmed a change of the person."""
    change = overview.change_at(db, person_id(), revision)
    if change is None:
        abort(404)
    return render_template(
        "documenter/progress.html",
        code=code,
        change=change,
        told=feed.told_of(db, person_id(), revision),
        catalogue=catalogue(db),
    )


@bp.get("/<code>/receipt")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.RECEIPT))
def receipt(code: str) -> ResponseReturnValue:
    """The receipt that the partner keeps for the person, made anew from the ledger."""
    kept = receipts.receipt(db, person_id())
    return render_template(
        "documenter/receipt.html",
        code=code,
        receipt=kept,
        catalogue=catalogue(db),
        directory=recipients.directory(db),
        as_json=json.dumps(signed_receipts.signed(db, person_id()), indent=2, ensure_ascii=False),
        token=Form(),
    )


@bp.get("/<code>/receipt/signed")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.RECEIPT))
def signed_receipt(code: str) -> ResponseReturnValue:  # noqa: ARG001 - part of the address
    """The signed receipt as a file, to be kept for the person and checked by anybody with `zhoda verify`."""
    return letters.as_data(signed_receipts.signed(db, person_id()))


@bp.post("/<code>/copy")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.RECEIPT_COPY))
def copy(code: str) -> ResponseReturnValue:
    """The neutral copy for the person to take along, where a paper is safe for them."""
    if not _is_safe("paper"):
        flash(_("The person said that a paper is not safe for them. Talk about safety first."))
        return redirect(url_for(".person", code=code))
    return letters.as_download(letters.neutral_copy(receipts.receipt(db, person_id()), catalogue(db)))


@bp.post("/<code>/invitation")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.INVITATION))
def invite(code: str) -> ResponseReturnValue:
    """A paper with a one-use invitation, where an account and a paper are safe for the person."""
    if not (_is_safe("account") and _is_safe("paper")):
        flash(_("The person said that an account or a paper is not safe for them. Talk about safety first."))
        return redirect(url_for(".person", code=code))
    try:
        one_use = invitations.issue(db, person_id(), current_user.account.organisation, current_user.account.id)
    except invitations.HasAccount:
        flash(_("This person has an account already."))
        return redirect(url_for(".person", code=code))
    note("invitation.issue")
    address = hosts.address("survivors", "papers.welcome", code=one_use)
    return letters.as_download(letters.invitation(address, in_force.value(db, law.INVITATION).days))


@bp.post("/<code>/renewal")
@allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=of_found(Reading.RENEWAL), step_up=True)
def renew(code: str) -> ResponseReturnValue:
    """A paper that renews the way in of somebody who lost their words, for the person who sits here."""
    account = accounts.of_subject(db, person_id())
    if account is None or not _is_safe("paper"):
        flash(_("The person has no account, or a paper is not safe for them."))
        return redirect(url_for(".person", code=code))
    one_use = renewals.issue(db, account, current_user.account.id)
    note("account.paper")
    address = hosts.address("survivors", "papers.renew", code=one_use)
    return letters.as_download(letters.invitation(address, in_force.value(db, law.RENEWAL).days))


def _is_safe(thing: str) -> bool:
    return thing in subjects.profile(db, person_id()).get("safety", {}).get("safe", ())
