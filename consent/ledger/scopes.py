"""The catalogue of scopes: what a person can say yes, no or "ask me first" to. Versioned by revision."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import Revision, as_known
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Json

LANGUAGES = ("be", "ru", "en")
# What the storage of the data itself rests on: where these are withdrawn, nothing else carries it (GDPR Art. 17(1)(b)).
STORAGE_SCOPES = frozenset({"record.interview", "store.evidence"})


class RecipientClass(StrEnum):
    """Whom a scope lets receive something."""

    PARTNER = "partner"
    CONSORTIUM = "consortium"
    PROSECUTION = "prosecution"
    ICC = "icc"
    UN = "un"
    OSCE = "osce"
    COUNSEL = "counsel"
    SANCTIONS = "sanctions"
    SUCCESSOR = "successor"
    PROVIDER = "provider"
    DONOR = "donor"
    ARCHIVE = "archive"
    PUBLIC = "public"


class ScopeGroup(StrEnum):
    """The parts of a consent form."""

    KEEP = "keep"
    WORK = "work"
    ACCOUNTABILITY = "accountability"
    CONTACT = "contact"
    VOICE = "voice"
    SUPPORT = "support"


class UnknownScope(Exception):
    """A key that the catalogue lacks."""


class Scope(Base):
    """A purpose for a class of recipients, as it stands from one revision to another.

    `one_partner` marks a scope that is for the organisation that documents the person and no other partner.
    `texts` holds, per language, title, neutral_title, explanation, risk, refusal and withdrawal.
    """

    __tablename__ = "scopes"
    __table_args__ = (Index("ix_scopes_key", "key", "from_revision"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=clear(Clear.NUMBER))
    key: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    group: Mapped[ScopeGroup] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    classes: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CODE))
    one_partner: Mapped[bool]
    outside_eea: Mapped[bool]
    texts: Mapped[dict[str, Any]] = mapped_column(Json, info=clear(Clear.PUBLISHED))
    from_revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    to_revision: Mapped[int | None] = mapped_column(info=clear(Clear.NUMBER))


def catalogue(session: Session, known_at: Revision | None = None) -> Mapping[str, Scope]:
    """The scopes by key in their order, as known at a revision (None: now)."""
    rows = session.scalars(select(Scope).where(as_known(Scope, known_at)).order_by(Scope.position))
    return {scope.key: scope for scope in rows}


def in_groups(session: Session) -> dict[str, list[Scope]]:
    """The present scopes under their groups, in the order of the conversation."""
    groups: dict[str, list[Scope]] = {group: [] for group in ScopeGroup}
    for scope in catalogue(session).values():
        groups.setdefault(scope.group, []).append(scope)
    return {group: scopes for group, scopes in groups.items() if scopes}
