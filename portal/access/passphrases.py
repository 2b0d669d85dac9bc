"""Passphrases: how they are kept (Argon2id), and which ones staff may choose."""

import re
import secrets
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST, LONGEST = 12, 200
_TOLD_APART = 5
# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class TooShort(Exception):
    """Fewer than `SHORTEST` characters."""


class TooCommon(Exception):
    """Among the passphrases that everybody tries first, or made of what everybody knows of the account."""


def normalised(passphrase: str) -> str:
    """A passphrase with single spaces, as words read from paper are typed."""
    return " ".join(passphrase.split())


def digest(passphrase: str) -> str:
    """What is kept of a passphrase."""
    return _hasher.hash(normalised(passphrase))


def fits(kept: str | None, passphrase: str) -> bool:
    """Whether `passphrase` is the one that `kept` was made from; takes as long where there is nothing kept."""
    try:
        _hasher.verify(kept if kept is not None else _nobodys(), normalised(passphrase))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))


def check(passphrase: str, known_of_them: Iterable[str] = ()) -> None:
    """Whether staff may choose `passphrase`: long enough, uncommon, and not what is `known_of_them` (ASVS 6.2).

    Any characters may be used and none have to be.

    Raises:
        TooShort: fewer than twelve characters.
        TooCommon: on the list of common passwords, with or without what is put around one, or known of the person.
    """
    text = normalised(passphrase)
    if len(text) < SHORTEST:
        raise TooShort
    plain = text.casefold()
    letters = re.sub(r"[\W\d_]+", "", plain)
    told = {part for known in known_of_them for part in re.split(r"[\W_]+", known.casefold()) if len(part) > 2}
    left = letters
    for part in sorted(told, key=len, reverse=True):
        left = left.replace(part, "")
    unspaced = plain.replace(" ", "")
    repeated = re.fullmatch(r"(.+?)\1+", unspaced)
    bare = {plain, plain.strip("0123456789!?.*#$ "), letters, unspaced, repeated[1] if repeated else plain}
    if bare & _common() or (told and len(left) < _TOLD_APART < len(letters)) or len(set(plain)) < _TOLD_APART:
        raise TooCommon


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])
