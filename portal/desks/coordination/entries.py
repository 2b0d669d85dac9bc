"""Changing what the directory says: a provider, a service, and the places where it meets people."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mhpss.services import directory, locations
from mhpss.services.directory import Cost, Provider, Service
from mhpss.services.locations import Place
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.relations import WholeConsortium
from portal.desks.coordination.directory_forms import PlaceForm, of_place
from portal.desks.coordination.relations import OF_SERVICES
from portal.desks.coordination.service_forms import (
    ProviderForm,
    ServiceForm,
    by_language,
    in_each_language,
)
from portal.desks.coordination.services import filled_in, found, note
from portal.frame.transaction import db
from portal.words.consent import language
from vault.database import new_id

bp = Blueprint("entries", __name__, url_prefix="/entries")


def _page(service: Service) -> str:
    return url_for("coordination.services.verify", service_id=service.id)


@bp.route("/providers/<provider_id>", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def provider(provider_id: str) -> ResponseReturnValue:
    """Change a provider: name, country, contact, agreement, whether it is confidential."""
    known = directory.provider(db, provider_id) or abort(404)
    data = {"contact": directory.contact_of(db, known), **by_language("about", known.about)}
    form = ProviderForm(obj=known, data=data)
    if not form.validate_on_submit():
        lead = _("What a confidential provider offers is taken off the public page.")
        return filled_in(form, known.name, lead, back=url_for("coordination.services.listing"))
    directory.change_provider(
        db,
        known,
        name=form.name.data,
        country=form.country.data,
        contact=form.contact.data,
        agreement_until=form.agreement_until.data,
        confidential=bool(form.confidential.data),
        about=in_each_language(form, "about"),
    )
    note("provider.change")
    return redirect(url_for("coordination.services.listing"))


@bp.route("/<service_id>", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def service(service_id: str) -> ResponseReturnValue:
    """Change what a service is. That it was changed does not make it made sure of."""
    known, provider = found(service_id)
    form = ServiceForm(known.languages, obj=known, data=_data(known))
    if form.validate_on_submit():
        if form.public.data and provider.confidential:
            form.public.errors = [_("A confidential provider is never on the public page")]
        else:
            directory.change_service(db, known, provider, **form.content())
            note("service.change")
            return redirect(_page(known))
    return filled_in(form, known.names[language()], provider.name, back=_page(known))


def _data(service: Service) -> dict[str, object]:
    texts = {"name": service.names, "about": service.about, "fees": service.fees}
    written = {field: text for prefix, of in texts.items() for field, text in by_language(prefix, of).items()}
    return {**written, "layer": str(service.layer), "paid": service.cost == Cost.PAID}


@bp.route("/<service_id>/places/new", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def new_place(service_id: str) -> ResponseReturnValue:
    """Add a place, or a way to meet from anywhere, with its hours."""
    known, provider = found(service_id)
    form = PlaceForm(data={"country": provider.country})
    if not form.validate_on_submit():
        return filled_in(form, _("Add a place"), known.names[language()], back=_page(known))
    return _located(known, provider, [*_places(known), form.place(new_id())])


@bp.route("/<service_id>/places/<place_id>", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def place(service_id: str, place_id: str) -> ResponseReturnValue:
    """Change a place and its hours."""
    known, provider = found(service_id)
    places = _places(known)
    present = next((each for each in places if each.id == place_id), None) or abort(404)
    form = PlaceForm(data=of_place(present))
    if not form.validate_on_submit():
        return filled_in(form, _("Place and hours"), known.names[language()], back=_page(known))
    return _located(known, provider, [form.place(place_id) if each.id == place_id else each for each in places])


@bp.post("/<service_id>/places/<place_id>/remove")
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def remove_place(service_id: str, place_id: str) -> ResponseReturnValue:
    """Take a place away; the last one stays, for a service is somewhere."""
    known, provider = found(service_id)
    left = [each for each in _places(known) if each.id != place_id]
    if not left:
        flash(_("The last place stays. Add another one first."))
        return redirect(_page(known))
    return _located(known, provider, left)


def _places(service: Service) -> list[Place]:
    return locations.of(db, [service.id])[service.id]


def _located(service: Service, provider: Provider, places: list[Place]) -> ResponseReturnValue:
    directory.locate(db, service, provider, places)
    directory.change_service(db, service, provider)
    note("service.change")
    return redirect(_page(service))
