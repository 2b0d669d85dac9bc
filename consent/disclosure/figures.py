"""Figures of the register: requests by body and month, the share that consent let go, the median time to an answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.disclosure import secrecy
from consent.disclosure.release import Release, stands
from consent.disclosure.requests import DisclosureRequest


@dataclass(frozen=True, slots=True)
class OfRecipient:
    """A recipient's requests: how many, how many answered, items asked for and let go, median days to the release."""

    recipient: str
    requests: int
    answered: int
    asked_for: int
    released: int
    median_days: int | None

    @property
    def share(self) -> int | None:
        """The share of items that consent let go, in whole per cent."""
        return round(100 * self.released / self.asked_for) if self.asked_for else None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it; `months` are (year, month) with how many requests came in."""

    recipients: tuple[OfRecipient, ...]
    months: tuple[tuple[int, int, int], ...]
    whole: OfRecipient


def figures(session: Session) -> Figures:
    """The figures, without requests that a duty of secrecy holds back."""
    query = (
        select(DisclosureRequest, Release)
        .outerjoin(Release, (Release.request_id == DisclosureRequest.id) & stands())
        .where(secrecy.may_be_told(DisclosureRequest.id))
        .order_by(DisclosureRequest.recipient, DisclosureRequest.received_on)
    )
    pairs = list(session.execute(query))
    by_recipient: dict[str, list[tuple[DisclosureRequest, Release | None]]] = {}
    for request, release in pairs:
        by_recipient.setdefault(request.recipient, []).append((request, release))
    months = Counter((request.received_on.year, request.received_on.month) for request, _ in pairs)
    return Figures(
        tuple(_of(recipient, of) for recipient, of in by_recipient.items()),
        tuple((year, month, count) for (year, month), count in sorted(months.items())),
        _of("", pairs),
    )


def _of(recipient: str, pairs: Sequence[tuple[DisclosureRequest, Release | None]]) -> OfRecipient:
    released = [(request, release) for request, release in pairs if release is not None]
    days = [(release.released_at.date() - request.received_on).days for request, release in released]
    return OfRecipient(
        recipient,
        len(pairs),
        len(released),
        sum(release.asked_for for _, release in released),
        sum(release.items for _, release in released),
        round(median(days)) if days else None,
    )
