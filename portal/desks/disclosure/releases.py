"""Proposing, releasing, and what follows: certificate, package, handover, the recipient's digests."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import recipients
from consent.disclosure import certificates, check, handover, packages, release, standing, terms, withheld
from consent.disclosure.release import Assessment, Incomplete, NothingToRelease, Release
from consent.disclosure.requests import Route, State, WrongState
from consent.people.persons import TwoPeopleNeeded
from portal import lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_nobody
from portal.access.relations import WholeConsortium, about
from portal.desks.disclosure.forms import ConfirmationForm, HandoverForm, OrderForm, ProposalForm, RecallForm
from portal.desks.disclosure.listings import RELEASES, everything_released
from portal.desks.disclosure.relations import ARelease, ARequest
from portal.desks.disclosure.views import asked, moved_on, note, step, this_request
from portal.fields import csv_table
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.letters import certificate as certificate_letter
from vault import staff

bp = Blueprint("releases", __name__)
# How many items an error names; the release's page names all.
_NAMED = 20


@bp.route("/requests/<request_id>/proposal", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def propose(request_id: str) -> ResponseReturnValue:
    """Propose the release: the danger, the transfer, and counsel where an order compels."""
    known = terms.all_terms(db).get(asked().recipient)
    filled = {"transfer_basis": known.transfer_basis, "transfer_ground": known.transfer_ground} if known else {}
    form = (OrderForm if asked().route == Route.COMPELLED else ProposalForm)(data=filled)
    if form.validate_on_submit():
        said = {name: value for name, value in form.data.items() if name != "csrf_token"}
        try:
            release.propose(db, asked(), Assessment(**said), current_user.account.id)
        except Incomplete as error:
            form[error.field].errors = [_("Look at this again: the release cannot rest on it")]
        except WrongState as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.propose")
            return redirect(url_for(".decide", request_id=request_id))
    return step(form, _("Propose the release"), _("A second person decides. The list is checked once more then."))


@bp.get("/requests/<request_id>/decision")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=of_nobody(Reading.DISCLOSURE))
def decide(request_id: str) -> ResponseReturnValue:
    """What a second person looks at before they release."""
    proposal = release.pending(db, asked())
    if proposal is None:
        return moved_on()
    return render_template(
        "disclosure/decision.html",
        asked=asked(),
        proposal=proposal,
        said=release.said_of(db, proposal),
        found=check.sort(db, asked()),
        own=staff.same_person(db, proposal.proposed_by, current_user.account.id),
        recipient=recipients.directory(db)[asked().recipient],
        token=Form(),
    )


@bp.post("/requests/<request_id>/release")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=leads_on(), step_up=True)
def confirm(request_id: str) -> ResponseReturnValue:
    """Release, as the second person, what may go at this moment."""
    try:
        done = release.release(db, asked(), current_user.account.id)
    except TwoPeopleNeeded:
        flash(_("A second person has to decide: not the one who proposed it."))
    except NothingToRelease:
        flash(_("Nothing on the list can go as things stand."))
    except Incomplete:
        flash(_("The assessment of danger is too old. Take the proposal back and make it anew."))
    except WrongState:
        return moved_on()
    else:
        certificates.issue(db, asked(), done)
        note("disclosure.release")
        return redirect(url_for(".show", release_id=done.release.id))
    return redirect(url_for(".decide", request_id=request_id))


@bp.post("/requests/<request_id>/proposal/end")
@allow(Role.DISCLOSURE_OFFICER, on=ARequest, reads=leads_on())
def take_back(request_id: str) -> ResponseReturnValue:
    """End a proposal without a release."""
    try:
        release.take_back(db, asked(), current_user.account.id)
    except WrongState:
        return moved_on()
    note("disclosure.propose.end")
    return redirect(this_request())


@bp.get("/releases")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_nobody(Reading.REGISTER))
def listing() -> ResponseReturnValue:
    """Everything that was released, to whom and when."""
    return lists.find(RELEASES, everything_released).page("disclosure/releases.html")


@bp.get("/releases.csv")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_nobody(Reading.REGISTER_FILE), step_up=True)
def file() -> ResponseReturnValue:
    """The same releases as a file."""
    return lists.find_all(RELEASES, everything_released).file()


@bp.get("/releases/<release_id>")
@allow(Role.DISCLOSURE_OFFICER, on=ARelease, reads=of_nobody(Reading.DISCLOSURE))
def show(release_id: str) -> ResponseReturnValue:
    """One release: what left, what was withheld, and the chain of custody."""
    counts = release.withheld(db, release_id)
    recalled = release.is_recalled(db, release_id)
    waits = asked().state == State.RELEASED and not recalled
    return render_template(
        "disclosure/release.html",
        recalled=recalled,
        waits=waits,
        stopped=standing.stopped(db, _released()) if waits else [],
        release=_released(),
        asked=asked(),
        recipient=recipients.directory(db)[_released().recipient],
        people=release.people_in(db, release_id),
        counts=counts,
        schedule=withheld.schedule(counts),
        steps=handover.of(db, _released()),
    )


@bp.get("/releases/<release_id>/certificate.json")
@allow(Role.DISCLOSURE_OFFICER, on=ARelease, reads=of_nobody(Reading.CERTIFICATE))
def certificate(release_id: str) -> ResponseReturnValue:
    """The signed certificate, as the file that is handed over."""
    return _saved(certificates.of(db, release_id), "application/json", "certificate.json")


@bp.get("/releases/<release_id>/certificate.pdf")
@allow(Role.DISCLOSURE_OFFICER, on=ARelease, reads=of_nobody(Reading.CERTIFICATE))
def certificate_on_paper(release_id: str) -> ResponseReturnValue:
    """The certificate to read and to file."""
    return _saved(certificate_letter.on_paper(certificates.of(db, release_id)), "application/pdf", "certificate.pdf")


@bp.get("/releases/<release_id>/package.zip")
@allow(Role.DISCLOSURE_OFFICER, on=ARelease, reads=of_nobody(Reading.PACKAGE))
def package(release_id: str) -> ResponseReturnValue:
    """The BagIt package without its payload, while all of it may go."""
    try:
        packed = packages.package(db, _released())
    except (WrongState, standing.NotAnyMore):
        flash(_("There is no package: not all of this release may go any more."))
        return redirect(url_for(".show", release_id=release_id))
    return _saved(packed, "application/zip", f"{_released().number}.zip")


@bp.get("/releases/<release_id>/withheld.csv")
@allow(Role.DISCLOSURE_OFFICER, on=ARelease, reads=of_nobody(Reading.DISCLOSURE))
def schedule(release_id: str) -> ResponseReturnValue:
    """The schedule of what was withheld, as it may go with the release."""
    groups = withheld.schedule(release.withheld(db, release_id))
    rows = [(group.reason, group.items, group.may_exonerate) for group in groups]
    return csv_table.download(("reason", "items", "may_exonerate"), rows, "withheld.csv")


def _released() -> Release:
    return about(ARelease).release


def _saved(content: bytes, mimetype: str, name: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.route("/releases/<release_id>/handover", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARelease, reads=of_nobody(Reading.DISCLOSURE))
def hand_over(release_id: str) -> ResponseReturnValue:
    """Record that the package was handed over."""
    form = HandoverForm()
    if form.validate_on_submit():
        try:
            handover.hand_over(db, _released(), form.how.data, current_user.account.id)
        except WrongState as refusal:
            form.refuse(refusal)
        except standing.NotAnyMore as error:
            names = ", ".join(each.name for each in error.stopped[:_NAMED])
            form.how.errors = [
                _("This may not go any more: %(items)s. Recall the release, and release what remains.", items=names)
            ]
        else:
            note("disclosure.handover")
            return redirect(url_for(".show", release_id=release_id))
    return step(form, _("Record the handover"), back=url_for(".show", release_id=release_id))


@bp.route("/releases/<release_id>/recall", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARelease, reads=of_nobody(Reading.DISCLOSURE))
def recall(release_id: str) -> ResponseReturnValue:
    """Call a release back before its handover, so that what remains can be released."""
    form = RecallForm()
    if form.validate_on_submit():
        try:
            handover.recall(db, _released(), form.why.data, current_user.account.id)
        except WrongState as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.recall")
            return redirect(this_request())
    lead = _("Nothing of it goes. The request is open again: propose and release what remains, with a new certificate.")
    return step(form, _("Recall the release"), lead, url_for(".show", release_id=release_id))


@bp.route("/releases/<release_id>/confirmation", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ARelease, reads=of_nobody(Reading.DISCLOSURE))
def confirmation(release_id: str) -> ResponseReturnValue:
    """Record the recipient's own digests, if they are those that were released."""
    form = ConfirmationForm()
    if form.validate_on_submit():
        try:
            handover.confirm(db, _released(), form.manifest.data, current_user.account.id)
        except handover.OtherDigests as error:
            form.manifest.errors = [
                _(
                    "Not what was released: %(missing)s missing, %(other)s with other bytes, %(extra)s too many",
                    missing=error.missing,
                    other=error.other,
                    extra=error.extra,
                )
            ]
        except WrongState as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.confirmation")
            return redirect(url_for(".show", release_id=release_id))
    return step(form, _("The recipient’s digests"), back=url_for(".show", release_id=release_id))
