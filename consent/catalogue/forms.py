"""Consent forms: versioned, and immutable once published, with a digest of exactly what was shown."""

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import open_moment
from consent.ledger.scopes import LANGUAGES, Scope, catalogue
from vault.canonical import canonical
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Instant, Json


class FormVersion(Base):
    """One published version. `content` holds, per language, the form's, the groups' and the scopes' full text."""

    __tablename__ = "form_versions"

    id: Mapped[str] = mapped_column(String(60), primary_key=True, info=clear(Clear.CATALOGUE))
    number: Mapped[int] = mapped_column(unique=True, info=clear(Clear.NUMBER))
    content: Mapped[dict[str, Any]] = mapped_column(Json, info=clear(Clear.PUBLISHED))
    digest: Mapped[str] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))
    published_at: Mapped[datetime] = mapped_column(Instant)

    def text(self, language: str, scope: str) -> dict[str, str]:
        """What the person read about a scope; empty where this version does not have it."""
        found: dict[str, str] = self.content[language]["scopes"].get(scope, {})
        return found

    def group_text(self, language: str, group: str) -> dict[str, str]:
        """What the person read about a group."""
        found: dict[str, str] = self.content[language]["groups"].get(group, {})
        return found

    def introduction(self, language: str) -> dict[str, Any]:
        """Title, introduction, the warning about other countries and the comprehension questions."""
        found: dict[str, Any] = self.content[language]["form"]
        return found

    def text_digest(self, language: str, scope: str) -> str:
        """SHA-256 of exactly what was shown about a scope in a language."""
        return hashlib.sha256(canonical(self.text(language, scope))).hexdigest()


def shipped_texts() -> dict[str, dict[str, Any]]:
    """The texts that come with the portal, per language."""
    folder = resources.files("consent") / "catalogue"
    return {
        language: tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8")) for language in LANGUAGES
    }


def publish(session: Session, texts: Mapping[str, Mapping[str, Any]]) -> FormVersion:
    """Publish the next version of the form. Versions already published, and what people said to them, stay."""
    moment = open_moment(session)
    last = session.scalar(select(FormVersion.number).order_by(FormVersion.number.desc()).limit(1)) or 0
    content = {language: dict(texts[language]) for language in LANGUAGES}
    version = FormVersion(
        id=f"form-{last + 1}",
        number=last + 1,
        content=content,
        digest=hashlib.sha256(canonical(content)).hexdigest(),
        published_at=moment.recorded_at,
    )
    session.add(version)
    session.flush()
    return version


def current(session: Session) -> FormVersion:
    """The version that is read today."""
    return session.scalars(select(FormVersion).order_by(FormVersion.number.desc()).limit(1)).one()


def version(session: Session, version_id: str) -> FormVersion:
    """A published version."""
    return session.get_one(FormVersion, version_id)


# What the catalogue ships with (spec/10): group, key, classes, for one partner only, recipients outside the EEA.
SHIPPED_SCOPES: tuple[tuple[str, str, tuple[str, ...], bool, bool], ...] = (
    ("keep", "record.interview", ("partner",), True, False),
    ("keep", "store.evidence", ("consortium",), False, False),
    ("keep", "retain.archive", ("archive",), False, False),
    ("work", "analyse.evidence", ("consortium",), False, False),
    ("work", "share.partner", ("partner",), False, True),
    ("work", "train.anonymous", ("partner",), False, False),
    ("accountability", "share.prosecutor", ("prosecution",), False, True),
    ("accountability", "share.icc", ("icc",), False, False),
    ("accountability", "share.un", ("un",), False, True),
    ("accountability", "share.osce", ("osce",), False, False),
    ("accountability", "share.lawyer", ("counsel",), False, True),
    ("accountability", "share.sanctions", ("sanctions",), False, True),
    ("accountability", "share.successor", ("successor",), False, True),
    ("contact", "contact.followup", ("partner",), True, False),
    ("contact", "contact.authority", ("prosecution", "icc", "un", "osce", "successor"), False, True),
    ("voice", "publish.anonymous", ("public",), False, False),
    ("voice", "publish.named", ("public",), False, True),
    ("support", "mhpss.case", ("partner",), True, False),
    ("support", "mhpss.refer", ("provider",), False, False),
    ("support", "mhpss.report", ("counsel",), False, False),
    ("support", "mhpss.outcomes", ("consortium", "donor"), False, False),
)


def ship(session: Session) -> FormVersion:
    """Enter the shipped catalogue and publish its first form."""
    texts = shipped_texts()
    if set(catalogue(session)):
        return current(session)
    revision = open_moment(session).revision
    for position, (group, key, classes, one_partner, outside_eea) in enumerate(SHIPPED_SCOPES):
        session.add(
            Scope(
                key=key,
                group=group,
                position=position,
                classes=list(classes),
                one_partner=one_partner,
                outside_eea=outside_eea,
                texts={language: texts[language]["scopes"][key] for language in LANGUAGES},
                from_revision=revision,
                to_revision=None,
            )
        )
    session.flush()
    return publish(session, texts)
