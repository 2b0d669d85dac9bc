"""Records of processing (GDPR Art. 30) and the yearly statistics, both made from what is really there."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.catalogue import recipients
from consent.ledger import scopes, stores
from consent.ledger.scopes import ScopeGroup
from consent.people import organisations
from consent.rights import retention
from consent.rights.requests import RightsRequest

_EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Processing:
    """One processing activity, as Art. 30(1) asks for it."""

    purpose: str
    title: str
    controllers: tuple[str, ...]
    people: str
    basis: str
    recipients: tuple[str, ...]
    third_countries: tuple[str, ...]
    stores: tuple[str, ...]
    retention: str
    security: str


def of_processing(session: Session, language: str) -> list[Processing]:
    """The record of every purpose of the catalogue, from the present scopes, stores and recipients."""
    directory = recipients.directory(session).values()
    controllers = tuple(each.name for each in organisations.listed(session))
    rules = {rule.key: rule for rule in retention.rules()}
    records = []
    for scope in scopes.catalogue(session).values():
        possible = [each for each in directory if each.recipient_class in scope.classes]
        rule = rules["support" if scope.group == ScopeGroup.SUPPORT else "interview"]
        countries = {each.country for each in possible if each.country}
        records.append(
            Processing(
                purpose=scope.key,
                title=scope.texts[language]["title"],
                controllers=controllers,
                people="survivors, witnesses, people in their files",
                basis="GDPR 9(2)(h)" if scope.key == "mhpss.case" else "GDPR 6(1)(a), 9(2)(a)",
                recipients=tuple(sorted(each.key for each in possible)),
                third_countries=tuple(sorted(countries - _EEA)),
                stores=tuple(store.name for store in stores.listed(session) if scope.key in store.scopes),
                retention=f"{rule.years} years, then a review",
                security="sealed under a key per person, kept apart; every reading audited",
            )
        )
    return records


@dataclass(frozen=True, slots=True)
class Year:
    """What the authority may ask for of one year."""

    year: int
    received: dict[str, int]
    outcomes: dict[str, int]
    late: int
    extended: int
    days_median: float | None


def of_year(session: Session, year: int) -> Year:
    """The requests received in a year: how many by right, how they ended, how many late, and how long they took."""
    begins, ends = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    query = select(RightsRequest).where(RightsRequest.received_at >= begins, RightsRequest.received_at < ends)
    found = list(session.scalars(query))
    answered = [each for each in found if each.answered_at is not None]
    took = [(each.answered_at - each.received_at).total_seconds() / 86400 for each in answered if each.answered_at]
    return Year(
        year=year,
        received=dict(Counter(each.right for each in found)),
        outcomes=dict(Counter(each.outcome or each.state for each in found)),
        late=sum(each.answered_at.date() > each.due_on for each in answered if each.answered_at),
        extended=sum(each.extended for each in found),
        days_median=round(median(took), 1) if took else None,
    )
