"""The directory of providers and their services: what help there is, when that was last made sure, and what is free."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.scopes import LANGUAGES
from mhpss.services import locations
from mhpss.services.locations import Place
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import HOUSE
from vault.policy import in_force, law
from vault.types import Id, Instant, Json

LAYERS = (1, 2, 3, 4)
OLDEST = 120
# ISO 3166 leaves it to whoever does not know the country (CLDR: unknown region).
NOWHERE = "ZZ"


class Need(StrEnum):
    """What a service answers."""

    MENTAL_HEALTH = "mental_health"
    PSYCHOLOGICAL = "psychological"
    PSYCHOSOCIAL = "psychosocial"
    PROTECTION = "protection"
    TRACING = "tracing"
    LEGAL = "legal"
    EDUCATION = "education"
    SHELTER = "shelter"
    MATERIAL = "material"
    NUTRITION = "nutrition"
    LIVELIHOOD = "livelihood"
    FINANCIAL = "financial"
    PHYSICAL_HEALTH = "physical_health"
    REHABILITATION = "rehabilitation"
    OTHER = "other"


class Capacity(StrEnum):
    """Whether a service has room."""

    FREE = "free"
    WAITING_LIST = "waiting_list"
    FULL = "full"
    UNKNOWN = "unknown"


class Cost(StrEnum):
    """Whether a service has to be paid."""

    FREE = "free"
    PAID = "paid"


class Gender(StrEnum):
    """Of which gender a helper is."""

    WOMAN = "woman"
    MAN = "man"


class Provider(Base):
    """Somebody who helps. How a referral reaches them is sealed; a confidential one is never on a public page.

    `about` is by language. Without an agreement and a contact it takes no referrals.
    """

    __tablename__ = "providers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), info=clear(Clear.DIRECTORY))
    country: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    confidential: Mapped[bool]
    agreement_until: Mapped[date | None] = mapped_column(Date)
    about: Mapped[dict[str, str]] = mapped_column(Json, default=dict, info=clear(Clear.DIRECTORY))
    changed_at: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))


class Service(Base):
    """What a provider does for people. `names`, `about`, `fees` are by language; `waiting_days` as the provider says.

    `country`, `place`, `on_site` and `remote` say in short where its locations are; `locate` keeps them so. Phone,
    e-mail and `url` are for everybody, unlike the provider's sealed contact. `verified_on` is empty where nobody here
    ever made sure of it.
    """

    __tablename__ = "services"
    __table_args__ = (
        CheckConstraint("layer BETWEEN 1 AND 4", name="layer"),
        CheckConstraint("least_age BETWEEN 0 AND greatest_age", name="ages"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("providers.id"), index=True)
    names: Mapped[dict[str, str]] = mapped_column(Json, info=clear(Clear.DIRECTORY))
    about: Mapped[dict[str, str]] = mapped_column(Json, info=clear(Clear.DIRECTORY))
    needs: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CODE))
    layer: Mapped[int] = mapped_column(info=clear(Clear.CODE))
    languages: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CODE))
    country: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    place: Mapped[str] = mapped_column(String(80), info=clear(Clear.DIRECTORY))
    on_site: Mapped[bool]
    remote: Mapped[bool]
    phone: Mapped[str] = mapped_column(String(40), default="", info=clear(Clear.DIRECTORY))
    email: Mapped[str] = mapped_column(String(200), default="", info=clear(Clear.DIRECTORY))
    url: Mapped[str] = mapped_column(String(300), default="", info=clear(Clear.DIRECTORY))
    genders: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CODE))
    least_age: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    greatest_age: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    cost: Mapped[Cost] = mapped_column(String(8))
    fees: Mapped[dict[str, str]] = mapped_column(Json, default=dict, info=clear(Clear.DIRECTORY))
    accessible: Mapped[bool]
    capacity: Mapped[Capacity] = mapped_column(String(14))
    waiting_days: Mapped[int | None] = mapped_column(info=clear(Clear.NUMBER))
    public: Mapped[bool]
    open: Mapped[bool]
    verified_on: Mapped[date | None] = mapped_column(Date)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    def is_stale(self) -> bool:
        """Whether nobody has made sure of the entry for so long as is allowed, or ever."""
        return self.is_older_than(in_force.beside(self, law.SERVICE_STALE))

    def is_older_than(self, allowed: timedelta) -> bool:
        """Whether nobody has made sure of the entry for longer than that, or ever."""
        return self.verified_on is None or clock.today() - self.verified_on > allowed


def enter_provider(
    session: Session,
    name: str,
    country: str,
    contact: str,
    *,
    confidential: bool,
    agreement_until: date | None,
    about: Mapping[str, str] | None = None,
    provider_id: str | None = None,
    changed_at: datetime | None = None,
) -> Provider:
    """Enter a provider with the contact for referrals, under the id that another directory has given it, if one has."""
    provider_id = provider_id or new_id()
    provider = Provider(
        id=provider_id,
        name=name,
        country=country,
        confidential=confidential,
        agreement_until=agreement_until,
        about=dict(about or {}),
        changed_at=changed_at or clock.now(),
        sealed=_sealed_contact(session, provider_id, contact),
    )
    session.add(provider)
    session.flush()
    return provider


def change_provider(session: Session, provider: Provider, *, contact: str | None = None, **content: Any) -> None:
    """Give a provider this content, and another contact for referrals where one is given.

    What a provider offers leaves the public page with the provider that becomes confidential.
    """
    for name, value in {"changed_at": clock.now(), **content}.items():
        setattr(provider, name, value)
    if contact is not None:
        provider.sealed = _sealed_contact(session, provider.id, contact)
    if provider.confidential:
        for service in session.scalars(select(Service).where(Service.provider_id == provider.id, Service.public)):
            service.public, service.changed_at = False, clock.now()
    session.flush()


def contact_of(session: Session, provider: Provider) -> str:
    """How a referral reaches a provider; empty where nobody has written that yet."""
    return keyring(session).unseal(HOUSE, _place(provider.id), provider.sealed).decode()


def enter_service(session: Session, provider: Provider, **content: Any) -> Service:
    """Enter a service of a provider, made sure of today, in one `place` of a `country`, or `remote`, or both.

    Raises:
        ValueError: a need, layer, capacity or cost that is none, no need, ages that are no span, a name missing in a
            language, or a confidential provider's service on the public page.
    """
    places = locations.simple_places(content.pop("place"), content.pop("country"), remote=content.pop("remote"))
    now = clock.now()
    given = {"open": True, "verified_on": now.date(), "changed_at": now, **content}
    return add_service(session, provider, new_id(), places, **given)


def add_service(
    session: Session, provider: Provider, service_id: str, places: Sequence[Place], **content: Any
) -> Service:
    """Enter a service under an id that it has already, with all that is known of it.

    Raises:
        ValueError: as `enter_service` has it.
    """
    _check(provider, content)
    service = Service(
        id=service_id,
        provider_id=provider.id,
        country=provider.country,
        place="",
        on_site=False,
        remote=False,
        **content,
    )
    session.add(service)
    session.flush()
    locate(session, service, provider, places)
    return service


def change_service(session: Session, service: Service, provider: Provider, **content: Any) -> None:
    """Give a service this content; when it was last made sure of stays as it was.

    Raises:
        ValueError: as `enter_service` has it. Nothing is changed.
    """
    _check(provider, {name: getattr(service, name) for name in _CHECKED} | content)
    for name, value in {"changed_at": clock.now(), **content}.items():
        setattr(service, name, value)
    session.flush()


def locate(session: Session, service: Service, provider: Provider, places: Sequence[Place]) -> None:
    """Let a service have exactly these places, and say in short where it is.

    One without a place of its own counts as being in its provider's country.

    Raises:
        ValueError: no place at all.
    """
    if not places:
        raise ValueError("a service is somewhere")
    locations.replace(session, service.id, places)
    on_site = [place for place in places if not place.virtual]
    service.on_site, service.remote = bool(on_site), len(on_site) < len(places)
    service.country = on_site[0].country if on_site else provider.country
    service.place = on_site[0].city if on_site else ""
    session.flush()


def verify(session: Session, service: Service, capacity: str, waiting_days: int | None, *, is_open: bool) -> None:
    """Note what a provider said today of a service: whether it goes on, and whether there is room.

    Raises:
        ValueError: not a capacity.
    """
    service.capacity, service.waiting_days, service.open = Capacity(capacity), waiting_days, is_open
    service.verified_on, service.changed_at = clock.today(), clock.now()
    session.flush()


def listed(session: Session) -> list[tuple[Service, Provider]]:
    """Every service with its provider, those that nobody made sure of for longest first."""
    query = select(Service, Provider).join(Provider, Provider.id == Service.provider_id)
    order = (Service.verified_on.asc().nulls_first(), Service.id)
    return [(service, provider) for service, provider in session.execute(query.order_by(*order))]


def public(session: Session) -> list[tuple[Service, Provider]]:
    """What anybody may see: open, not confidential, and made sure of in time."""
    return [
        (service, provider)
        for service, provider in listed(session)
        if service.public and service.open and not provider.confidential and not service.is_stale()
    ]


def find(session: Session, service_id: str) -> tuple[Service, Provider] | None:
    """The service of that id, with its provider."""
    service = session.get(Service, service_id)
    return None if service is None else (service, session.get_one(Provider, service.provider_id))


def provider(session: Session, provider_id: str) -> Provider | None:
    """The provider of that id."""
    return session.get(Provider, provider_id)


def countries(session: Session) -> list[str]:
    """The countries in which there are services."""
    return sorted(session.scalars(select(Service.country).distinct()))


_CHECKED = ("names", "needs", "layer", "capacity", "cost", "least_age", "greatest_age", "public")


def _check(provider: Provider, content: Mapping[str, Any]) -> None:
    unknown = set(content["needs"]) - set(Need)
    if unknown or not content["needs"]:
        raise ValueError(", ".join(sorted(unknown)) or "no need")
    known = content["capacity"] in tuple(Capacity) and content["cost"] in tuple(Cost)
    if not known or content["layer"] not in LAYERS:
        raise ValueError(f"{content['capacity']}, {content['cost']}, {content['layer']}")
    if not 0 <= content["least_age"] <= content["greatest_age"] <= OLDEST:
        raise ValueError(f"{content['least_age']} to {content['greatest_age']}")
    if any(not content["names"].get(language) for language in LANGUAGES):
        raise ValueError("a name in every language")
    if content["public"] and provider.confidential:
        raise ValueError("confidential")


def _sealed_contact(session: Session, provider_id: str, contact: str) -> bytes:
    return keyring(session).seal(HOUSE, _place(provider_id), contact.encode())


def _place(provider_id: str) -> str:
    return f"providers.sealed:{provider_id}"
