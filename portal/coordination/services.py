"""The directory of services on the coordinator's desk: entering them, and making sure of them again."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovRadioInput,
    GovTextInput,
)
from wtforms import BooleanField, IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from mhpss import directory
from portal.access.accounts import Role
from portal.access.permissions import allow, whole_consortium
from portal.choices import choices
from portal.day_field import DayField
from portal.referral_words import CAPACITY_CHIPS, CAPACITY_WORDS, NEED_WORDS
from portal.support_words import LAYER_WORDS
from portal.transaction import db
from portal.words import LANGUAGE_NAMES, language
from vault import audit

bp = Blueprint("services", __name__, url_prefix="/services")
_SHORT = Length(max=200, message=lazy_gettext("Write at most 200 characters"))


def _text(label: Any, *validators: Any) -> StringField:
    return StringField(
        label, [*(validators or (InputRequired(lazy_gettext("Fill this in")),)), _SHORT], widget=GovTextInput()
    )


class VerifyForm(FlaskForm):
    """What a provider said today."""

    capacity = RadioField(
        lazy_gettext("Is there room?"),
        [InputRequired(lazy_gettext("Choose whether there is room"))],
        choices=choices(CAPACITY_WORDS),
        widget=GovRadioInput(),
    )
    waiting_days = IntegerField(
        lazy_gettext("How many days does one wait?"),
        [Optional(), NumberRange(0, 3650, lazy_gettext("Write a number from 0 to 3650"))],
        widget=GovTextInput(),
    )
    open = BooleanField(lazy_gettext("It takes referrals"), default=True, widget=GovCheckboxInput())


class ServiceForm(VerifyForm):
    """A new service with its provider."""

    provider = _text(lazy_gettext("Name of the provider"))
    contact = _text(lazy_gettext("Contact for referrals"))
    agreement_until = DayField(lazy_gettext("Agreement valid until"), [Optional()])
    confidential = BooleanField(
        lazy_gettext("Confidential: never on the public page"), default=False, widget=GovCheckboxInput()
    )
    name_be = _text(lazy_gettext("Name of the service in Belarusian"))
    name_ru = _text(lazy_gettext("Name of the service in Russian"))
    name_en = _text(lazy_gettext("Name of the service in English"))
    needs = SelectMultipleField(
        lazy_gettext("What does it answer?"),
        [InputRequired(lazy_gettext("Choose at least one"))],
        choices=choices(NEED_WORDS),
        widget=GovCheckboxesInput(),
    )
    layer = RadioField(
        lazy_gettext("Which layer of support is it?"),
        [InputRequired(lazy_gettext("Choose a layer"))],
        choices=choices(LAYER_WORDS),
        widget=GovRadioInput(),
    )
    languages = SelectMultipleField(
        lazy_gettext("In which languages?"),
        [InputRequired(lazy_gettext("Choose at least one"))],
        choices=choices(LANGUAGE_NAMES),
        widget=GovCheckboxesInput(),
    )
    country = StringField(
        lazy_gettext("Country, in two letters"),
        [Regexp(r"^[A-Za-z]{2}$", message=lazy_gettext("Write two letters"))],
        widget=GovTextInput(),
    )
    place = _text(lazy_gettext("Place"))
    remote = BooleanField(lazy_gettext("It works remotely"), widget=GovCheckboxInput())
    paid = BooleanField(lazy_gettext("It has to be paid"), widget=GovCheckboxInput())
    accessible = BooleanField(lazy_gettext("It is accessible"), widget=GovCheckboxInput())


@bp.get("/")
@allow(Role.COORDINATOR, Role.PSYCHOLOGIST, on=whole_consortium)
def listing() -> ResponseReturnValue:
    """Every service; those that nobody made sure of for longest come first."""
    return render_template(
        "coordination/services.html",
        NEED_WORDS=NEED_WORDS,
        CAPACITY_WORDS=CAPACITY_WORDS,
        CAPACITY_CHIPS=CAPACITY_CHIPS,
        found=directory.listed(db),
        read_in=language(),
        may_change=current_user.account.role == Role.COORDINATOR,
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=whole_consortium)
def new() -> ResponseReturnValue:
    """Enter a service, made sure of today."""
    form = ServiceForm()
    if not form.validate_on_submit():
        return render_template("coordination/service_new.html", form=form), 422 if form.errors else 200
    provider = directory.enter_provider(
        db,
        form.provider.data or "",
        (form.country.data or "").upper(),
        form.contact.data or "",
        confidential=bool(form.confidential.data),
        agreement_until=form.agreement_until.data,
    )
    directory.enter_service(db, provider, **_content(form))
    audit.record(db, current_user.account.as_actor(), "service.enter")
    return redirect(url_for(".listing"))


def _content(form: ServiceForm) -> dict[str, Any]:
    return {
        "names": {code: form[f"name_{code}"].data for code in LANGUAGE_NAMES},
        "about": {},
        "needs": list(form.needs.data or []),
        "layer": int(form.layer.data),
        "languages": list(form.languages.data or []),
        "country": (form.country.data or "").upper(),
        "place": form.place.data or "",
        "remote": bool(form.remote.data),
        "genders": list(directory.GENDERS),
        "least_age": 18,
        "greatest_age": 120,
        "cost": "paid" if form.paid.data else "free",
        "accessible": bool(form.accessible.data),
        "capacity": form.capacity.data,
        "waiting_days": form.waiting_days.data,
        "public": not form.confidential.data,
    }


@bp.route("/<service_id>", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=whole_consortium)
def verify(service_id: str) -> ResponseReturnValue:
    """Make sure of a service again: what its provider says today."""
    service, provider = directory.find(db, service_id) or abort(404)
    form = VerifyForm(obj=service)
    if not form.validate_on_submit():
        page = render_template(
            "coordination/service.html",
            form=form,
            service=service,
            provider=provider,
            contact=directory.contact_of(db, provider),
            read_in=language(),
        )
        return page, 422 if form.errors else 200
    directory.verify(db, service, form.capacity.data, form.waiting_days.data, is_open=bool(form.open.data))
    audit.record(db, current_user.account.as_actor(), "service.verify")
    return redirect(url_for(".listing"))
