"""The letters about a request: drafted, read, changed, and sent, which lets the decision that they tell take effect."""

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.rights import decisions, letters
from consent.rights.letters import RightsLetter
from consent.rights.requests import RightsRequest
from portal import letters as papers
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, leads_on, of_found
from portal.casework import answering
from portal.desks.protection.forms import LetterForm
from portal.desks.protection.relations import ARightsRequest
from portal.desks.protection.requests import FREE_LETTERS, WORDS, asked_for, author, bp, note
from portal.fields.form import Form
from portal.frame.transaction import db
from vault.refusals import Refused


def _letter(asked: RightsRequest, letter_id: str) -> RightsLetter:
    return letters.by_id(db, asked, letter_id) or abort(404)


@bp.post("/<reference>/letters/<template>/draft")
@allow(Role.DPO, on=ARightsRequest, reads=leads_on())
def draft(reference: str, template: str) -> ResponseReturnValue:
    """Draft a letter that tells of no decision."""
    asked = asked_for()
    if template not in FREE_LETTERS or not Form().validate():
        abort(404)
    letter = letters.draft(db, asked, template)
    return redirect(url_for(".letter", reference=reference, letter_id=letter.id))


@bp.get("/<reference>/letters/<letter_id>")
@allow(Role.DPO, on=ARightsRequest, reads=of_found(Reading.RIGHTS_LETTER))
def letter(reference: str, letter_id: str) -> ResponseReturnValue:
    """A letter to read, and to change or send as long as it is a draft."""
    asked = asked_for()
    kept = _letter(asked, letter_id)
    return _page(asked, kept, LetterForm(data=letters.words(db, kept)))


@bp.post("/<reference>/letters/<letter_id>")
@allow(Role.DPO, on=ARightsRequest, reads=of_found(Reading.RIGHTS_LETTER), step_up=True)
def write(reference: str, letter_id: str) -> ResponseReturnValue:
    """Keep a draft, or send it with what it decides; what cannot be sent is said and loses nothing that was typed."""
    asked = asked_for()
    kept = letters.by_id(db, asked, letter_id)
    form = LetterForm(data=None if kept is None else letters.words(db, kept))
    if kept is not None and not form.validate():
        return _page(asked, kept, form), 422
    subject, text = form.subject.data or "", form.text.data or ""
    try:
        if "send" in request.form:
            answering.send_letter(db, asked, letter_id, subject, text, author())
            note("letter.send", asked.subject_id)
        else:
            answering.edit_letter(db, asked, letter_id, subject, text)
    except Refused as refusal:
        form.refuse(refusal)
        return _page(asked, kept, form), 409
    return redirect(url_for(".show", reference=reference))


def _page(asked: RightsRequest, kept: RightsLetter | None, form: LetterForm) -> str:
    decision = None if kept is None else decisions.told_by(db, kept)
    return render_template(
        "protection/requests/letter.html", **WORDS, form=form, asked=asked, letter=kept, decision=decision
    )


@bp.get("/<reference>/letters/<letter_id>/paper")
@allow(Role.DPO, on=ARightsRequest, reads=of_found(Reading.RIGHTS_LETTER))
def paper(reference: str, letter_id: str) -> Response:
    """A letter as PDF."""
    asked = asked_for()
    kept = _letter(asked, letter_id)
    return papers.as_download(papers.letter(letters.words(db, kept), kept.language, asked.reference))
