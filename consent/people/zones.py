"""In which zone somebody's days and hours are: what they chose, else their country's, else their partner's."""

import zoneinfo
from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.ledger.revisions import lock
from consent.people import subjects
from consent.people.organisations import Organisation
from consent.people.subjects import Enrolment, SubjectProfile
from vault import clock
from vault.database import keyring
from vault.refusals import Refused

OF_COUNTRY: Mapping[str, str] = MappingProxyType(
    {
        "BY": "Europe/Minsk",
        "DK": "Europe/Copenhagen",
        "GB": "Europe/London",
        "LT": "Europe/Vilnius",
        "NL": "Europe/Amsterdam",
        "PL": "Europe/Warsaw",
    }
)
# Of where a person lives, all that is asked is whether it is in Belarus.
_OF_PLACE: Mapping[str, str] = MappingProxyType({"belarus": OF_COUNTRY["BY"]})


class UnknownZone(Refused):
    """A name that the time zone database lacks."""

    field = "zone"


@cache
def named(name: str) -> tzinfo:
    """The zone of that name in the time zone database (Europe/Vilnius).

    Raises:
        UnknownZone: there is none.
    """
    if name not in zoneinfo.available_timezones():
        raise UnknownZone(name)
    return UTC if name == "UTC" else zoneinfo.ZoneInfo(name)


def of_partner(session: Session, key: str, otherwise: tzinfo = UTC) -> tzinfo:
    """The zone of a partner: the one set, else its country's, else `otherwise`."""
    partner = session.get(Organisation, key)
    if partner is None:
        return otherwise
    return named(partner.zone) if partner.zone else of_country(partner.country, otherwise)


def of_country(code: str, otherwise: tzinfo = UTC) -> tzinfo:
    """The zone of a country by its ISO 3166 code, where it is known here, else `otherwise`."""
    return named(OF_COUNTRY[code]) if code in OF_COUNTRY else otherwise


def keep_of_partner(session: Session, key: str, name: str | None) -> None:
    """Let the partner's zone be the one of that name from now on, or its country's.

    Raises:
        UnknownZone: there is none of that name.
    """
    session.get_one(Organisation, key).zone = _checked(name)
    session.flush()


def of_person(
    session: Session, subject_id: str, otherwise: tzinfo = UTC, safety: Mapping[str, Any] | None = None
) -> tzinfo:
    """The zone in which a person's words are read.

    The one they chose, else what was recorded with them (with `safety`, what is about to be), else their country's,
    else their partner's.
    """
    chosen = chosen_by(session, subject_id)
    return named(chosen) if chosen else without_choice(session, subject_id, otherwise, safety)


def without_choice(
    session: Session, subject_id: str, otherwise: tzinfo = UTC, safety: Mapping[str, Any] | None = None
) -> tzinfo:
    """The zone of a person who chose none."""
    if recorded := _recorded(session, subject_id, safety):
        return named(recorded)
    first = select(Enrolment.organisation).where(Enrolment.subject_id == subject_id)
    partner = session.scalar(first.order_by(Enrolment.enrolled_at, Enrolment.id).limit(1))
    return of_partner(session, partner, otherwise) if partner else otherwise


def chosen_by(session: Session, subject_id: str) -> str | None:
    """The name of the zone that a person chose."""
    kept = session.get(SubjectProfile, subject_id)
    if kept is None or kept.zone is None:
        return None
    return keyring(session).unseal(subject_id, _place(subject_id), kept.zone).decode()


def keep_of_person(session: Session, subject_id: str, name: str | None) -> None:
    """Let a person's zone be the one of that name from now on, or what was recorded of where they live.

    Raises:
        UnknownZone: there is none of that name.
    """
    lock(session)
    checked = _checked(name)
    if session.get(SubjectProfile, subject_id) is None:
        subjects.keep_profile(session, subject_id, {})
    kept = session.get_one(SubjectProfile, subject_id)
    kept.zone = keyring(session).seal(subject_id, _place(subject_id), checked.encode()) if checked else None
    kept.changed_at = clock.now()
    session.flush()


def _recorded(session: Session, subject_id: str, about_to_be: Mapping[str, Any] | None) -> str | None:
    safety = about_to_be if about_to_be is not None else subjects.profile(session, subject_id).get("safety") or {}
    return safety.get("zone") or _OF_PLACE.get(safety.get("place", ""))


def _checked(name: str | None) -> str | None:
    if name:
        named(name)
    return name or None


def _place(subject_id: str) -> str:
    return f"subject_profiles.zone:{subject_id}"
