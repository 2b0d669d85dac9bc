"""Reading an HSDS file: what it says of each service, and every place where it cannot be right."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from consent.ledger.scopes import LANGUAGES
from consent.proving import offline
from mhpss.hsds import fields, terms
from mhpss.hsds.fields import Fault
from mhpss.hsds.terms import from_uuid, said
from mhpss.hsds.writing import DAYS, OWN_LANGUAGE
from mhpss.services.directory import LAYERS, OLDEST, Capacity, Cost, Gender, Need
from mhpss.services.locations import BadHours, Opening, Place
from vault import clock

TEXTS = {"names": "name", "about": "description", "fees": "fees_description"}
_THREE_LETTERS = {"bel": "be", "rus": "ru", "eng": "en"}
_TIME = re.compile(r"(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_LONGEST_WAIT = 3650
# More is not told of one file: whoever mends these sees the next.
_MOST_FAULTS = 1000


class Unreadable(Exception):
    """The file as a whole is none that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class SaidProvider:
    """What a file says of a provider. `whole`: a directory like ours wrote it, and what is not said is not there."""

    id: str
    content: Mapping[str, Any]
    whole: bool


@dataclass(frozen=True, slots=True)
class SaidService:
    """What a file says of a service, as of `said_at`, where it names that."""

    id: str
    provider: SaidProvider
    content: Mapping[str, Any]
    places: tuple[Place, ...]
    whole: bool
    said_at: datetime | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was read: its services, what is wrong in it, and how many of its fields are passed over."""

    services: tuple[SaidService, ...]
    faults: tuple[Fault, ...]
    unread: int


def check(raw: bytes) -> Checked:
    """What a file says. Where it has faults it has no services: all of it goes in, or nothing.

    Raises:
        Unreadable: not a JSON array in UTF-8, or one that readers take differently.
    """
    try:
        document = offline.read(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON in UTF-8: {error}") from error
    if not isinstance(document, list):
        raise Unreadable("not a JSON array of HSDS services")
    told = (fault for place, each in enumerate(document) for fault in fields.faults("service", each, f"/{place}"))
    found = list(islice(told, _MOST_FAULTS))
    if found:
        return Checked((), tuple(found), 0)
    readers = [_Reader(each, f"/{place}") for place, each in enumerate(document)]
    services = [reader.service() for reader in readers]
    found = [fault for reader in readers for fault in reader.faults] + list(_disagreements(services))
    unread = sum(fields.unread("service", reader.document) + reader.unread for reader in readers)
    return Checked(() if found else tuple(services), tuple(found), unread)


def _disagreements(services: Sequence[SaidService]) -> Iterator[Fault]:
    """A service that is there twice, and a provider of whom two services say different things."""
    seen: set[str] = set()
    providers: dict[str, SaidProvider] = {}
    for place, each in enumerate(services):
        if each.id in seen:
            yield Fault(f"/{place}/id", "twice")
        if providers.setdefault(each.provider.id, each.provider) != each.provider:
            yield Fault(f"/{place}/organization", "differs")
        seen.add(each.id)


class _Reader:
    """Reads one service, which has the fields and types of one; notes what is wrong and counts what is passed over."""

    def __init__(self, document: Mapping[str, Any], pointer: str) -> None:
        self.document = document
        self.faults: list[Fault] = []
        self.unread = 0
        self._pointer = pointer

    def service(self) -> SaidService:
        document = self.document
        moment = document.get("last_modified")
        whole = any(True for _ in said(document, terms.NEED))
        return SaidService(
            id=from_uuid(document["id"]),
            provider=self._provider(),
            content={
                **self._texts(document, TEXTS, ""),
                **self._ages(),
                **self._reached(),
                **self._state(),
                **self._terms(),
            },
            places=self._places(),
            whole=whole,
            said_at=None if moment is None else clock.parse_instant(moment),
        )

    def _fault(self, pointer: str, reason: str) -> None:
        self.faults.append(Fault(self._pointer + pointer, reason))

    def _provider(self) -> SaidProvider:
        document = self.document.get("organization")
        if document is None:
            self._fault("/organization", "missing")
            return SaidProvider("", {}, whole=False)
        content: dict[str, Any] = {
            "name": document["name"],
            **self._texts(document, {"about": "description"}, "/organization"),
        }
        if not document["name"].strip():
            self._fault("/organization/name", "missing")
        countries = [(place, code) for place, code, _value in said(document, terms.COUNTRY)]
        for place, code in countries:
            content["country"] = code
            if not re.fullmatch(r"[A-Z]{2}", code):
                self._fault(f"/organization/attributes/{place}/taxonomy_term/code", "country")
        if self._codes(document, terms.VISIBILITY, ("confidential",), "/organization"):
            content["confidential"] = True
        return SaidProvider(from_uuid(document["id"]), content, whole=bool(countries))

    def _texts(self, document: Mapping[str, Any], names: Mapping[str, str], pointer: str) -> dict[str, dict[str, str]]:
        """Each text in the languages in which it stands there."""
        found = {ours: {OWN_LANGUAGE: document.get(theirs) or ""} for ours, theirs in names.items()}
        for place, code, value in said(document, terms.TEXT):
            theirs, _, language = code.partition(".")
            ours = next((ours for ours, field in names.items() if field == theirs), None)
            if ours is None or language not in LANGUAGES:
                self._fault(f"{pointer}/attributes/{place}/taxonomy_term/code", "term")
            else:
                found[ours][language] = value or ""
        if pointer == "" and not found["names"][OWN_LANGUAGE].strip():
            self._fault("/name", "missing")
        if any(len(name) > 200 for name in found.get("names", {}).values()):
            self._fault("/attributes", "long")
        return {
            ours: {language: text for language, text in texts.items() if text.strip()} for ours, texts in found.items()
        }

    def _ages(self) -> dict[str, int]:
        given = self.document.get("minimum_age"), self.document.get("maximum_age")
        least, greatest = math.ceil(given[0] or 0), math.floor(OLDEST if given[1] is None else min(given[1], OLDEST))
        if not 0 <= least <= greatest:
            self._fault("/minimum_age" if given[0] is not None else "/maximum_age", "ages")
        said_of = (("least_age", given[0], least), ("greatest_age", given[1], greatest))
        return {name: value for name, field, value in said_of if field is not None}

    def _reached(self) -> dict[str, Any]:
        """Phone, e-mail and address for everybody, and the languages one is met in."""
        phones = self.document.get("phones") or ()
        self.unread += max(0, len(phones) - 1)
        found = {"email": self.document.get("email"), "url": self.document.get("url")}
        found["phone"] = phones[0]["number"] if phones else None
        codes = [(each.get("code") or "").lower() for each in self.document.get("languages") or ()]
        known = [_THREE_LETTERS.get(code, code) for code in codes if re.fullmatch(r"[a-z]{2,3}", code)]
        self.unread += len(codes) - len(known)
        languages = {"languages": list(dict.fromkeys(known))} if known else {}
        return {**{name: value for name, value in found.items() if value}, **languages}

    def _state(self) -> dict[str, Any]:
        """Whether it is open, what it costs, how long one waits and when somebody made sure of it."""
        found: dict[str, Any] = {"open": self.document["status"] == "active"}
        if assured := self.document.get("assured_date"):
            found["verified_on"] = date.fromisoformat(assured)
            if found["verified_on"] > clock.today():
                self._fault("/assured_date", "future")
        if wait := self.document.get("wait_time"):
            days = re.fullmatch(r"(\d{1,4}) days?", wait)
            if days and int(days[1]) <= _LONGEST_WAIT:
                found["waiting_days"] = int(days[1])
            else:
                self.unread += 1
        if options := self.document.get("cost_options"):
            found["cost"] = _cost(options)
        return found

    def _terms(self) -> dict[str, Any]:
        """What stands in terms of our own taxonomies; in a file of another directory, nothing."""
        needs = self._codes(self.document, terms.NEED, tuple(Need))
        layers = self._codes(self.document, terms.LAYER, tuple(map(str, LAYERS)))
        genders = self._codes(self.document, terms.GENDER, tuple(Gender))
        capacities = self._codes(self.document, terms.CAPACITY, tuple(Capacity))
        access = self._codes(self.document, terms.ACCESS, ("accessible",))
        visible = self._codes(self.document, terms.VISIBILITY, ("public", "not_public"))
        organization = self.document.get("organization") or {}
        if "public" in visible and any(code == "confidential" for _, code, _ in said(organization, terms.VISIBILITY)):
            self._fault("/attributes", "confidential")
        return {
            **({"needs": needs} if needs else {}),
            **({"layer": int(layers[0])} if layers else {}),
            **({"genders": genders} if genders else {}),
            **({"capacity": capacities[0]} if capacities else {}),
            **({"accessible": True} if access else {}),
            **({"public": visible[0] == "public"} if visible else {}),
        }

    def _codes(self, document: Mapping[str, Any], taxonomy: str, known: Sequence[str], pointer: str = "") -> list[str]:
        codes = []
        for place, code, _value in said(document, taxonomy):
            if code not in known:
                self._fault(f"{pointer}/attributes/{place}/taxonomy_term/code", "term")
            elif code not in codes:
                codes.append(code)
        return codes

    def _places(self) -> tuple[Place, ...]:
        found = []
        for each in self.document.get("service_at_locations") or ():
            location = each.get("location")
            if location is None or location["location_type"] == "postal":
                self.unread += 1
                continue
            schedules = each.get("schedules") or location.get("schedules") or self.document.get("schedules") or ()
            found.append(self._place(location, schedules))
        if len({place.id for place in found}) < len(found):
            self._fault("/service_at_locations", "twice")
        return tuple(found)

    def _place(self, location: Mapping[str, Any], schedules: Sequence[Mapping[str, Any]]) -> Place:
        addresses = location.get("addresses") or [{}]
        self.unread += len(addresses) - 1
        address = addresses[0]
        return Place(
            id=from_uuid(location["id"]),
            virtual=location["location_type"] == "virtual",
            name=location.get("name") or "",
            street=address.get("address_1", ""),
            city=address.get("city", ""),
            region=address.get("state_province", ""),
            postal_code=address.get("postal_code", ""),
            country=address.get("country", ""),
            url=location.get("url") or "",
            hours=self._hours(schedules),
        )

    def _hours(self, schedules: Sequence[Mapping[str, Any]]) -> tuple[Opening, ...]:
        found: set[Opening] = set()
        for each in schedules:
            try:
                found.update(_openings(each))
            except (ValueError, BadHours):
                self.unread += 1
        firsts = {(each.weekday, each.opens_at): each for each in sorted(found)}
        return tuple(sorted(firsts.values()))


def _cost(options: Sequence[Mapping[str, Any]]) -> Cost:
    """Free only where every option is: nobody is promised what then has to be paid."""
    free = all(each.get("option") == Cost.FREE or each.get("amount") == 0 for each in options)
    return Cost.FREE if free else Cost.PAID


def _openings(schedule: Mapping[str, Any]) -> list[Opening]:
    """The stretches of a schedule that comes again every week.

    Raises:
        ValueError: one that does not, or that is open past midnight.
    """
    times = [_TIME.fullmatch(schedule.get(name) or "") for name in ("opens_at", "closes_at")]
    days = (schedule.get("byday") or "").split(",")
    over = schedule.get("valid_to") and date.fromisoformat(schedule["valid_to"]) < clock.today()
    if schedule.get("freq") != "WEEKLY" or (schedule.get("interval") or 1) != 1 or over or None in times:
        raise ValueError("not every week")
    opens_at, closes_at = (time[1] for time in times if time is not None)
    until = "24:00" if closes_at == "00:00" else closes_at
    return [Opening(DAYS.index(day.strip()), opens_at, until) for day in days]
