"""The lists of the coordinator's desk: cases, the rota, services."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from mhpss import caseload, cases, on_call
from mhpss.cases import Case
from mhpss.on_call import Duty
from mhpss.services import directory
from mhpss.services.directory import Provider, Service
from portal.access import accounts, cover
from portal.access.accounts import Role
from portal.casework import support_pages
from portal.frame.transaction import db
from portal.lists import Act, Chip, Column, Listing, chipped, choice, coded, day_column, declare, named, text, within
from portal.words.consent import LANGUAGE_NAMES, day, language, minute
from portal.words.directory import SERVICE_LANGUAGES, country_name, language_name
from portal.words.referral import CAPACITY_CHIPS, CAPACITY_WORDS, NEED_WORDS
from portal.words.support import CASE_CHIPS, CASE_STATES, LAYER_WORDS

_CANNOT_ACT = lazy_gettext("cannot act")


def able_names() -> dict[str, str]:
    """Which psychologists can act, at any partner: a supervisor may be another's. Account and sign-in name."""
    able = cover.able(db, Role.PSYCHOLOGIST)
    return {account_id: accounts.sign_in_name(db, account) for account_id, account in able.items()}


class ACase(NamedTuple):
    """A running case of the organisation, as a coordinator sees it: nothing that is written in it."""

    case: Case
    psychologist: str | None
    supervisor: str | None
    marks: tuple[Chip, ...]

    @property
    def waits(self) -> bool:
        """Whether it waits to be assigned, or for somebody who can act."""
        return self.case.state in cases.UNASSIGNED or self.psychologist is None

    @property
    def needs_somebody(self) -> bool:
        """Whether it waits, its supervisor cannot act, or something about it is not looked at yet."""
        return self.waits or bool(self.marks) or (self.case.supervisor is not None and self.supervisor is None)


def _held_by(account_id: str | None, name: str | None) -> Iterable[Chip]:
    return (Chip("need", _CANNOT_ACT),) if account_id and name is None else ()


CASES: Listing[ACase] = declare(
    Listing(
        key="coordination.cases",
        title=lazy_gettext("Cases"),
        page="coordination.case_list",
        file="coordination.cases_file",
        columns=(
            Column(
                "number",
                lazy_gettext("Case"),
                lambda each: each.case.number,
                url=lambda each: url_for("coordination.assign", number=each.case.number),
            ),
            chipped(
                "state",
                lazy_gettext("State"),
                lambda each: each.case.state,
                lambda each: (Chip(CASE_CHIPS[each.case.state], CASE_STATES[each.case.state]), *each.marks),
                order=lambda each: CASE_STATES[each.case.state],
            ),
            day_column("since", lazy_gettext("Waits since"), lambda each: each.case.asked_at),
            coded("language", lazy_gettext("Language"), lambda each: each.case.language, LANGUAGE_NAMES),
            Column(
                "layer",
                lazy_gettext("Layer"),
                lambda each: each.case.layer,
                text=lambda each: LAYER_WORDS[str(each.case.layer)] if each.case.layer else "",
            ),
            Column(
                "psychologist",
                lazy_gettext("Psychologist"),
                lambda each: each.psychologist,
                chips=lambda each: _held_by(each.case.psychologist, each.psychologist),
            ),
            Column(
                "supervisor",
                lazy_gettext("Supervisor"),
                lambda each: each.supervisor,
                chips=lambda each: _held_by(each.case.supervisor, each.supervisor),
            ),
        ),
        order="since",
        filters=(
            text(
                "find",
                lazy_gettext("Case or psychologist"),
                within(lambda each: each.case.number, lambda each: each.psychologist, lambda each: each.supervisor),
            ),
            choice("state", lazy_gettext("State"), lambda: CASE_STATES, lambda each, code: each.case.state == code),
            choice(
                "waits",
                lazy_gettext("Assigned"),
                lambda: {"yes": _("wait to be assigned"), "no": _("with somebody who can act")},
                lambda each, code: each.waits == (code == "yes"),
            ),
        ),
        empty=lazy_gettext("No case."),
    )
)


def cases_of_own(_wanted: Mapping[str, Any]) -> Iterable[ACase]:
    """The running cases of the account's organisation."""
    found, names = cases.at_organisation(db, current_user.account.organisation), able_names()
    closed = support_pages.closed_among(db, found)
    return [
        ACase(case, names.get(case.psychologist or ""), names.get(case.supervisor or ""), tuple(_marks(case, closed)))
        for case in found
    ]


def _marks(case: Case, closed: Mapping[str, Any]) -> Iterable[Chip]:
    if caseload.was_never_assessed(case):
        yield Chip("need", _("risk not looked at yet"))
    if case.id in closed:
        until = minute(closed[case.id])
        yield Chip("need", _("the person’s pages are closed until %(moment)s", moment=until))


class OnDuty(NamedTuple):
    """A stretch of days on the rota."""

    duty: Duty
    name: str | None


ROTA: Listing[OnDuty] = declare(
    Listing(
        key="coordination.rota",
        title=lazy_gettext("Who is on call"),
        page="coordination.rota",
        file="coordination.rota_file",
        columns=(
            Column(
                "name",
                lazy_gettext("Name"),
                lambda each: each.name,
                chips=lambda each: _held_by(each.duty.account_id, each.name),
            ),
            day_column("first_day", lazy_gettext("From"), lambda each: each.duty.first_day),
            day_column("last_day", lazy_gettext("To"), lambda each: each.duty.last_day),
        ),
        order="first_day",
        filters=(text("find", lazy_gettext("Name"), within(lambda each: each.name)),),
        empty=lazy_gettext("Nobody."),
        acts=(Act("take_off", lazy_gettext("Take off")),),
        acts_at="coordination.take_off",
        row_key=lambda each: each.duty.id,
    )
)


def rota_of_own(_wanted: Mapping[str, Any]) -> Iterable[OnDuty]:
    """Who of the account's organisation is on call, and when."""
    names = able_names()
    return [OnDuty(duty, names.get(duty.account_id)) for duty in on_call.rota(db, current_user.account.organisation)]


class AService(NamedTuple):
    """A service with its provider, and whether the reader may change them."""

    service: Service
    provider: Provider
    may_change: bool

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return str(self.service.names[language()])


def _where(each: AService) -> str:
    service = each.service
    place = ", ".join(part for part in (service.place, country_name(service.country)) if part)
    if not service.remote:
        return place
    return f"{place} · {_('remote too') if service.on_site else _('only remote')}"


def _room(each: AService) -> Iterable[Chip]:
    yield Chip(CAPACITY_CHIPS[each.service.capacity], CAPACITY_WORDS[each.service.capacity])
    if not each.service.open:
        yield Chip("no", _("takes no referrals"))


def _service_url(each: AService) -> str | None:
    return url_for("coordination.services.verify", service_id=each.service.id) if each.may_change else None


def _provider_url(each: AService) -> str | None:
    return url_for("coordination.entries.provider", provider_id=each.provider.id) if each.may_change else None


SERVICES: Listing[AService] = declare(
    Listing(
        key="coordination.services",
        title=lazy_gettext("Services"),
        page="coordination.services.listing",
        file="coordination.services.file",
        columns=(
            Column("service", lazy_gettext("Service"), lambda each: each.name, url=_service_url),
            Column(
                "provider",
                lazy_gettext("Provider"),
                lambda each: each.provider.name,
                url=_provider_url,
                chips=lambda each: (Chip("open", _("confidential")),) if each.provider.confidential else (),
            ),
            named(
                "needs",
                lazy_gettext("What it answers"),
                lambda each: each.service.needs,
                lambda each: [NEED_WORDS[need] for need in each.service.needs],
            ),
            named("where", lazy_gettext("Where"), lambda each: each.service.country, _where),
            chipped(
                "room",
                lazy_gettext("Room"),
                lambda each: each.service.capacity,
                _room,
                order=lambda each: CAPACITY_WORDS[each.service.capacity],
            ),
            Column(
                "verified_on",
                lazy_gettext("Made sure of"),
                lambda each: each.service.verified_on,
                text=lambda each: day(each.service.verified_on) if each.service.verified_on else _("never"),
                order=lambda each: each.service.verified_on or date.min,
                chips=lambda each: (Chip("need", _("make sure again")),) if each.service.is_stale() else (),
            ),
        ),
        order="verified_on",
        filters=(
            text("find", lazy_gettext("Service"), within(lambda each: each.name, lambda each: each.provider.name)),
            choice(
                "need",
                lazy_gettext("What is needed?"),
                lambda: NEED_WORDS,
                lambda each, need: need in each.service.needs,
            ),
            choice(
                "language",
                lazy_gettext("Language"),
                lambda: {code: language_name(code) for code in SERVICE_LANGUAGES},
                lambda each, code: code in each.service.languages,
            ),
            choice(
                "country",
                lazy_gettext("Country"),
                lambda: {code: country_name(code) for code in directory.countries(db)},
                lambda each, code: each.service.country == code,
            ),
            choice(
                "stale",
                lazy_gettext("Made sure of"),
                lambda: {"no": _("in time"), "yes": _("make sure again")},
                lambda each, code: each.service.is_stale() == (code == "yes"),
            ),
            choice(
                "open",
                lazy_gettext("Referrals"),
                lambda: {"yes": _("takes referrals"), "no": _("takes no referrals")},
                lambda each, code: each.service.open == (code == "yes"),
            ),
        ),
        empty=lazy_gettext("No service yet."),
    )
)


def services_listed(_wanted: Mapping[str, Any]) -> Iterable[AService]:
    """Every service; those that nobody made sure of for longest come first."""
    may_change = current_user.account.role == Role.COORDINATOR
    return [AService(service, provider, may_change) for service, provider in directory.listed(db)]


def services_to_take_along(wanted: Mapping[str, Any]) -> Iterable[AService]:
    """The same without confidential providers: their names leave on no file."""
    return [each for each in services_listed(wanted) if not each.provider.confidential]
