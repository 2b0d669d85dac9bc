"""What of a release may still go: between the release and the handover a person may have thought otherwise."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.disclosure import certificates, release
from consent.disclosure.check import Check, Checked, Obstacle
from consent.disclosure.release import Release, ReleasedItem
from consent.disclosure.requests import DisclosureRequest, Route, WrongState
from consent.ledger import items, stores
from consent.rules import Onward, ReasonCode

# Why an item may not go as it was released, though something of it may: other bytes, or a promise that no longer holds.
OTHER_BYTES = Obstacle.OTHER_BYTES
NOT_ONWARD = Obstacle.NOT_ONWARD


@dataclass(frozen=True, slots=True)
class Stopped:
    """An item of a release that may not go any more as it was released, and the first reason."""

    name: str
    reason: str


class NotAnyMore(Exception):
    """Something of the release may not go any more; `stopped` names each item."""

    def __init__(self, stopped: list[Stopped]) -> None:
        super().__init__(len(stopped))
        self.stopped = stopped


def stopped(session: Session, released: Release) -> list[Stopped]:
    """What of a release may not go as it was released, as consent stands in the snapshot that `session` reads."""
    request = session.get_one(DisclosureRequest, released.request_id)
    query = select(ReleasedItem.item_id, ReleasedItem.sha256).where(ReleasedItem.release_id == released.id)
    digests = {row.item_id: row.sha256 for row in session.execute(query)}
    passed_on = _may_be_passed_on(session, released)
    names = {store.id: store.name for store in stores.listed(session)}
    found = []
    for each in Check(session, request).each():
        sha256 = digests.pop(each.line.item_id, None) if each.line.item_id is not None else None
        if sha256 is None:
            continue
        promised = request.route == Route.CONSENT and (names[each.line.store_id], each.line.name) in passed_on
        found += [Stopped(each.line.name, reason) for reason in _why(each, sha256, promised)]
    return found + [Stopped(name, ReasonCode.UNKNOWN_ITEM) for name in items.names_of(session, digests).values()]


def _may_be_passed_on(session: Session, released: Release) -> set[tuple[str, str]]:
    listed = json.loads(certificates.of(session, released.id))["content"]["items"]
    return {(each["store"], each["item"]) for each in listed if each["onward"] == Onward.ALLOWED}


def _why(each: Checked, sha256: str, promised_onward: bool) -> Iterator[str]:
    if not each.is_ready:
        yield release.withheld_for(each)
    elif release.sha256_of(each) != sha256:
        yield Obstacle.OTHER_BYTES
    elif promised_onward and each.onward != Onward.ALLOWED:
        yield Obstacle.NOT_ONWARD


def demand(session: Session, released: Release) -> None:
    """Whether all of a release may go at this moment; whoever commits something by it has taken the ledger's lock.

    Raises:
        WrongState: it was recalled.
        NotAnyMore: something of it may not go any more.
    """
    if release.is_recalled(session, released.id):
        raise WrongState("recalled")
    found = stopped(session, released)
    if found:
        raise NotAnyMore(found)
