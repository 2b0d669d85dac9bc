"""The directory of the demonstration: ten fictional services with places and hours, some not made sure of for long."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from consent.ledger.scopes import LANGUAGES
from mhpss.services import directory, locations, verification
from mhpss.services.directory import Cost, Provider, Service
from mhpss.services.locations import Opening, Place
from portal.access.accounts import Role
from portal.demo.house import House
from portal.demo.timeline import Timeline
from vault import clock
from vault.database import new_id

Plan = Mapping[str, Any]
_ENTERED = 900
_AGREED = timedelta(days=1800)
_KINDS = ("needs", "layer", "languages", "genders", "capacity")


class Directory:
    """The services of directory.toml; `takes_referrals` are the ids of those that people are referred to."""

    def __init__(self, plan: Plan, house: House, timeline: Timeline) -> None:
        self.takes_referrals: list[str] = []
        self._coordinator = partial(house.of, Role.COORDINATOR, "alder")
        self._providers: dict[str, str] = {}
        self._ids: list[str] = []
        timeline.at(_ENTERED, *(partial(self._enter, entry=entry) for entry in plan["services"]))
        for place, entry in enumerate(plan["services"]):
            if "verified_days_ago" in entry:
                timeline.at(entry["verified_days_ago"], partial(self._verify, plan=plan, place=place))
            if "tried_days_ago" in entry:
                timeline.at(entry["tried_days_ago"], partial(self._try, plan=plan, place=place))

    def _enter(self, session: Session, entry: Plan) -> None:
        provider = self._provider(session, entry)
        content = {name: entry[name] for name in _KINDS}
        service = directory.add_service(
            session,
            provider,
            new_id(),
            [_place(each, entry["country"]) for each in entry["places"]],
            **content,
            names={language: entry[language] for language in LANGUAGES},
            about={language: entry[f"about_{language}"] for language in LANGUAGES if f"about_{language}" in entry},
            fees={language: entry[f"fees_{language}"] for language in LANGUAGES if f"fees_{language}" in entry},
            least_age=entry.get("least_age", 18),
            greatest_age=entry.get("greatest_age", directory.OLDEST),
            cost=entry.get("cost", Cost.FREE),
            accessible=entry.get("accessible", True),
            phone=entry.get("phone", ""),
            email=entry.get("email", ""),
            url=entry.get("url", ""),
            waiting_days=entry.get("waiting_days"),
            public=entry.get("public", True),
            open=entry.get("open", True),
            verified_on=clock.now().date() if "verified_days_ago" in entry else None,
            changed_at=clock.now(),
        )
        self._ids.append(service.id)
        if service.open and provider.agreement_until is not None:
            self.takes_referrals.append(service.id)

    def _provider(self, session: Session, entry: Plan) -> Provider:
        known = directory.provider(session, self._providers.get(entry["provider"], ""))
        if known is not None:
            return known
        agreed = entry.get("agreed", True)
        provider = directory.enter_provider(
            session,
            entry["provider"],
            entry["country"],
            "referrals@example.org" if agreed else "",
            confidential=entry.get("confidential", False),
            agreement_until=clock.now().date() + _AGREED if agreed else None,
        )
        self._providers[provider.name] = provider.id
        return provider

    def _verify(self, session: Session, plan: Plan, place: int) -> None:
        entry, service = plan["services"][place], self._service(session, place)
        directory.verify(session, service, entry["capacity"], entry.get("waiting_days"), is_open=service.open)

    def _try(self, session: Session, plan: Plan, place: int) -> None:
        note = plan["services"][place]["tried"]
        verification.note_attempt(session, self._service(session, place), note, self._coordinator().id)

    def _service(self, session: Session, place: int) -> Service:
        return session.get_one(Service, self._ids[place])


def _place(entry: Plan, country: str) -> Place:
    openings = [
        Opening(weekday, opens_at, closes_at)
        for weekday in entry.get("days", ())
        for opens_at, closes_at in locations.stretches(entry["open"])
    ]
    virtual = entry.get("virtual", False)
    return Place(
        new_id(),
        virtual,
        name=entry.get("name", ""),
        street=entry.get("street", ""),
        city=entry.get("city", ""),
        postal_code=entry.get("postal_code", ""),
        country="" if virtual else country,
        url=entry.get("url", ""),
        hours=tuple(openings),
    )
