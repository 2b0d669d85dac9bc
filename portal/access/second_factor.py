"""The second factor: one-time codes (RFC 6238), each accepted once, or a recovery code in their place."""

import hmac
import re

import pyotp
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.access import passkeys, passphrases, recovery_codes, throttle
from portal.access.accounts import Account, totp_secret
from vault import clock
from vault.database import rows_changed
from vault.policy import in_force, law

# After so many wrong codes within a day, wherever they come from, one code is not enough any more: two that follow
# each other have to be given (RFC 4226, 7.4). Ten thousand guesses then find one of 10^12, and the owner still gets in.
_STEP_SECONDS = 30
_DIGITS = 6


def is_set_up(session: Session, account: Account) -> bool:
    """Whether the account has a second factor at all."""
    return totp_secret(session, account) is not None or passkeys.has_any(session, account.id)


def needs_two_codes(session: Session, account: Account) -> bool:
    """Whether somebody has guessed so often that only two codes in a row are accepted."""
    return throttle.counted(session, _guesses(account)) >= in_force.value(session, law.CODES_BEFORE_TWO)


def is_recovery_code(typed: str) -> bool:
    """Whether what was typed could only be a recovery code."""
    return not re.fullmatch(r"[0-9]{6}|[0-9]{12}", re.sub(r"[\s-]", "", typed))


def attempt(session: Session, account: Account, typed: str) -> bool:
    """Whether what was typed is a right code, two right codes in a row, or an unused recovery code of the account."""
    plain = re.sub(r"[\s-]", "", typed)
    if re.fullmatch(r"[0-9]{12}", plain):
        return _accept_two(session, account, plain[:_DIGITS], plain[_DIGITS:])
    if not re.fullmatch(r"[0-9]{6}", plain):
        return recovery_codes.use(session, account.id, plain)
    # Counted before it is looked at, so that a thousand at once are a thousand guesses and not one.
    right = throttle.count(session, _guesses(account)) <= in_force.value(session, law.CODES_BEFORE_TWO) and accept(
        session, account, plain
    )
    if right:
        throttle.take_back(session, _guesses(account))
    return right


def confirm(session: Session, account: Account, typed: str) -> bool:
    """Whether what was typed shows again that it is they: a code, or the passphrase where there is no second factor."""
    if is_set_up(session, account):
        return attempt(session, account, typed)
    return passphrases.fits(account.passphrase_hash, typed)


def accept(session: Session, account: Account, code: str) -> bool:
    """Whether `code` is right now, one step early or late, and newer than the last one used; then it is used up.

    Two requests with the same code cannot both pass: the step moves on in one conditional update.
    """
    secret = totp_secret(session, account)
    return secret is not None and any(
        _is_code(secret, step, code) and _use_up(session, account, step) for step in _steps()
    )


def _accept_two(session: Session, account: Account, first: str, second: str) -> bool:
    secret = totp_secret(session, account)
    return secret is not None and any(
        _is_code(secret, step - 1, first) and _is_code(secret, step, second) and _use_up(session, account, step)
        for step in _steps()
    )


def new_secret() -> str:
    """A secret for an app to be set up with: 160 bits in base 32."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether `text` is written as `new_secret` writes."""
    return re.fullmatch(r"[A-Z2-7]{32}", text) is not None


def fits_secret(secret: str, code: str) -> bool:
    """Whether `code` is one that `secret` gives now: the app was set up rightly."""
    return any(_is_code(secret, step, re.sub(r"\s", "", code)) for step in _steps())


def _steps() -> tuple[int, int, int]:
    present = int(clock.now().timestamp()) // _STEP_SECONDS
    return present - 1, present, present + 1


def _is_code(secret: str, step: int, code: str) -> bool:
    return hmac.compare_digest(pyotp.TOTP(secret).at(step * _STEP_SECONDS).encode(), code.strip().encode())


def _use_up(session: Session, account: Account, step: int) -> bool:
    used = update(Account).where(Account.id == account.id, Account.last_totp_step < step)
    return rows_changed(session, used.values(last_totp_step=step)) == 1


def _guesses(account: Account) -> str:
    return f"guesses:{account.decoy_of or account.id}"
