"""Drafts of forms: what somebody typed and did not get sent, sealed, shown to the account that typed it alone."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.frame import repeats
from vault import clock
from vault.columns import Blind, Owner, blind, sealed_to
from vault.database import Base, insert, keyring, new_id
from vault.keys import HOUSE
from vault.policy import in_force, law
from vault.types import Id, Instant

# A page cannot send more at once.
_LARGEST = 2 * 1024 * 1024

Fields = tuple[tuple[str, str], ...]


class FormDraft(Base):
    """What an account has typed into one form and not sent; at most one for each form."""

    __tablename__ = "form_drafts"
    __table_args__ = (UniqueConstraint("account_id", "place"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    place: Mapped[str] = mapped_column(String(64), info=blind(Blind.KEYED))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))
    is_cut_off: Mapped[bool]
    kept_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: into which form of which page (paths of this site), and its fields in their order."""

    page: str
    action: str
    form: str
    fields: Fields

    @property
    def texts(self) -> list[str]:
        """What can be read in it: everything of some length."""
        return [value for _name, value in self.fields if len(value) > 20]


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as its account sees it. It is cut off where it was sent, and the session had ended."""

    id: str
    typed: Typed
    is_cut_off: bool
    kept_at: datetime


def keep(session: Session, account_id: str, typed: Typed, *, is_cut_off: bool = False) -> None:
    """Keep what was typed in place of what was kept of the same form before.

    Nothing is kept where that form has been sent meanwhile, or it is more than a page can send.
    """
    content = json.dumps([typed.page, typed.action, typed.form, typed.fields], ensure_ascii=False).encode()
    place = _place(session, typed.action, typed.form)
    if len(content) > _LARGEST or repeats.is_closed(session, place):
        return
    draft_id = _id_at(session, account_id, place) or new_id()
    kept = {
        "sealed": keyring(session).seal(HOUSE, f"form_drafts.sealed:{draft_id}", content),
        "is_cut_off": is_cut_off,
        "kept_at": clock.now(),
    }
    statement = insert(session)(FormDraft).values(id=draft_id, account_id=account_id, place=place, **kept)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=kept))


def of_account(session: Session, account_id: str) -> list[Draft]:
    """The drafts of an account, latest first."""
    rows = session.scalars(
        select(FormDraft).where(FormDraft.account_id == account_id).order_by(FormDraft.kept_at.desc())
    )
    return [_opened(session, row) for row in rows]


def find(session: Session, account_id: str, draft_id: str) -> Draft | None:
    """A draft of an account; None where there is none, or it is another's."""
    row = session.scalar(select(FormDraft).where(FormDraft.id == draft_id, FormDraft.account_id == account_id))
    return None if row is None else _opened(session, row)


def cut_off(session: Session, account_id: str, since: datetime) -> str | None:
    """The id of the latest draft of an account that was cut off since a moment."""
    cut = select(FormDraft.id).where(FormDraft.account_id == account_id, FormDraft.is_cut_off)
    return session.scalar(cut.where(FormDraft.kept_at >= since).order_by(FormDraft.kept_at.desc()).limit(1))


def drop(session: Session, account_id: str, draft_id: str) -> None:
    """Forget a draft of an account."""
    session.execute(delete(FormDraft).where(FormDraft.id == draft_id, FormDraft.account_id == account_id))


def drop_sent(session: Session, account_id: str, action: str, form: str) -> None:
    """Forget what was kept of a form that has been sent now; what its page still sends by itself comes too late."""
    place = _place(session, action, form)
    repeats.close(session, place)
    session.execute(delete(FormDraft).where(FormDraft.account_id == account_id, FormDraft.place == place))


def drop_all(session: Session, account_id: str) -> None:
    """Forget every draft of an account."""
    session.execute(delete(FormDraft).where(FormDraft.account_id == account_id))


def drop_naming(session: Session, names: Iterable[str]) -> None:
    """Forget every draft of a form that belongs to somebody or something with one of `names` (a code, a number).

    For who is erased: what staff began to write of them goes with them.
    """
    wanted = set(names)
    for row in session.scalars(select(FormDraft)):
        typed = _opened(session, row).typed
        if wanted & {*urlsplit(typed.page).path.split("/"), *urlsplit(typed.action).path.split("/")}:
            session.delete(row)
    session.flush()


def sweep(session: Session) -> None:
    """Forget drafts that nobody came back to."""
    session.execute(delete(FormDraft).where(FormDraft.kept_at < clock.now() - in_force.value(session, law.DRAFT_KEPT)))


def _id_at(session: Session, account_id: str, place: str) -> str | None:
    return session.scalar(select(FormDraft.id).where(FormDraft.account_id == account_id, FormDraft.place == place))


def _place(session: Session, action: str, form: str) -> str:
    return keyring(session).blind_index("form_drafts.place", f"{action}\0{form}")


def _opened(session: Session, row: FormDraft) -> Draft:
    content: Any = json.loads(keyring(session).unseal(HOUSE, f"form_drafts.sealed:{row.id}", row.sealed))
    page, action, form, fields = content
    typed = Typed(page, action, form, tuple((name, value) for name, value in fields))
    return Draft(row.id, typed, row.is_cut_off, row.kept_at)
