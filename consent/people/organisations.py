"""The partners: organisations that decide why and how data are processed (GDPR Art. 4(7), 26)."""

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.columns import Clear, clear
from vault.database import Base


class Organisation(Base):
    """A partner of the consortium; `country` is the ISO 3166 code of its establishment.

    `zone` is where its days and hours are (`zones.of_partner`); None: its country's.
    """

    __tablename__ = "organisations"

    key: Mapped[str] = mapped_column(String(40), primary_key=True, info=clear(Clear.CATALOGUE))
    name: Mapped[str] = mapped_column(String(200), info=clear(Clear.PUBLISHED))
    country: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    zone: Mapped[str | None] = mapped_column(String(40), info=clear(Clear.CODE))


def listed(session: Session) -> list[Organisation]:
    """All partners, by key."""
    return list(session.scalars(select(Organisation).order_by(Organisation.key)))
