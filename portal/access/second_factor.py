"""The second factor: time-based one-time codes (RFC 6238), each accepted once."""

import hmac

import pyotp
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.access.accounts import Account, totp_secret
from vault import clock
from vault.database import rows_changed

_STEP_SECONDS = 30


def accept(session: Session, account: Account, code: str) -> bool:
    """Whether `code` is right now, one step early or late, and newer than the last one used; then it is used up.

    Two requests with the same code cannot both pass: the step moves on in one conditional update.
    """
    secret = totp_secret(session, account)
    if secret is None:
        return False
    totp = pyotp.TOTP(secret)
    present = int(clock.now().timestamp()) // _STEP_SECONDS
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(totp.at(step * _STEP_SECONDS), code.strip().replace(" ", "")):
            used = update(Account).where(Account.id == account.id, Account.last_totp_step < step)
            return rows_changed(session, used.values(last_totp_step=step)) == 1
    return False
