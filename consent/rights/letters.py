"""Letters: drafted from versioned templates in the person's language, edited by a person, sent once."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue.countries import countries
from consent.ledger.revisions import read_anew
from consent.people.organisations import Organisation
from consent.rights import requests
from consent.rights.requests import RightsRequest
from vault import clock
from vault.canonical import canonical
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.refusals import Refused
from vault.types import Id, Instant


class AlreadySent(Refused):
    """A letter that was sent is not changed any more."""


class RightsLetter(Base):
    """A letter about a request. Subject and text are sealed under the request's key."""

    __tablename__ = "rights_letters"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("rights_requests.id"), index=True)
    template: Mapped[str] = mapped_column(String(30), info=clear(Clear.CODE))
    template_version: Mapped[str] = mapped_column(String(12), info=clear(Clear.CODE))
    language: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.REQUEST))
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


@cache
def templates(language: str) -> dict[str, dict[str, str]]:
    """The shipped templates of a language by name, each with `subject` and `text`."""
    text = (resources.files("consent.rights") / "templates" / f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def template_version(language: str, name: str) -> str:
    """The first twelve digits of a template's digest: what version a letter was drafted from."""
    return hashlib.sha256(canonical(templates(language)[name])).hexdigest()[:12]


def draft(session: Session, request: RightsRequest, name: str, **more: str) -> RightsLetter:
    """A letter from template `name` in the person's language, with the request's own dates and remedies in it."""
    composed = compose(session, request, name, **more)
    letter = RightsLetter(
        id=new_id(),
        request_id=request.id,
        template=name,
        template_version=template_version(request.language, name),
        language=request.language,
        sealed=b"",
        drafted_at=clock.now(),
        sent_at=None,
    )
    _keep(session, letter, composed["subject"], composed["text"])
    session.add(letter)
    session.flush()
    return letter


def compose(session: Session, request: RightsRequest, name: str, **more: str) -> dict[str, str]:
    """Subject and text that a letter from template `name` has as things stand now."""
    template = templates(request.language)[name]
    filled_in = _words(session, request) | {"pausing": _pausing(request, template)} | more
    return {
        "subject": template["subject"].format(**filled_in),
        "text": template["text"].format(**filled_in).strip() + "\n",
    }


def _pausing(request: RightsRequest, template: Mapping[str, str]) -> str:
    """That the time stands still is said only where it does."""
    return "" if request.paused_on is None else template.get("pausing", "")


def _words(session: Session, request: RightsRequest) -> dict[str, str]:
    partner = session.get_one(Organisation, request.organisation)
    country = countries()[partner.country]
    language = request.language
    return {
        "reference": request.reference,
        "received": request.received_on.strftime("%d.%m.%Y"),
        "due": request.due_on.strftime("%d.%m.%Y"),
        "controller": partner.name,
        "authority": country.authority[language],
        "authority_site": country.authority_site,
        "court": country.court[language],
        "ground": request.ground or "",
        "reason": "",
        "kept": "",
        "gone_by": "",
        "file": "",
    }


def edit(session: Session, letter: RightsLetter, subject: str, text: str) -> None:
    """Replace a draft's words.

    Raises:
        AlreadySent: it was sent.
    """
    read_anew(session, letter)
    if letter.sent_at is not None:
        raise AlreadySent
    _keep(session, letter, subject, text)
    session.flush()


def send(session: Session, letter: RightsLetter, author: str) -> None:
    """Send a letter: from now on the person reads it where they follow their request.

    Raises:
        AlreadySent: it was sent.
    """
    read_anew(session, letter)
    if letter.sent_at is not None:
        raise AlreadySent
    letter.sent_at = clock.now()
    requests.note(session, session.get_one(RightsRequest, letter.request_id), f"sent_{letter.template}"[:30], author)


def discard(session: Session, letter: RightsLetter) -> None:
    """Let go of a draft.

    Raises:
        AlreadySent: it was sent.
    """
    read_anew(session, letter)
    if letter.sent_at is not None:
        raise AlreadySent
    session.delete(letter)
    session.flush()


def sent_since(session: Session, moment: datetime) -> list[tuple[str, str]]:
    """Whose request a letter is about and the letter's id, of every letter sent since a moment to somebody known."""
    query = select(RightsRequest.subject_id, RightsLetter.id).join(
        RightsRequest, RightsRequest.id == RightsLetter.request_id
    )
    sent = query.where(RightsLetter.sent_at >= moment, RightsRequest.subject_id.is_not(None))
    return [(subject_id, letter_id) for subject_id, letter_id in session.execute(sent) if subject_id]


def of_request(session: Session, request: RightsRequest, *, sent_only: bool = False) -> list[RightsLetter]:
    """The letters about a request, oldest first."""
    query = select(RightsLetter).where(RightsLetter.request_id == request.id).order_by(RightsLetter.drafted_at)
    if sent_only:
        query = query.where(RightsLetter.sent_at.is_not(None))
    return list(session.scalars(query))


def by_id(session: Session, request: RightsRequest, letter_id: str) -> RightsLetter | None:
    """That letter about a request, as it is now."""
    query = select(RightsLetter).where(RightsLetter.request_id == request.id, RightsLetter.id == letter_id)
    return session.scalar(query.execution_options(populate_existing=True))


def words(session: Session, letter: RightsLetter) -> dict[str, Any]:
    """Subject and text of a letter."""
    opened: dict[str, Any] = json.loads(
        keyring(session).unseal(letter.request_id, f"rights_letters.sealed:{letter.id}", letter.sealed)
    )
    return opened


def _keep(session: Session, letter: RightsLetter, subject: str, text: str) -> None:
    content = json.dumps({"subject": subject, "text": text}, ensure_ascii=False).encode()
    letter.sealed = keyring(session).seal(letter.request_id, f"rights_letters.sealed:{letter.id}", content)
