"""Which signing keys may be believed, and for how long: the chain of statements that starts at a pinned key."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vault import clock
from vault.notes import BadNote, Signer, Verifier, signer_of

_HEADING = "zhoda/key/v1"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key that may be believed for what was signed from one moment to another."""

    verifier: Verifier
    since: datetime
    until: datetime

    def covers(self, moment: datetime) -> bool:
        """Whether what was signed at `moment` may be believed."""
        return self.since <= moment <= self.until


def vouch(voucher: Signer, key: TrustedKey) -> str:
    """The statement in which `voucher` says from when to when `key` signs."""
    lines = (_HEADING, str(key.verifier), clock.rfc3339(key.since), clock.rfc3339(key.until))
    return voucher.sign("".join(f"{line}\n" for line in lines))


def trusted(pinned: Verifier, statements: Iterable[str]) -> dict[bytes, TrustedKey]:
    """By key id, the keys that the owner of `pinned` vouches for, itself included; others are passed over."""
    known: dict[bytes, TrustedKey] = {}
    for statement in statements:
        try:
            voucher_id = signer_of(statement)
            voucher = known[voucher_id].verifier if voucher_id in known else pinned
            key = _stated(voucher.open(statement))
        except (BadNote, ValueError):
            continue
        vouched = voucher_id in known and known[voucher_id].covers(key.since)
        if key.verifier.name == pinned.name and (vouched or key.verifier == pinned):
            known[key.verifier.key_id] = key
    return known


def _stated(text: str) -> TrustedKey:
    heading, verifier, since, until = text.splitlines()
    if heading != _HEADING:
        raise BadNote("not the statement of a key")
    return TrustedKey(Verifier.parse(verifier), clock.parse_instant(since), clock.parse_instant(until))
