"""The questionnaires that wait for the person."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovTextArea
from wtforms import RadioField, TextAreaField
from wtforms.validators import Length, Optional

from mhpss import cases, measuring, protocols
from mhpss.cases import Case
from mhpss.measures import instruments, packs
from mhpss.measures.packs import Wording
from mhpss.measuring import MeasureOffer
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_nobody
from portal.casework import support_pages
from portal.desks.survivor.relations import OwnSupport
from portal.desks.survivor.support import NOT_NOTED, bp, note, own_case
from portal.fields.choices import choices
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.consent import language


def _questions(wording: Wording, lowest: int) -> Any:
    """A form with the measure's own words: for each item a choice, and a line where the person names it first."""
    fields: dict[str, Any] = {}
    limit = Length(max=300, message=lazy_gettext("Write at most 300 characters"))
    for place, (item, answers) in enumerate(zip(wording.items, wording.answers, strict=True), start=1):
        values = [(str(value), text) for value, text in enumerate(answers, start=lowest)]
        if place in wording.own_words:
            fields[f"words_{place}"] = TextAreaField(
                lazy_gettext("In your own words, if you want to"), [limit], widget=GovTextArea()
            )
        fields[f"item_{place}"] = RadioField(item, [Optional()], choices=choices(values), widget=GovRadioInput())
    return type("QuestionsForm", (Form,), fields)()


@bp.route("/questions/<offer_id>", methods=["GET", "POST"])
@allow(Role.SURVIVOR, on=OwnSupport, reads=of_nobody(Reading.SUPPORT))
def questions(offer_id: str) -> ResponseReturnValue:
    """A measure that waits for the person; any of it may be left out."""
    case = own_case()
    offered = measuring.offered(db, case, support_pages.cover_of(db, case))
    waiting = next((each for each in offered if each.id == offer_id), None) or abort(404)
    instrument = instruments.instrument(waiting.instrument)
    wording = packs.wording(db, instrument, language()) or packs.wording(db, instrument, case.language) or abort(404)
    form = _questions(wording, instrument.lowest)
    if form.validate_on_submit() and (taken := _take(case, waiting, form, len(wording.items))) is not None:
        return taken
    page = render_template("survivor/support/questions.html", form=form, wording=wording)
    return page, 422 if form.errors else 200


def _take(case: Case, waiting: MeasureOffer, form: Any, count: int) -> ResponseReturnValue | None:
    answers = [int(form[f"item_{place}"].data) if form[f"item_{place}"].data else None for place in range(1, count + 1)]
    words = {str(place): form[f"words_{place}"].data or "" for place in range(1, count + 1) if f"words_{place}" in form}
    try:
        author = current_user.account.id
        able = support_pages.cover_of(db, case)
        score = measuring.fill_in(db, case, waiting, answers, words, language(), author, able=able)
    except measuring.NothingAnswered as refusal:
        form.refuse(refusal)
        return None
    except (cases.NoConsent, cases.NotNow, measuring.NotOffered):
        form.say(NOT_NOTED)
        return None
    note(case, "measure")
    if score.alerts:
        lines = protocols.for_person(cases.intake_of(db, case).country, language())
        return render_template("survivor/support/calm.html", lines=lines)
    flash(_("Thank you. Your support person can read it now."))
    return redirect(url_for(".show"))
