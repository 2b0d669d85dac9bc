"""Measures in a case: item scores entered from paper, a measure offered to the person, and its curve."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovSelect
from wtforms import SelectField

from mhpss import cases, measuring
from mhpss.entries import CaseReading
from mhpss.measures import instruments, scoring
from mhpss.measures.instruments import Instrument
from mhpss.measuring import FilledBy
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import leads_on, of_case
from portal.casework import support_pages
from portal.desks.psychologist.acting import author, case_at_hand, note
from portal.desks.psychologist.relations import OwnCase
from portal.fields.choices import choices
from portal.fields.form import Form
from portal.frame.transaction import db
from portal.words.measures import item_words
from portal.words.support import GOALS_TITLE
from vault.refusals import Refused

bp = Blueprint("measures", __name__, url_prefix="/cases/<number>/measures")


def _form(instrument: Instrument) -> Any:
    """A form with a choice per item; an empty one is an item that was not answered."""
    values = [("", lazy_gettext("not answered"))]
    values += [(str(value), str(value)) for value in range(instrument.lowest, instrument.highest + 1)]
    fields = {
        f"item_{place}": SelectField(f"{place}. {item_words(item)}", choices=choices(values), widget=GovSelect())
        for place, item in enumerate(instrument.items, start=1)
    }
    return type("ScoresForm", (Form,), fields)()


def _instrument(key: str) -> Instrument:
    try:
        return instruments.instrument(key)
    except instruments.UnknownMeasure:
        abort(404)


@bp.route("/<key>", methods=["GET", "POST"])
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=of_case(CaseReading.MEASURE))
def enter(number: str, key: str) -> ResponseReturnValue:
    """Enter item scores from paper; the score is made here."""
    instrument = _instrument(key)
    form = _form(instrument)
    if not form.validate_on_submit():
        return _page(form, instrument)
    given = [form[f"item_{place}"].data for place in range(1, len(instrument.items) + 1)]
    answers = [int(each) if each else None for each in given]
    try:
        score = measuring.record(
            db,
            case_at_hand(),
            instrument,
            answers,
            language=case_at_hand().language,
            filled_by=FilledBy.CLINICIAN,
            author=author(),
        )
    except Refused as refusal:
        form.refuse(refusal)
        return _page(form, instrument)
    note("measure")
    flash(_said(score))
    return redirect(url_for("psychologist.cases.show", number=number))


def _page(form: Any, instrument: Instrument) -> ResponseReturnValue:
    title = GOALS_TITLE if instrument.key == "goals" else instrument.title
    page = render_template(
        "psychologist/measure.html", form=form, case=case_at_hand(), instrument=instrument, title=title
    )
    return page, 422 if form.errors else 200


def _said(score: scoring.Score) -> str:
    if score.alerts:
        return str(_("Question 9 needs you now: a risk review is open, due within 24 hours."))
    if score.total is None:
        return str(_("Kept. No total is due: too much was left out, or the measure has none."))
    return str(_("Kept. Total: %(total)s", total=score.total))


@bp.post("/<key>/offer")
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=leads_on())
def offer(number: str, key: str) -> ResponseReturnValue:
    """Let a measure wait for the person on their page."""
    instrument = _instrument(key)
    if not Form().validate():
        abort(400)
    try:
        measuring.offer(db, case_at_hand(), instrument, author(), able=support_pages.cover_of(db, case_at_hand()))
    except measuring.NotOffered:
        flash(
            _(
                "It cannot be offered: there is no wording in this language, nobody who can act would catch an alert, "
                "or the person’s pages are closed for a day."
            )
        )
    except cases.NoConsent:
        flash(_("Nothing new can be written in this case now."))
    else:
        note("measure_offer")
    return redirect(url_for("psychologist.cases.show", number=number), 303)
