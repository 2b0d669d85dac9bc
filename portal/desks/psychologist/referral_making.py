"""Finding a service that fits, and preparing a referral to it."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxInput, GovRadioInput, GovSelect, GovTextArea, GovTextInput
from wtforms import BooleanField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from mhpss import cases, protocols
from mhpss.entries import CaseReading
from mhpss.referral import acting_first, matching, referrals
from mhpss.referral.referral_table import Party, ReferralState
from mhpss.referral.referrals import Danger, Referral, SharedField
from mhpss.services import directory
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import of_case
from portal.desks.psychologist.acting import author, case_at_hand, note
from portal.desks.psychologist.referrals import WORDS, bp, found_referral
from portal.desks.psychologist.relations import OwnCase
from portal.fields.choices import choices
from portal.fields.form import Form, Search
from portal.frame.transaction import db
from portal.words.consent import language
from portal.words.referral import (
    FIELD_WORDS,
    GENDER_WORDS,
    GROUND_WORDS,
    NEED_WORDS,
    URGENCY_WORDS,
)
from vault.policy import in_force, law
from vault.refusals import Refused


class FindForm(Search):
    """What is looked for. Sent by GET: finding changes nothing."""

    need = SelectField(lazy_gettext("What is needed?"), choices=choices(NEED_WORDS), widget=GovSelect())
    gender = SelectField(
        lazy_gettext("Helper"),
        choices=choices([("", lazy_gettext("it does not matter")), *GENDER_WORDS.items()]),
        widget=GovSelect(),
        default="",
    )
    way = SelectField(
        lazy_gettext("How do they meet?"),
        choices=choices(
            [
                ("", lazy_gettext("it does not matter")),
                ("place", lazy_gettext("in a place, in their country")),
                ("remote", lazy_gettext("remotely")),
            ]
        ),
        widget=GovSelect(),
        default="",
    )
    age = IntegerField(
        lazy_gettext("Age, if it matters"),
        [Optional(), NumberRange(0, 120, lazy_gettext("Write a number from 0 to 120"))],
        widget=GovTextInput(),
    )
    free = BooleanField(lazy_gettext("It has to be free of charge"), widget=GovCheckboxInput())
    accessible = BooleanField(lazy_gettext("It has to be accessible"), widget=GovCheckboxInput())


class _ReferralForm(Form):
    urgency = RadioField(
        lazy_gettext("How urgent is it?"),
        [InputRequired(lazy_gettext("Choose how urgent it is"))],
        choices=choices(URGENCY_WORDS),
        widget=GovRadioInput(),
    )
    ground = RadioField(
        lazy_gettext("Is their life in danger, so that you act before asking?"),
        [Optional()],
        choices=choices([("", lazy_gettext("No, the person is asked first")), *GROUND_WORDS.items()]),
        default="",
        widget=GovRadioInput(),
    )

    @property
    def content(self) -> dict[str, str]:
        """What each field would tell."""
        return {name: self[name].data or "" for name in SharedField}


ReferralForm: Any = type(
    "ReferralForm",
    (_ReferralForm,),
    {
        name: TextAreaField(
            FIELD_WORDS[name],
            [Length(max=2000, message=lazy_gettext("Write at most 2000 characters"))],
            widget=GovTextArea(),
        )
        for name in SharedField
    },
)


@bp.get("/find")
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=of_case(CaseReading.SERVICES))
def find(number: str) -> ResponseReturnValue:
    """Services that answer a need, each with what speaks for it and what against."""
    intake = cases.intake_of(db, case_at_hand())
    form = FindForm(request.args)
    matches = None
    if "need" in request.args and form.validate():
        wanted = matching.Wanted(
            need=form.need.data,
            language=case_at_hand().language,
            country=intake.country,
            layer=case_at_hand().layer,
            gender=form.gender.data,
            age=form.age.data,
            free=form.free.data,
            accessible=form.accessible.data,
            way=form.way.data,
        )
        matches = matching.match(wanted, directory.listed(db), in_force.value(db, law.SERVICE_STALE))
    return render_template(
        "psychologist/find.html",
        **WORDS,
        case=case_at_hand(),
        form=form,
        matches=matches,
        instead=request.args.get("instead", ""),
    )


@bp.route("/new/<service_id>", methods=["GET", "POST"])
@allow(Role.PSYCHOLOGIST, on=OwnCase, reads=of_case(CaseReading.NEW_REFERRAL))
def new(number: str, service_id: str) -> ResponseReturnValue:
    """Prepare a referral to a service; in danger to life, send it at once."""
    service, provider = directory.find(db, service_id) or abort(404)
    form = ReferralForm()
    if form.validate_on_submit():
        try:
            made = _make(form, service.id)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            note("act_first" if made.ground else "referral")
            return redirect(url_for(".show", number=number, reference=made.number))
    page = render_template(
        "psychologist/referral_new.html",
        **WORDS,
        case=case_at_hand(),
        form=form,
        service=service,
        provider=provider,
        fields=tuple(SharedField),
        protocol=protocols.for_team(cases.intake_of(db, case_at_hand()).country, language()),
    )
    return page, 422 if form.errors else 200


def _make(form: Any, service_id: str) -> Referral:
    if form.ground.data in tuple(Danger):
        return acting_first.send(db, case_at_hand(), service_id, form.ground.data, form.content, author())
    before = None
    if request.args.get("instead"):
        before = found_referral(request.args["instead"])
        referrals.move(db, before, ReferralState.REDIRECTED, Party.CLINICIAN, author())
    linked_to = None if before is None else before.id
    return referrals.draft(
        db, case_at_hand(), service_id, form.urgency.data, form.content, author(), linked_to=linked_to
    )
