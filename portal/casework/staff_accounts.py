"""What becomes of a staff account, with its sessions, its open paper and the audit of it."""

from sqlalchemy.orm import Session

from portal.access import accounts, renewals, sessions
from portal.access.accounts import Account, Role
from portal.drafts import form_drafts
from vault import audit
from vault.audit import Actor


def close(session: Session, account: Account, by: Actor) -> None:
    """Let nobody in by an account any more, from this moment: its sessions end, and so does a paper that is open.

    Days on call and cases that rest on it are a gap that the coordinator reads at once. Closing it twice changes
    nothing of the first time.
    """
    if account.disabled_at is None:
        accounts.disable(session, account)
    sessions.end_all(session, account.id)
    renewals.end_open(session, account.id)
    form_drafts.drop_all(session, account.id)
    audit.record(session, by, "account.disable", target=account.id)


def reopen(session: Session, account: Account, by: Actor) -> None:
    """Open a closed account again; who owns it signs in as before."""
    accounts.enable(session, account)
    audit.record(session, by, "account.enable", target=account.id)


def change_role(session: Session, account: Account, role: Role, by: Actor) -> None:
    """Give an account another role; every session of it ends with the old one."""
    accounts.change_role(session, account, role)
    sessions.end_all(session, account.id)
    form_drafts.drop_all(session, account.id)
    audit.record(session, by, f"account.role.{role.value}", target=account.id)
