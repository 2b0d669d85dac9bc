"""Writing the directory as HSDS: an array of services, each with all that belongs to it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from consent.ledger.scopes import LANGUAGES
from mhpss.hsds import terms
from mhpss.hsds.terms import attribute, derived, to_uuid
from mhpss.services import directory, locations
from mhpss.services.directory import Cost, Provider, Service
from mhpss.services.locations import Opening, Place
from vault import clock

OWN_LANGUAGE = "en"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def export(session: Session, *, confidential: bool = False) -> list[dict[str, Any]]:
    """Every service as HSDS 3.0 has it; those of confidential providers only where that is asked for.

    How referrals reach a provider, the agreement with it and what was tried to make sure of a service stay here
    whatever is asked for.
    """
    found = [each for each in directory.listed(session) if confidential or not each[1].confidential]
    places = locations.of(session, [service.id for service, _provider in found])
    ordered = sorted(found, key=lambda each: each[0].id)
    return [_service(service, provider, places[service.id]) for service, provider in ordered]


def _service(service: Service, provider: Provider, places: Sequence[Place]) -> dict[str, Any]:
    own = {"service_id": to_uuid(service.id)}
    return _without_nothing(
        {
            "id": to_uuid(service.id),
            "organization_id": to_uuid(provider.id),
            "name": service.names[OWN_LANGUAGE],
            "description": service.about.get(OWN_LANGUAGE) or None,
            "url": service.url or None,
            "email": service.email or None,
            "status": "active" if service.open else "temporarily closed",
            "fees_description": service.fees.get(OWN_LANGUAGE) or None,
            "wait_time": None if service.waiting_days is None else f"{service.waiting_days} days",
            "minimum_age": service.least_age,
            "maximum_age": service.greatest_age,
            "assured_date": service.verified_on.isoformat() if service.verified_on else None,
            "last_modified": clock.rfc3339(service.changed_at),
            "phones": [{"id": derived("phone", service.id), **own, "number": service.phone}] if service.phone else [],
            "service_at_locations": [_at_location(service, place) for place in places],
            "languages": [
                {"id": derived("language", service.id, code), **own, "code": code} for code in service.languages
            ],
            "organization": _organization(provider),
            "cost_options": [_cost(service)],
            "attributes": list(_attributes(service)),
        }
    )


def _organization(provider: Provider) -> dict[str, Any]:
    codes = [(terms.COUNTRY, provider.country)]
    if provider.confidential:
        codes.append((terms.VISIBILITY, "confidential"))
    return {
        "id": to_uuid(provider.id),
        "name": provider.name,
        "description": provider.about.get(OWN_LANGUAGE, ""),
        "attributes": [
            *(attribute("organization", provider.id, taxonomy, code) for taxonomy, code in codes),
            *_texts("organization", provider.id, {"description": provider.about}),
        ],
    }


def _at_location(service: Service, place: Place) -> dict[str, Any]:
    at = derived("service_at_location", service.id, place.id)
    return {
        "id": at,
        "service_id": to_uuid(service.id),
        "location_id": to_uuid(place.id),
        "schedules": list(_schedules(at, place.hours)),
        "location": _location(service, place),
    }


def _location(service: Service, place: Place) -> dict[str, Any]:
    own = {"location_id": to_uuid(place.id)}
    access = {"id": derived("accessibility", place.id), **own, "description": terms.MEANINGS[terms.ACCESS]}
    return _without_nothing(
        {
            "id": to_uuid(place.id),
            "location_type": "virtual" if place.virtual else "physical",
            "name": place.name or None,
            "url": place.url or None,
            "addresses": [] if place.virtual else [_address(place)],
            "accessibility": [access] if service.accessible and not place.virtual else [],
        }
    )


def _address(place: Place) -> dict[str, Any]:
    return {
        "id": derived("address", place.id),
        "location_id": to_uuid(place.id),
        "address_1": place.street,
        "city": place.city,
        "state_province": place.region,
        "postal_code": place.postal_code,
        "country": place.country,
        "address_type": "physical",
    }


def _schedules(at: str, hours: Sequence[Opening]) -> Iterator[dict[str, Any]]:
    """One weekly event for each stretch, on all the days that have it."""
    by_stretch = sorted(hours, key=lambda each: (each.opens_at, each.closes_at, each.weekday))
    for (opens_at, closes_at), days in groupby(by_stretch, key=lambda each: (each.opens_at, each.closes_at)):
        yield {
            "id": derived("schedule", at, opens_at, closes_at),
            "service_at_location_id": at,
            "freq": "WEEKLY",
            "byday": ",".join(DAYS[each.weekday] for each in days),
            "opens_at": opens_at,
            "closes_at": closes_at,
        }


def _cost(service: Service) -> dict[str, Any]:
    option = {"id": derived("cost_option", service.id), "service_id": to_uuid(service.id), "option": service.cost}
    return {**option, "amount": 0} if service.cost == Cost.FREE else option


def _attributes(service: Service) -> Iterator[dict[str, Any]]:
    codes = [
        *((terms.NEED, need) for need in service.needs),
        (terms.LAYER, str(service.layer)),
        *((terms.GENDER, gender) for gender in service.genders),
        (terms.CAPACITY, service.capacity),
        *([(terms.ACCESS, "accessible")] if service.accessible else []),
        (terms.VISIBILITY, "public" if service.public else "not_public"),
    ]
    for taxonomy, code in codes:
        yield attribute("service", service.id, taxonomy, code)
    texts = {"name": service.names, "description": service.about, "fees_description": service.fees}
    yield from _texts("service", service.id, texts)


def _texts(entity: str, ours: str, fields: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    for field, texts in fields.items():
        for language in LANGUAGES:
            if language != OWN_LANGUAGE and texts.get(language):
                yield attribute(entity, ours, terms.TEXT, f"{field}.{language}", texts[language])


def _without_nothing(document: dict[str, Any]) -> dict[str, Any]:
    """HSDS has no null: what is not known is not there."""
    return {name: value for name, value in document.items() if value is not None}
