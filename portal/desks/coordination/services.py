"""The directory of services on the coordinator's desk: the list, new services, and making sure of them again."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from mhpss.services import directory, locations, verification
from mhpss.services.directory import Provider, Service
from portal import lists
from portal.access.accounts import Role
from portal.access.permissions import allow
from portal.access.readings import Reading, of_nobody
from portal.access.relations import WholeConsortium
from portal.desks.coordination.directory_forms import AttemptForm
from portal.desks.coordination.listings import SERVICES, services_listed, services_to_take_along
from portal.desks.coordination.relations import OF_SERVICES
from portal.desks.coordination.service_forms import FirstServiceForm, NewServiceForm, VerifyForm
from portal.frame.transaction import db
from portal.words.consent import language
from portal.words.directory import DIRECTORY_WORDS
from vault import audit

bp = Blueprint("services", __name__, url_prefix="/services")


def note(act: str) -> None:
    """Write down what the coordinator did in the directory."""
    audit.record(db, current_user.account.as_actor(), act)


def found(service_id: str) -> tuple[Service, Provider]:
    """The service of an address with its provider; 404 where there is none."""
    return directory.find(db, service_id) or abort(404)


def filled_in(form: Any, title: str, lead: str = "", *, back: str) -> ResponseReturnValue:
    """The page of a form, with what was written and what has to be looked at again."""
    page = render_template("coordination/step.html", form=form, title=title, lead=lead, back=back)
    return page, 422 if form.errors else 200


@bp.get("/")
@allow(Role.COORDINATOR, Role.PSYCHOLOGIST, on=WholeConsortium, reads=OF_SERVICES)
def listing() -> ResponseReturnValue:
    """The services looked for; those that nobody made sure of for longest come first."""
    may_change = current_user.account.role == Role.COORDINATOR
    return lists.find(SERVICES, services_listed).page("coordination/services.html", may_change=may_change)


@bp.get("/list.csv")
@allow(Role.COORDINATOR, Role.PSYCHOLOGIST, on=WholeConsortium, reads=of_nobody(Reading.SERVICES), step_up=True)
def file() -> ResponseReturnValue:
    """The services looked for as a file, without confidential providers."""
    return lists.find_all(SERVICES, services_to_take_along).file()


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def new() -> ResponseReturnValue:
    """Enter a service and its provider, made sure of today."""
    form = FirstServiceForm()
    if form.validate_on_submit():
        if form.confidential.data and form.public.data:
            form.public.errors = [_("A confidential provider is never on the public page")]
        else:
            provider = directory.enter_provider(
                db,
                form.provider.data or "",
                form.country.data or "",
                form.contact.data or "",
                confidential=bool(form.confidential.data),
                agreement_until=form.agreement_until.data,
            )
            return _entered(form, provider)
    return filled_in(form, _("Enter a service"), back=url_for(".listing"))


@bp.route("/new/<provider_id>", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def another(provider_id: str) -> ResponseReturnValue:
    """Enter one more service of a provider, made sure of today."""
    provider = directory.provider(db, provider_id) or abort(404)
    form = NewServiceForm(data={"country": provider.country, "open": True})
    if form.validate_on_submit():
        if form.public.data and provider.confidential:
            form.public.errors = [_("A confidential provider is never on the public page")]
        else:
            return _entered(form, provider)
    return filled_in(form, _("Enter a service"), provider.name, back=url_for(".listing"))


def _entered(form: NewServiceForm, provider: Provider) -> ResponseReturnValue:
    directory.enter_service(
        db,
        provider,
        **form.content(),
        country=form.country.data,
        place=form.place.data,
        remote=bool(form.remote.data),
        capacity=form.capacity.data,
        waiting_days=form.waiting_days.data,
        open=bool(form.open.data),
    )
    note("service.enter")
    return redirect(url_for(".listing"))


@bp.route("/<service_id>", methods=["GET", "POST"])
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def verify(service_id: str) -> ResponseReturnValue:
    """Make sure of a service again: what its provider says today."""
    service, provider = found(service_id)
    form = VerifyForm(obj=service)
    if not form.validate_on_submit():
        return _page_of(service, provider, form, AttemptForm(formdata=None), form)
    directory.verify(db, service, form.capacity.data, form.waiting_days.data, is_open=bool(form.open.data))
    note("service.verify")
    return redirect(url_for(".listing"))


@bp.post("/<service_id>/unreached")
@allow(Role.COORDINATOR, on=WholeConsortium, reads=OF_SERVICES)
def unreached(service_id: str) -> ResponseReturnValue:
    """Keep that the provider could not be reached: the task comes again after seven days."""
    service, provider = found(service_id)
    form = AttemptForm()
    if not form.validate_on_submit():
        return _page_of(service, provider, VerifyForm(formdata=None, obj=service), form, form)
    verification.note_attempt(db, service, form.note.data or "", current_user.account.id)
    note("service.unreached")
    return redirect(url_for(".verify", service_id=service.id))


def _page_of(
    service: Service, provider: Provider, form: VerifyForm, attempt: AttemptForm, sent: VerifyForm | AttemptForm
) -> ResponseReturnValue:
    page = render_template(
        "coordination/service.html",
        **DIRECTORY_WORDS,
        verify_form=form,
        attempt_form=attempt,
        form=sent,
        service=service,
        provider=provider,
        places=locations.of(db, [service.id])[service.id],
        tried=verification.attempts_of(db, service),
        contact=directory.contact_of(db, provider),
        read_in=language(),
    )
    return page, 422 if sent.errors else 200
