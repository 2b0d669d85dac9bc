"""The directory of providers and their services: what help there is, when that was last made sure, and what is free."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.scopes import LANGUAGES
from vault import clock
from vault.database import Base, keyring, new_id
from vault.keys import HOUSE
from vault.types import Instant, Json

STALE_AFTER = timedelta(days=90)
NEEDS = (
    "mental_health",
    "psychological",
    "psychosocial",
    "protection",
    "tracing",
    "legal",
    "education",
    "shelter",
    "material",
    "nutrition",
    "livelihood",
    "financial",
    "physical_health",
    "rehabilitation",
    "other",
)
CAPACITIES = ("free", "waiting_list", "full", "unknown")
COSTS = ("free", "paid")
GENDERS = ("woman", "man")


class Provider(Base):
    """Somebody who helps. How a referral reaches them is sealed; a confidential one is never on a public page."""

    __tablename__ = "providers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    confidential: Mapped[bool]
    agreement_until: Mapped[date | None] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Service(Base):
    """What a provider does for people. `names` and `about` are by language; `waiting_days` as the provider says."""

    __tablename__ = "services"
    __table_args__ = (CheckConstraint("layer BETWEEN 1 AND 4", name="layer"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("providers.id"), index=True)
    names: Mapped[dict[str, str]] = mapped_column(Json)
    about: Mapped[dict[str, str]] = mapped_column(Json)
    needs: Mapped[list[str]] = mapped_column(Json)
    layer: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(Json)
    country: Mapped[str] = mapped_column(String(2))
    place: Mapped[str] = mapped_column(String(80))
    remote: Mapped[bool]
    genders: Mapped[list[str]] = mapped_column(Json)
    least_age: Mapped[int]
    greatest_age: Mapped[int]
    cost: Mapped[str] = mapped_column(String(8))
    accessible: Mapped[bool]
    capacity: Mapped[str] = mapped_column(String(14))
    waiting_days: Mapped[int | None]
    public: Mapped[bool]
    open: Mapped[bool]
    verified_on: Mapped[date] = mapped_column(Date)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    def is_stale(self) -> bool:
        """Whether nobody has made sure of the entry for more than 90 days."""
        return clock.now().date() - self.verified_on > STALE_AFTER


def enter_provider(
    session: Session, name: str, country: str, contact: str, *, confidential: bool, agreement_until: date | None
) -> Provider:
    """Enter a provider with the contact for referrals."""
    provider_id = new_id()
    provider = Provider(
        id=provider_id,
        name=name,
        country=country,
        confidential=confidential,
        agreement_until=agreement_until,
        sealed=keyring(session).seal(HOUSE, _place(provider_id), contact.encode()),
    )
    session.add(provider)
    session.flush()
    return provider


def contact_of(session: Session, provider: Provider) -> str:
    """How a referral reaches a provider."""
    return keyring(session).unseal(HOUSE, _place(provider.id), provider.sealed).decode()


def enter_service(session: Session, provider: Provider, **content: Any) -> Service:
    """Enter a service of a provider, made sure of today.

    Raises:
        ValueError: a need, capacity or cost that is none, a name missing in a language, or a confidential
            provider's service on the public page.
    """
    unknown = set(content["needs"]) - set(NEEDS)
    if unknown or content["capacity"] not in CAPACITIES or content["cost"] not in COSTS:
        raise ValueError(", ".join(sorted(unknown)) or content["capacity"])
    if any(not content["names"].get(language) for language in LANGUAGES):
        raise ValueError("a name in every language")
    if content["public"] and provider.confidential:
        raise ValueError("confidential")
    service = Service(
        id=new_id(),
        provider_id=provider.id,
        open=True,
        verified_on=clock.now().date(),
        changed_at=clock.now(),
        **content,
    )
    session.add(service)
    session.flush()
    return service


def verify(session: Session, service: Service, capacity: str, waiting_days: int | None, *, is_open: bool) -> None:
    """Note what a provider said today of a service: whether it goes on, and whether there is room.

    Raises:
        ValueError: not a capacity.
    """
    if capacity not in CAPACITIES:
        raise ValueError(capacity)
    service.capacity, service.waiting_days, service.open = capacity, waiting_days, is_open
    service.verified_on, service.changed_at = clock.now().date(), clock.now()
    session.flush()


def listed(session: Session) -> list[tuple[Service, Provider]]:
    """Every service with its provider, those that nobody made sure of for longest first."""
    query = select(Service, Provider).join(Provider, Provider.id == Service.provider_id)
    return [
        (service, provider) for service, provider in session.execute(query.order_by(Service.verified_on, Service.id))
    ]


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


def _place(provider_id: str) -> str:
    return f"providers.sealed:{provider_id}"
