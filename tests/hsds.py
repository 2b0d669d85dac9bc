"""The published HSDS schemas where they are at hand, services at random, and the directory as plain values."""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import delete
from sqlalchemy.orm import Session

from consent.ledger.scopes import LANGUAGES
from mhpss.services import directory, locations, verification
from mhpss.services.directory import Provider, Service
from mhpss.services.locations import Hours, Location, Opening, Place
from vault import clock
from vault.database import new_id

# HSDS_SCHEMAS names another folder with the published schemas.
SCHEMAS = Path(os.environ.get("HSDS_SCHEMAS", Path(__file__).parents[2] / "shared" / "reference" / "hsds"))
published = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the published schemas are not here")
formats = FormatChecker()


@formats.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


@formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(clock.parse_instant(value))


def validator(name: str) -> Draft202012Validator:
    """What checks a document against a published schema, formats included."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=formats)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30).filter(
    lambda text: text.strip()
)
texts = st.dictionaries(st.sampled_from(LANGUAGES), words)
hours = st.lists(
    st.builds(
        Opening,
        st.integers(0, 6),
        st.sampled_from(["08:00", "09:30", "13:00"]),
        st.sampled_from(["13:30", "18:00", "24:00"]),
    ),
    max_size=5,
    unique_by=lambda each: (each.weekday, each.opens_at),
).map(lambda found: tuple(sorted(found)))
on_site = st.builds(
    Place,
    id=st.builds(new_id),
    name=st.just("") | words,
    street=words,
    city=words,
    region=st.just("") | words,
    postal_code=st.sampled_from(["", "01100"]),
    country=st.sampled_from(["LT", "PL", "DE"]),
    hours=hours,
)
virtual = st.builds(
    Place,
    id=st.builds(new_id),
    virtual=st.just(True),
    url=st.sampled_from(["", "https://example.org/room"]),
    hours=hours,
)
contents = st.fixed_dictionaries(
    {
        "names": st.fixed_dictionaries(dict.fromkeys(LANGUAGES, words)),
        "about": texts,
        "fees": texts,
        "needs": st.lists(st.sampled_from(tuple(directory.Need)), min_size=1, max_size=4, unique=True),
        "layer": st.sampled_from(directory.LAYERS),
        "languages": st.lists(st.sampled_from(["be", "ru", "en", "uk"]), unique=True, max_size=3),
        "genders": st.lists(st.sampled_from(tuple(directory.Gender)), unique=True),
        "least_age": st.integers(0, 60),
        "greatest_age": st.integers(60, 120),
        "phone": st.sampled_from(["", "+370 600 00000"]),
        "email": st.sampled_from(["", "help@example.org"]),
        "url": st.sampled_from(["", "https://example.org/help"]),
        "cost": st.sampled_from(tuple(directory.Cost)),
        "accessible": st.booleans(),
        "capacity": st.sampled_from(tuple(directory.Capacity)),
        "waiting_days": st.none() | st.integers(0, 3650),
        "public": st.booleans(),
        "open": st.booleans(),
        "verified_on": st.none() | st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    }
)
entries = st.tuples(contents, st.lists(on_site | virtual, min_size=1, max_size=3))
providers = st.tuples(
    words, st.sampled_from(["LT", "PL"]), texts, st.booleans(), st.lists(entries, min_size=1, max_size=2)
)
directories = st.lists(providers, max_size=3)


def fill(session: Session, drawn: list[Any]) -> None:
    """Enter a drawn directory."""
    until = clock.now().date() + timedelta(days=30)
    for name, country, about, confidential, services in drawn:
        provider = directory.enter_provider(
            session, name, country, "sealed contact", confidential=confidential, agreement_until=until, about=about
        )
        for content, places in services:
            shown = {**content, "public": content["public"] and not confidential, "changed_at": clock.now()}
            directory.add_service(session, provider, new_id(), places, **shown)


def empty(session: Session) -> None:
    """Take the whole directory away."""
    for table in (Hours, Location, verification.Attempt, Service, Provider):
        session.execute(delete(table))
    session.expunge_all()


def snapshot(session: Session) -> dict[str, Any]:
    """The directory as plain values, but for contacts and agreements."""
    found = directory.listed(session)
    places = locations.of(session, [service.id for service, _provider in found])
    kept = ("sealed", "agreement_until", "changed_at")
    return {
        service.id: (
            {column.name: getattr(service, column.name) for column in Service.__table__.columns},
            {
                column.name: getattr(provider, column.name)
                for column in Provider.__table__.columns
                if column.name not in kept
            },
            places[service.id],
        )
        for service, provider in found
    }
