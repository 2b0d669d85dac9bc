"""Basis records: an organisation's assessment of why it may process some people's data without their consent."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Date, Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import Revision, as_known, open_moment
from vault import staff
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Id, Json

CONSENT = "consent"


class OnePersonOnly(Exception):
    """Two different people are needed."""


class BasisRecord(Base):
    """GDPR Art. 6(1)(e) or (f), with Art. 9(2) or Art. 10 where they apply, for the scopes it names."""

    __tablename__ = "basis_records"
    __table_args__ = (Index("ix_basis_records_key", "key", "from_revision"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=clear(Clear.NUMBER))
    key: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    organisation: Mapped[str] = mapped_column(String(40), info=clear(Clear.CATALOGUE))
    articles: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CODE))
    national_law: Mapped[str] = mapped_column(String(200), info=clear(Clear.WORK))
    assessment: Mapped[str] = mapped_column(String(2000), info=clear(Clear.WORK))
    scopes: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CATALOGUE))
    review_on: Mapped[date] = mapped_column(Date)
    entered_by: Mapped[str] = mapped_column(Id)
    confirmed_by: Mapped[str] = mapped_column(Id)
    from_revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    to_revision: Mapped[int | None] = mapped_column(info=clear(Clear.NUMBER))


def enter(
    session: Session,
    key: str,
    *,
    organisation: str,
    articles: list[str],
    national_law: str,
    assessment: str,
    scopes: list[str],
    review_on: date,
    entered_by: str,
    confirmed_by: str,
) -> BasisRecord:
    """Record an assessment that two people made.

    Raises:
        OnePersonOnly: the same person entered and confirmed it, by whatever accounts.
    """
    if staff.same_person(session, entered_by, confirmed_by):
        raise OnePersonOnly(key)
    record = BasisRecord(
        key=key,
        organisation=organisation,
        articles=articles,
        national_law=national_law,
        assessment=assessment,
        scopes=scopes,
        review_on=review_on,
        entered_by=entered_by,
        confirmed_by=confirmed_by,
        from_revision=open_moment(session).revision,
        to_revision=None,
    )
    session.add(record)
    session.flush()
    return record


def covered_scopes(session: Session, known_at: Revision | None = None) -> Mapping[str, frozenset[str]]:
    """The scopes each basis covers, by key, as known at a revision (None: now). Consent covers none by itself."""
    rows: list[Any] = list(
        session.execute(select(BasisRecord.key, BasisRecord.scopes).where(as_known(BasisRecord, known_at)))
    )
    return {CONSENT: frozenset(), **{key: frozenset(scopes) for key, scopes in rows}}
