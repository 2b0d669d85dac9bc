"""Where a service meets people, and when: places with their address, ways to reach it from anywhere, opening hours."""

import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.columns import Clear, clear
from vault.database import Base, in_parts, new_id
from vault.refusals import Refused
from vault.types import Id

WEEKDAYS = range(7)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


class Location(Base):
    """A place of a service, or, where `virtual`, a way to meet it from anywhere. HSDS lets services share one id."""

    __tablename__ = "service_locations"

    service_id: Mapped[str] = mapped_column(ForeignKey("services.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    virtual: Mapped[bool]
    name: Mapped[str] = mapped_column(String(200), info=clear(Clear.DIRECTORY))
    street: Mapped[str] = mapped_column(String(200), info=clear(Clear.DIRECTORY))
    city: Mapped[str] = mapped_column(String(80), info=clear(Clear.DIRECTORY))
    region: Mapped[str] = mapped_column(String(80), info=clear(Clear.DIRECTORY))
    postal_code: Mapped[str] = mapped_column(String(20), info=clear(Clear.DIRECTORY))
    country: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    url: Mapped[str] = mapped_column(String(300), info=clear(Clear.DIRECTORY))


class Hours(Base):
    """A stretch of a weekday (0 is Monday) in which a location is open, in its local time: HH:MM, at most 24:00."""

    __tablename__ = "service_hours"
    __table_args__ = (
        ForeignKeyConstraint(
            ["service_id", "location_id"], ["service_locations.service_id", "service_locations.id"], ondelete="CASCADE"
        ),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens_at < closes_at", name="stretch"),
    )

    service_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    location_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, info=clear(Clear.CODE))
    opens_at: Mapped[str] = mapped_column(String(5), primary_key=True, info=clear(Clear.MOMENT))
    closes_at: Mapped[str] = mapped_column(String(5), info=clear(Clear.MOMENT))


class BadHours(Refused):
    """What was written is no stretches of a day, or they overlap."""


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """A stretch of opening hours; `weekday` 0 is Monday."""

    weekday: int
    opens_at: str
    closes_at: str

    def __post_init__(self) -> None:
        """Refuse what is no stretch of a day (BadHours)."""
        times = (self.opens_at, self.closes_at)
        if self.weekday not in WEEKDAYS or not all(map(_TIME.fullmatch, times)) or self.opens_at >= self.closes_at:
            raise BadHours(f"{self.weekday} {self.opens_at}-{self.closes_at}")


@dataclass(frozen=True, slots=True)
class Place:
    """A location with its opening hours, apart from the service whose it is."""

    id: str
    virtual: bool = False
    name: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    url: str = ""
    hours: tuple[Opening, ...] = ()


def simple_places(place: str, country: str, *, remote: bool) -> list[Place]:
    """The places of a service of which only the town is known, and whether it works from anywhere too."""
    places = [Place(new_id(), city=place, country=country)] if place or not remote else []
    return [*places, Place(new_id(), virtual=True)] if remote else places


def stretches(text: str) -> list[tuple[str, str]]:
    """The stretches of a day as people write them: "9:00-13:00, 14:00–17:30"; none for an empty text.

    Raises:
        BadHours: the text says something else, a stretch ends before it begins, or two overlap.
    """
    found: list[tuple[str, str]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        written = re.fullmatch(r"(\d{1,2}:\d{2})\s*[-–—]\s*(\d{1,2}:\d{2})", part)
        if written is None:
            raise BadHours(part)
        opening = Opening(0, written[1].zfill(5), written[2].zfill(5))
        found.append((opening.opens_at, opening.closes_at))
    found.sort()
    if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(found)):
        raise BadHours(text)
    return found


def of(session: Session, service_ids: Collection[str]) -> dict[str, list[Place]]:
    """The places of each of these services, in their order."""
    hours: dict[tuple[str, str], list[Opening]] = {}
    places: dict[str, list[Place]] = {service_id: [] for service_id in service_ids}
    for part in in_parts(service_ids):
        for each in session.scalars(select(Hours).where(Hours.service_id.in_(part))):
            opening = Opening(each.weekday, each.opens_at, each.closes_at)
            hours.setdefault((each.service_id, each.location_id), []).append(opening)
        query = select(Location).where(Location.service_id.in_(part)).order_by(Location.position)
        for location in session.scalars(query):
            places[location.service_id].append(_place(location, hours))
    return places


def replace(session: Session, service_id: str, places: Sequence[Place]) -> None:
    """Let a service have exactly these places."""
    for table in (Hours, Location):
        session.execute(delete(table).where(table.service_id == service_id))
    for position, place in enumerate(places):
        session.add(_location(service_id, position, place))
    session.flush()
    for place in places:
        session.add_all(_hours(service_id, place.id, place.hours))
    session.flush()


def _location(service_id: str, position: int, place: Place) -> Location:
    return Location(
        service_id=service_id,
        id=place.id,
        position=position,
        virtual=place.virtual,
        name=place.name,
        street=place.street,
        city=place.city,
        region=place.region,
        postal_code=place.postal_code,
        country=place.country,
        url=place.url,
    )


def _hours(service_id: str, location_id: str, openings: Iterable[Opening]) -> list[Hours]:
    return [
        Hours(
            service_id=service_id,
            location_id=location_id,
            weekday=each.weekday,
            opens_at=each.opens_at,
            closes_at=each.closes_at,
        )
        for each in openings
    ]


def _place(location: Location, hours: Mapping[tuple[str, str], Sequence[Opening]]) -> Place:
    return Place(
        id=location.id,
        virtual=location.virtual,
        name=location.name,
        street=location.street,
        city=location.city,
        region=location.region,
        postal_code=location.postal_code,
        country=location.country,
        url=location.url,
        hours=tuple(sorted(hours.get((location.service_id, location.id), ()))),
    )
