"""Members of staff, who may have several accounts: where two people are needed, two accounts of one are not enough."""

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault.database import Base, new_id
from vault.types import Id


class StaffAccount(Base):
    """An account of a member of staff who has more than one; without a row, an account is somebody's only one."""

    __tablename__ = "staff_accounts"

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, index=True)


def same_person(session: Session, one: str | None, other: str | None) -> bool:
    """Whether two accounts are one person's; False where there is no account."""
    if one is None or other is None:
        return False
    return one == other or other in accounts_of(session, one)


def accounts_of(session: Session, account_id: str) -> set[str]:
    """All accounts of the person whose account that is, itself among them."""
    row = session.get(StaffAccount, account_id)
    if row is None:
        return {account_id}
    return set(session.scalars(select(StaffAccount.account_id).where(StaffAccount.person_id == row.person_id)))


def join(session: Session, account_id: str, with_account: str) -> None:
    """Say that two accounts are one person's, with all accounts that either has."""
    person_id = new_id()
    for each in accounts_of(session, account_id) | accounts_of(session, with_account):
        session.merge(StaffAccount(account_id=each, person_id=person_id))
    session.flush()


def part(session: Session, account_id: str) -> None:
    """Say that an account is a person's own and nobody else's."""
    row = session.get(StaffAccount, account_id)
    if row is not None:
        session.delete(row)
        session.flush()
