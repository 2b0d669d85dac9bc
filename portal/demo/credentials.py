"""Sign-ins of the demonstration: the same in every one, since they belong to nobody."""

from functools import cache
from importlib import resources
from random import Random

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def passphrase(language: str, whose: str) -> str:
    """Six words in a language."""
    chosen = _chance("passphrase", whose)
    return " ".join(chosen.choice(_words(language)) for _ in range(6))


def account_number(whose: str) -> str:
    """Nine digits in three groups."""
    digits = str(_chance("number", whose).randrange(100_000_000, 1_000_000_000))
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def totp_secret(whose: str) -> str:
    """The secret of a second factor."""
    return "".join(_chance("totp", whose).choices(_BASE32, k=32))


def token(store: str) -> str:
    """The token of a store."""
    return f"zs_demo_{_chance('token', store).randbytes(16).hex()}"


def _chance(kind: str, whose: str) -> Random:
    return Random(f"{kind} of {whose}")  # noqa: S311 - fictional people only: these are printed for everybody


@cache
def _words(language: str) -> tuple[str, ...]:
    return tuple((resources.files("portal.access") / "words" / f"{language}.txt").read_text("utf-8").split())
