"""Classes of recipients and their rules, as data: shipped with the portal, changed by an organisation."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent import rules
from consent.ledger.revisions import as_known, open_moment
from consent.ledger.scopes import LANGUAGES, RecipientClass
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Id, Json


class UnknownClass(Exception):
    """No rule is shipped for that class: nothing is disclosed to it through the register."""


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What holds for every recipient of a class.

    `identity` is the least that a copy must be (pseudonymised for all but the ICC, as shipped), except for
    `except_recipients`; `terms` go on the certificate; `notice` is the wording after a withdrawal, per language.
    """

    recipient_class: str
    scope: str
    identity: str
    except_recipients: tuple[str, ...]
    terms: tuple[str, ...]
    notice: Mapping[str, str]

    def identity_for(self, recipient: str, demanded: str | None) -> str | None:
        """The obligation on a copy for `recipient`, where consent demands `demanded`: the strictest of both."""
        own = None if recipient in self.except_recipients else self.identity
        return rules.strictest((own, demanded))


class ClassRuleRow(Base):
    """A class's rule as an organisation changed it, from one revision to another."""

    __tablename__ = "class_rules"
    __table_args__ = (Index("ix_class_rules_class", "recipient_class", "from_revision"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=clear(Clear.NUMBER))
    recipient_class: Mapped[RecipientClass] = mapped_column(String(20))
    content: Mapped[dict[str, Any]] = mapped_column(Json, info=clear(Clear.PUBLISHED))
    changed_by: Mapped[str] = mapped_column(Id)
    from_revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    to_revision: Mapped[int | None] = mapped_column(info=clear(Clear.NUMBER))


@cache
def shipped() -> Mapping[str, Any]:
    """The classes and legal instruments that come with the portal."""
    return tomllib.loads((resources.files("consent") / "catalogue" / "disclosure.toml").read_text(encoding="utf-8"))


def all_rules(session: Session) -> dict[str, ClassRule]:
    """The rule of every class as it stands, in the order in which they are shipped."""
    changed = {
        row.recipient_class: row.content
        for row in session.scalars(select(ClassRuleRow).where(as_known(ClassRuleRow, None)))
    }
    return {key: _rule(key, each | changed.get(key, {})) for key, each in shipped()["classes"].items()}


def rule(session: Session, recipient_class: str) -> ClassRule:
    """The rule of a class.

    Raises:
        UnknownClass: nothing goes to such recipients through the register.
    """
    found = all_rules(session).get(recipient_class)
    if found is None:
        raise UnknownClass(recipient_class)
    return found


def change(
    session: Session,
    recipient_class: str,
    *,
    identity: str,
    except_recipients: list[str],
    terms: list[str],
    notice: Mapping[str, str],
    changed_by: str,
) -> None:
    """Change a class's rule from this revision on; what was released before keeps what it was released under.

    Raises:
        UnknownClass: no such class.
        ValueError: an unknown identity, or a language without its wording.
    """
    rule(session, recipient_class)
    if identity not in rules.IDENTITIES or not all(notice.get(language) for language in LANGUAGES):
        raise ValueError(recipient_class)
    moment = open_moment(session)
    standing = (ClassRuleRow.recipient_class == recipient_class) & ClassRuleRow.to_revision.is_(None)
    session.execute(update(ClassRuleRow).where(standing).values(to_revision=moment.revision))
    session.add(
        ClassRuleRow(
            recipient_class=recipient_class,
            content={
                "identity": identity,
                "except_recipients": except_recipients,
                "terms": terms,
                "notice": dict(notice),
            },
            changed_by=changed_by,
            from_revision=moment.revision,
            to_revision=None,
        )
    )
    session.flush()


def _rule(key: str, content: Mapping[str, Any]) -> ClassRule:
    return ClassRule(
        recipient_class=key,
        scope=content["scope"],
        identity=content["identity"],
        except_recipients=tuple(content.get("except_recipients", ())),
        terms=tuple(content.get("terms", ())),
        notice=content["notice"],
    )
