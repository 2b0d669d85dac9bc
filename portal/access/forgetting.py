"""What goes of somebody's way in when the person is erased: accounts, their blind indexes, sessions and papers."""

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from consent.people import persons
from portal.access import accounts
from portal.access.accounts import Account
from portal.access.duress import HeldChange
from portal.access.invitations import Invitation
from portal.access.notices import KnownDevice, Notice
from portal.access.passkeys import Passkey
from portal.access.recovery_codes import RecoveryCode
from portal.access.renewals import Renewal
from portal.access.sessions import SignedInSession
from portal.outbox.messages import Message
from vault import clock

_OWNED = (SignedInSession, RecoveryCode, Passkey, Renewal, HeldChange, KnownDevice, Message, Notice)


def forget(session: Session, subject_id: str, author: str) -> list[str]:
    """Remove a person's account and its harmless side, so that nothing can be looked up by their sign-in name.

    The harmless record is erased as any other; the caller destroys the keys of the owners that are answered once this
    has committed (`persons.forget_key`), with the person's own.
    """
    session.execute(
        update(Invitation)
        .where(Invitation.subject_id == subject_id, Invitation.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    account = accounts.of_subject(session, subject_id)
    if account is None:
        return []
    other = accounts.decoy(session, account)
    gone = [each for each in (other, account) if each is not None]
    for each in gone:
        for table in _OWNED:
            owned = delete(table).where(table.account_id == each.id)
            session.execute(owned.execution_options(synchronize_session=False))
        session.execute(delete(Account).where(Account.id == each.id).execution_options(synchronize_session=False))
    if other is None or other.subject_id is None:
        return []
    persons.erase(session, other.subject_id, author)
    return [other.subject_id]
