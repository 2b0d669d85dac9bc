"""Cover: which of the staff can act in their role now, so that nothing rests on somebody who cannot come in."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access import second_factor
from portal.access.accounts import Account, Role


def able(session: Session, role: Role) -> dict[str, Account]:
    """The accounts that have `role`, are open and have a second factor to sign in with, by id."""
    held = select(Account).where(Account.role == role, Account.subject_id.is_(None), Account.disabled_at.is_(None))
    found = session.scalars(held.order_by(Account.organisation, Account.id))
    return {account.id: account for account in found if second_factor.is_set_up(session, account)}
