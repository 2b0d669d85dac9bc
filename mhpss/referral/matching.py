"""Which services fit a person, with the reasons said; the person chooses, never the score."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from mhpss.services.directory import Capacity, Cost, Provider, Service

_WEIGHTS = {
    "layer": 2,
    "language": 4,
    "same_country": 3,
    "remote": 2,
    "gender": 3,
    "free": 2,
    "accessible": 2,
    "room_now": 3,
    "fresh": 1,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; empty or None: it does not matter to them.

    `way` is how they can be met: "remote", or "place" in their `country`.
    """

    need: str
    language: str = ""
    country: str = ""
    layer: int | None = None
    gender: str = ""
    age: int | None = None
    free: bool = False
    accessible: bool = False
    way: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A service that answers the need, with what speaks for it and what against, as codes."""

    service: Service
    provider: Provider
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def score(self) -> int:
        """How much speaks for it; it orders the list and decides nothing."""
        return sum(_WEIGHTS[reason] for reason in self.reasons) - 2 * len(self.doubts)


def match(wanted: Wanted, services: Iterable[tuple[Service, Provider]], stale_after: timedelta) -> list[Match]:
    """The open services that answer the need and can be reached at all, those with most in favour first.

    It speaks against one that nobody has made sure of for longer than `stale_after`.
    """
    fitting = [
        Match(service, provider, _reasons(wanted, service, stale_after), _doubts(wanted, service, stale_after))
        for service, provider in services
        if service.open and wanted.need in service.needs and _reachable(wanted, service)
    ]
    return sorted(fitting, key=lambda each: (-each.score, each.service.waiting_days or 0, each.service.id))


def _reachable(wanted: Wanted, service: Service) -> bool:
    of_age = wanted.age is None or service.least_age <= wanted.age <= service.greatest_age
    near = service.on_site and wanted.country in ("", service.country)
    ways = {"remote": service.remote, "place": near, "": service.remote or near}
    return of_age and ways[wanted.way]


def _reasons(wanted: Wanted, service: Service, stale_after: timedelta) -> tuple[str, ...]:
    checks = {
        "layer": wanted.layer == service.layer,
        "language": wanted.language in service.languages,
        "same_country": bool(wanted.country) and service.country == wanted.country,
        "remote": service.remote,
        "gender": bool(wanted.gender) and wanted.gender in service.genders,
        "free": service.cost == Cost.FREE,
        "accessible": wanted.accessible and service.accessible,
        "room_now": service.capacity == Capacity.FREE,
        "fresh": not service.is_older_than(stale_after),
    }
    return tuple(reason for reason, holds in checks.items() if holds)


def _doubts(wanted: Wanted, service: Service, stale_after: timedelta) -> tuple[str, ...]:
    checks = {
        "other_language": bool(wanted.language) and wanted.language not in service.languages,
        "other_gender": bool(wanted.gender) and wanted.gender not in service.genders,
        "paid": wanted.free and service.cost == Cost.PAID,
        "not_accessible": wanted.accessible and not service.accessible,
        "full": service.capacity == Capacity.FULL,
        "waiting_list": service.capacity == Capacity.WAITING_LIST,
        "stale": service.is_older_than(stale_after),
    }
    return tuple(doubt for doubt, holds in checks.items() if holds)
