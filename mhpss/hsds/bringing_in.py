"""Bringing what an HSDS file says into the directory: new entries, and changes to those that are there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from consent.ledger.scopes import LANGUAGES
from mhpss.hsds.fields import Fault
from mhpss.hsds.reading import TEXTS, Checked, SaidProvider, SaidService
from mhpss.hsds.writing import OWN_LANGUAGE
from mhpss.services import directory, locations
from mhpss.services.directory import NOWHERE, OLDEST, Capacity, Cost, Provider, Service
from mhpss.services.locations import Place
from vault import clock

# What holds of a service of which a file does not say it: nothing is promised, and a coordinator completes it.
UNSAID: Mapping[str, Any] = {
    "needs": ["other"],
    "layer": 1,
    "languages": [],
    "genders": [],
    "least_age": 0,
    "greatest_age": OLDEST,
    "phone": "",
    "email": "",
    "url": "",
    "cost": Cost.PAID,
    "accessible": False,
    "capacity": Capacity.UNKNOWN,
    "waiting_days": None,
    "public": False,
    "verified_on": None,
}


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """How many services of a file were new, changed, as they were, or older than what the directory says already."""

    new: int
    changed: int
    same: int
    older: int


def against(session: Session, checked: Checked) -> Checked:
    """A file that was read, held against the directory: no file gives a service of ours to another provider.

    Whoever said yes to one provider said it to no other, and a confidential address stays with its provider.
    """
    faults = tuple(
        Fault(f"/{place}/organization/id", "provider")
        for place, each in enumerate(checked.services)
        if (present := session.get(Service, each.id)) is not None and present.provider_id != each.provider.id
    )
    return replace(checked, services=(), faults=faults) if faults else checked


def bring_in(session: Session, checked: Checked) -> BroughtIn:
    """Enter the services of a file that was held `against` the directory; doing it again changes nothing.

    An entry that the directory changed after the file's `last_modified` stays as it is; one without that moment counts
    as said now. A confidential provider stays one, whatever a file says; its contact and agreement are never in one.
    """
    counts = dict.fromkeys(("new", "changed", "same", "older"), 0)
    for each in checked.services:
        provider = _provider(session, each)
        counts[_service(session, provider, each)] += 1
    return BroughtIn(**counts)


def _provider(session: Session, said: SaidService) -> Provider:
    provider = directory.provider(session, said.provider.id)
    if provider is None:
        return _new_provider(session, said)
    if said.said_at is None or said.said_at >= provider.changed_at:
        content = _of_provider(said.provider, provider)
        if any(getattr(provider, name) != value for name, value in content.items()):
            directory.change_provider(session, provider, **content, changed_at=_moment(said))
    return provider


def _new_provider(session: Session, said: SaidService) -> Provider:
    content = said.provider.content
    return directory.enter_provider(
        session,
        content["name"],
        content.get("country") or next((place.country for place in said.places if place.country), NOWHERE),
        "",
        confidential=content.get("confidential", False),
        agreement_until=None,
        about=content["about"],
        provider_id=said.provider.id,
        changed_at=_moment(said),
    )


def _of_provider(said: SaidProvider, provider: Provider) -> dict[str, Any]:
    about = said.content["about"]
    return {
        **said.content,
        "about": about if said.whole else {**provider.about, **about},
        "confidential": provider.confidential or said.content.get("confidential", False),
    }


def _service(session: Session, provider: Provider, said: SaidService) -> str:
    """Enter or change one service; what came of it."""
    service = session.get(Service, said.id)
    if service is None:
        content = _content(said, {}, provider)
        directory.add_service(session, provider, said.id, _places(said, provider), **content, changed_at=_moment(said))
        return "new"
    if said.said_at is not None and said.said_at < service.changed_at:
        return "older"
    return "changed" if _change(session, service, provider, said) else "same"


def _change(session: Session, service: Service, provider: Provider, said: SaidService) -> bool:
    """Change what differs; whether anything did."""
    present = {name: getattr(service, name) for name in (*TEXTS, *UNSAID, "open")}
    content = _content(said, present, provider)
    places = _places(said, provider) if said.places or said.whole else None
    moved = places is not None and locations.of(session, [service.id])[service.id] != list(places)
    if content == present and not moved:
        return False
    directory.change_service(session, service, provider, **content, changed_at=_moment(said))
    if places is not None and moved:
        directory.locate(session, service, provider, places)
    return True


def _content(said: SaidService, present: Mapping[str, Any], provider: Provider) -> dict[str, Any]:
    """What a service is to be: as said, else as it is, or, where a whole entry does not say it, as UNSAID has it."""
    kept = {} if said.whole else present
    content = {**UNSAID, **{name: kept[name] for name in UNSAID if name in kept}, **said.content}
    for name in TEXTS:
        content[name] = {**kept.get(name, {}), **said.content[name]}
    content["names"] = dict.fromkeys(LANGUAGES, content["names"][OWN_LANGUAGE]) | content["names"]
    content["public"] = content["public"] and not provider.confidential
    content["verified_on"] = _latest(content["verified_on"], present.get("verified_on"))
    return content


def _latest(*days: Any) -> Any:
    return max(filter(None, days), default=None)


def _places(said: SaidService, provider: Provider) -> Sequence[Place]:
    """Where it is; a place that names no country is in its provider's."""
    if not said.places:
        return [Place(said.id, country=provider.country)]
    return list(_in_a_country(said.places, provider.country))


def _in_a_country(places: Iterable[Place], country: str) -> Iterable[Place]:
    return (replace(each, country=country) if not (each.country or each.virtual) else each for each in places)


def _moment(said: SaidService) -> Any:
    now = clock.now()
    return now if said.said_at is None else min(said.said_at, now)
