"""Letters to recipients after a withdrawal."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from consent.catalogue import recipients
from consent.disclosure import notices
from consent.ledger.scopes import catalogue
from consent.people import subjects
from portal import letters, lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_found, of_named, read_people
from portal.access.relations import WholeConsortium, about
from portal.desks.disclosure.forms import NoticeForm
from portal.desks.disclosure.listings import NOTICES, notices_in_state
from portal.desks.disclosure.relations import ANotice
from portal.desks.disclosure.views import note
from portal.frame.transaction import db
from portal.letters import notice as notice_letter
from portal.words.consent import day, recipient_name
from vault import clock

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("/")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_named(Reading.NOTICES))
def listing() -> ResponseReturnValue:
    """Every notice: to be sent, sent, answered."""
    found = lists.find(NOTICES, notices_in_state)
    read_people(each.notice.subject_id for each in found.rows)
    return found.page("disclosure/notices.html")


@bp.get("/list.csv")
@allow(Role.DISCLOSURE_OFFICER, on=WholeConsortium, reads=of_named(Reading.NOTICES_FILE), step_up=True)
def file() -> ResponseReturnValue:
    """The same letters as a file: about whom and to whom, not what they say."""
    found = lists.find_all(NOTICES, notices_in_state)
    read_people(each.notice.subject_id for each in found.rows)
    return found.file()


@bp.route("/<notice_id>", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=ANotice, reads=of_found(Reading.NOTICE))
def show(notice_id: str) -> ResponseReturnValue:
    """Review a notice, put it into its last words, and record that it was sent."""
    said = notices.content(db, about(ANotice).notice)
    form = NoticeForm(data={"text": said.text})
    if form.validate_on_submit():
        try:
            notices.send(db, about(ANotice).notice, form.text.data, current_user.account.id)
        except notices.AlreadySent as refusal:
            form.refuse(refusal)
        else:
            note("disclosure.notice.send")
            return redirect(url_for(".show", notice_id=notice_id))
    page = render_template(
        "disclosure/notice.html",
        form=form,
        notice=about(ANotice).notice,
        said=said,
        recipient=recipients.directory(db)[about(ANotice).notice.recipient],
        code=subjects.codes_of(db, [about(ANotice).notice.subject_id]).get(about(ANotice).notice.subject_id, ""),
        catalogue=catalogue(db),
    )
    return page, 422 if form.errors else 200


@bp.get("/<notice_id>/letter.pdf")
@allow(Role.DISCLOSURE_OFFICER, on=ANotice, reads=of_found(Reading.NOTICE))
def on_paper(notice_id: str) -> ResponseReturnValue:
    """The notice on paper, as it stands."""
    notice = about(ANotice).notice
    recipient = recipients.directory(db)[notice.recipient]
    dated = day(notice.sent_at or clock.now())
    return letters.as_download(notice_letter.on_paper(recipient_name(recipient), notices.content(db, notice), dated))


@bp.post("/<notice_id>/answer")
@allow(Role.DISCLOSURE_OFFICER, on=ANotice, reads=leads_on())
def acknowledge(notice_id: str) -> ResponseReturnValue:
    """Record that the recipient answered."""
    notices.acknowledge(db, about(ANotice).notice, current_user.account.id)
    note("disclosure.notice.answer")
    return redirect(url_for(".show", notice_id=notice_id))
