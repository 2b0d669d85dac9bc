"""Legal instruments under which assistance is asked for, as data: shipped, and added to by an organisation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue.classes import shipped
from vault import clock
from vault.columns import Clear, clear
from vault.database import Base
from vault.refusals import Refused
from vault.types import Id, Instant, Json


class UnknownInstrument(Exception):
    """A key that is neither shipped nor entered."""


class InstrumentTaken(Refused):
    """There is an instrument of that key already."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A legal instrument; one that `compels` opens the route of compelled disclosure."""

    key: str
    names: Mapping[str, str]
    compels: bool


class InstrumentRow(Base):
    """An instrument that an organisation entered."""

    __tablename__ = "legal_instruments"

    key: Mapped[str] = mapped_column(String(40), primary_key=True, info=clear(Clear.CATALOGUE))
    names: Mapped[dict[str, Any]] = mapped_column(Json, info=clear(Clear.PUBLISHED))
    compels: Mapped[bool]
    entered_by: Mapped[str] = mapped_column(Id)
    entered_at: Mapped[datetime] = mapped_column(Instant)


def listed(session: Session) -> dict[str, Instrument]:
    """All instruments by key: those shipped, then those entered."""
    known = {
        key: Instrument(key, each["names"], each.get("compels", False))
        for key, each in shipped()["instruments"].items()
    }
    rows = session.scalars(select(InstrumentRow).order_by(InstrumentRow.entered_at))
    return known | {row.key: Instrument(row.key, row.names, row.compels) for row in rows}


def instrument(session: Session, key: str) -> Instrument:
    """The instrument of that key.

    Raises:
        UnknownInstrument: there is none.
    """
    found = listed(session).get(key)
    if found is None:
        raise UnknownInstrument(key)
    return found


def enter(session: Session, key: str, names: Mapping[str, str], *, compels: bool, entered_by: str) -> Instrument:
    """Add an instrument.

    Raises:
        InstrumentTaken: the key is in use.
    """
    if key in listed(session):
        raise InstrumentTaken(key)
    session.add(
        InstrumentRow(key=key, names=dict(names), compels=compels, entered_by=entered_by, entered_at=clock.now())
    )
    session.flush()
    return Instrument(key, names, compels)
