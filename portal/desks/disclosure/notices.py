"""Letters to recipients after a withdrawal."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from consent.catalogue import recipients
from consent.disclosure import notices
from consent.disclosure.notices import NoticeState
from consent.ledger.scopes import catalogue
from consent.people import subjects
from portal import letters
from portal.access.accounts import Role
from portal.access.permissions import allow, whole_consortium
from portal.desks.disclosure.forms import NoticeForm
from portal.desks.disclosure.relations import a_notice
from portal.desks.disclosure.views import note, note_reading
from portal.frame.transaction import db
from portal.letters import notice as notice_letter
from portal.words.consent import day, recipient_name
from vault import clock

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("/")
@allow(Role.DISCLOSURE_OFFICER, on=whole_consortium)
def listing() -> ResponseReturnValue:
    """Every notice: to be sent, sent, answered."""
    state = request.args.get("state", "")
    found = notices.listed(db, state)
    return render_template(
        "disclosure/notices.html",
        drafted=found,
        state=state,
        states=list(NoticeState),
        directory=recipients.directory(db),
        codes=subjects.codes_of(db, {notice.subject_id for notice in found}),
    )


@bp.route("/<notice_id>", methods=["GET", "POST"])
@allow(Role.DISCLOSURE_OFFICER, on=a_notice)
def show(notice_id: str) -> ResponseReturnValue:
    """Review a notice, put it into its last words, and record that it was sent."""
    said = notices.content(db, g.notice)
    form = NoticeForm(data={"text": said.text})
    if form.validate_on_submit():
        try:
            notices.send(db, g.notice, form.text.data, current_user.account.id)
        except notices.AlreadySent:
            flash(_("It has been sent already."))
        else:
            note("disclosure.notice.send")
        return redirect(url_for(".show", notice_id=notice_id))
    if request.method == "GET":
        note_reading("disclosure.notice.read")
    page = render_template(
        "disclosure/notice.html",
        form=form,
        notice=g.notice,
        said=said,
        recipient=recipients.directory(db)[g.notice.recipient],
        code=subjects.codes_of(db, [g.notice.subject_id]).get(g.notice.subject_id, ""),
        catalogue=catalogue(db),
    )
    return page, 422 if form.errors else 200


@bp.get("/<notice_id>/letter.pdf")
@allow(Role.DISCLOSURE_OFFICER, on=a_notice)
def on_paper(notice_id: str) -> ResponseReturnValue:
    """The notice on paper, as it stands."""
    note_reading("disclosure.notice.read")
    recipient = recipients.directory(db)[g.notice.recipient]
    dated = day(g.notice.sent_at or clock.now())
    return letters.as_download(notice_letter.on_paper(recipient_name(recipient), notices.content(db, g.notice), dated))


@bp.post("/<notice_id>/answer")
@allow(Role.DISCLOSURE_OFFICER, on=a_notice)
def acknowledge(notice_id: str) -> ResponseReturnValue:
    """Record that the recipient answered."""
    notices.acknowledge(db, g.notice, current_user.account.id)
    note("disclosure.notice.answer")
    return redirect(url_for(".show", notice_id=notice_id))
