"""The link by which a provider without an account answers one referral: signed, for one purpose, and it ends."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from mhpss.referral import referral_table, referrals
from mhpss.referral.referral_table import Party, ReferralState, Urgency
from mhpss.referral.referrals import IDENTIFYING, Referral, SharedField
from vault import clock
from vault.database import Base, keyring, new_id
from vault.policy import in_force, law
from vault.types import Id, Instant

_SIGNED = 40
_STOPPED = frozenset(
    {
        ReferralState.WITHDRAWN,
        ReferralState.RECALLED,
        ReferralState.ENTERED_IN_ERROR,
        ReferralState.REDIRECTED,
        ReferralState.EXPIRED,
    }
)


class LinkOver(Exception):
    """The link is not ours, has ended, or another was issued since."""


class ProviderLink(Base):
    """The link of a referral that counts now; the token itself is not kept."""

    __tablename__ = "provider_links"

    referral_id: Mapped[str] = mapped_column(ForeignKey("referrals.id"), primary_key=True)
    serial: Mapped[str] = mapped_column(Id, unique=True)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a provider sees through its link: never more than the person agreed to, nor sooner than accepted.

    `told`: by field, what the person lets this provider know now. `names_later`: name and contact come with accepting.
    `ways`: the states that the provider can move it to.
    """

    number: str
    state: ReferralState
    stopped: bool
    urgency: Urgency
    due_at: datetime | None
    appointment_at: datetime | None
    told: dict[str, str]
    names_later: bool
    ways: tuple[str, ...]


def issue(session: Session, referral: Referral) -> str:
    """A new token for a referral; the one before ends.

    Raises:
        referrals.NotAllowed: it was not sent, or is over.
        referrals.NoLiveConsent: the person does not allow it.
    """
    if referral.sent_at is None or referral.state not in referral_table.open_states():
        raise referrals.NotAllowed
    if not referrals.is_allowed(session, referral):
        raise referrals.NoLiveConsent
    now = clock.now()
    link = ProviderLink(
        referral_id=referral.id,
        serial=new_id(),
        issued_at=now,
        ends_at=now + in_force.value(session, law.PROVIDER_LINK),
    )
    session.merge(link)
    session.flush()
    return link.serial + _signature(session, link.serial, referral.id)


def open_link(session: Session, token: str) -> Referral:
    """The referral that a token opens.

    Raises:
        LinkOver: forged, ended or replaced; all alike.
    """
    serial, signature = token[:32], token[32:]
    link = session.query(ProviderLink).filter(ProviderLink.serial == serial).one_or_none()
    known = "" if link is None else link.referral_id
    right = hmac.compare_digest(_signature(session, serial, known).encode(), signature.encode())
    if link is None or not right or clock.now() >= link.ends_at:
        raise LinkOver
    return session.get_one(Referral, link.referral_id)


def seen(session: Session, referral: Referral) -> Seen:
    """What the provider may see and do now; once it is over nothing of the person, and where it stopped, only that."""
    if referral.state in _STOPPED or not referrals.is_allowed(session, referral):
        return _seen(referral, stopped=True, told={}, ways=())
    if referral.state not in referral_table.open_states():
        return _seen(referral, stopped=False, told={}, ways=())
    known = referral_table.shows_identity(referral.state) or referral.ground is not None
    told = {
        name: text
        for name, text in referrals.content_of(session, referral).items()
        if name in referral.fields and (known or name not in IDENTIFYING)
    }
    ways = referral_table.ways(referral.state, Party.SERVICE, referral.state_before)
    return _seen(referral, stopped=False, told=told, ways=ways)


def _seen(referral: Referral, *, stopped: bool, told: Mapping[str, str], ways: tuple[str, ...]) -> Seen:
    return Seen(
        number=referral.number,
        state=referral.state,
        stopped=stopped,
        urgency=referral.urgency,
        due_at=None if stopped else referral.due_at,
        appointment_at=None if stopped else referral.appointment_at,
        told=dict(told),
        names_later=not stopped and SharedField.NAME in referral.fields and SharedField.NAME not in told,
        ways=ways,
    )


def _signature(session: Session, serial: str, referral_id: str) -> str:
    return keyring(session).blind_index("provider_links", f"{serial}:{referral_id}")[:_SIGNED]
