"""The check of a request's list against consent as it stands: what may go, with what obligations, whom to ask first."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from sqlalchemy.orm import Session

from consent import rules
from consent.catalogue import classes, recipients
from consent.disclosure import copies, lists
from consent.disclosure.copies import Copy
from consent.disclosure.lists import Line
from consent.disclosure.positions import Positions
from consent.disclosure.requests import DisclosureRequest, Route
from consent.ledger import items, revisions
from consent.rules import Onward, Outcome, ReasonCode

_PART = 4000


class Bucket(StrEnum):
    """Where an item of the list belongs."""

    GO = "go"
    OBLIGED = "obliged"
    ASK = "ask"
    WITHHELD = "withheld"


class Obstacle(StrEnum):
    """Why an item that everybody in it agreed to does not go all the same."""

    NO_DIGEST = "no_digest"
    NO_COPY = "no_copy"
    OTHER_BYTES = "other_bytes"
    NOT_ONWARD = "not_onward"


# Past these not even an order goes: there is nothing to hand over, or somebody's life hangs on it.
_NEVER = frozenset({ReasonCode.UNKNOWN_ITEM, ReasonCode.SAFETY_HOLD})


@dataclass(frozen=True, slots=True)
class Checked:
    """An item of the list as the check finds it. `identity` is the obligation that consent and class's rule make."""

    line: Line
    bucket: Bucket
    decision: rules.Decision
    identity: str | None
    onward: str
    copy: Copy | None
    codes: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def missing(self) -> str | None:
        """What is still missing before it can be released, where consent (or the order) lets it go."""
        if self.bucket not in (Bucket.GO, Bucket.OBLIGED):
            return None
        if self.line.sha256 is None:
            return Obstacle.NO_DIGEST
        if self.identity is not None and (self.copy is None or not self.copy.carries_out(self.identity)):
            return Obstacle.NO_COPY
        return None

    @property
    def is_ready(self) -> bool:
        """Whether it can be released as it stands."""
        return self.bucket in (Bucket.GO, Bucket.OBLIGED) and self.missing is None


class Check:
    """A check of one request's list, from the snapshot that `session` reads. Decides in parts of a few thousand."""

    def __init__(self, session: Session, request: DisclosureRequest) -> None:
        self._session = session
        self._request = request
        self.revision, now = revisions.present(session)
        entry = recipients.directory(session)[request.recipient]
        self.rule = classes.rule(session, entry.recipient_class)
        self.positions = Positions(session, request.scope, request.id, now)
        self._question = rules.Question(request.scope, request.recipient, now)
        self._copies = copies.of(session, request.id)

    def each(self) -> Iterator[Checked]:
        """Every item of the list, in its order."""
        for part in lists.lines(self._session, self._request.id, _PART):
            ids = [line.item_id for line in part if line.item_id is not None]
            views = items.views(self._session, ids)
            self.positions.meet({person.subject for view in views.values() for person in view.people})
            for line in part:
                view = rules.UNKNOWN_ITEM if line.item_id is None else views[line.item_id]
                yield self._checked(line, view)

    def _checked(self, line: Line, view: rules.ItemView) -> Checked:
        decision = rules.decide(view, self._question, self.positions.standing, self.positions.said_yes)
        bucket = self._bucket(decision)
        identity = None
        # What an order asks for it says itself; counsel sees to it that no more goes.
        if bucket is Bucket.GO and view.people and self._request.route == Route.CONSENT:
            identity = self.rule.identity_for(self._request.recipient, decision.identity)
            bucket = Bucket.OBLIGED if identity else Bucket.GO
        return Checked(
            line,
            bucket,
            decision,
            identity,
            self._onward(view),
            self._copies.get(line.item_id) if line.item_id is not None else None,
            tuple(dict.fromkeys(reason.code for reason in decision.reasons)),
            tuple(person.subject for person in view.people),
        )

    def _bucket(self, decision: rules.Decision) -> Bucket:
        if self._request.route == Route.COMPELLED:
            never = any(reason.subject is None and reason.code in _NEVER for reason in decision.reasons)
            return Bucket.WITHHELD if never else Bucket.GO
        return {Outcome.PERMIT: Bucket.GO, Outcome.ASK: Bucket.ASK, Outcome.DENY: Bucket.WITHHELD}[decision.outcome]

    def _onward(self, view: rules.ItemView) -> str:
        # Whoever has not said that it may be passed on has to be asked before it is.
        asked = all(self.positions[person.subject].onward == Onward.ALLOWED for person in view.people)
        return Onward.ALLOWED if asked else Onward.NOT_WITHOUT_ME


@dataclass(slots=True)
class Sorted:
    """A list sorted: how many are in each bucket, for which reasons, whom to ask about how many items.

    `shown` are some of those that were to be shown, of which there are `fitting`.
    """

    revision: int
    counts: Counter[Bucket] = field(default_factory=Counter)
    reasons: Counter[tuple[Bucket, str]] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    to_ask: Counter[str] = field(default_factory=Counter)
    shown: list[Checked] = field(default_factory=list)
    fitting: int = 0

    @property
    def total(self) -> int:
        """How many items are on the list."""
        return sum(self.counts.values())

    @property
    def ready(self) -> int:
        """How many can be released as they stand."""
        return self.counts[Bucket.GO] + self.counts[Bucket.OBLIGED] - sum(self.missing.values())

    def reasons_of(self, bucket: Bucket) -> list[tuple[str, int]]:
        """The reasons in a bucket, the most frequent first; an item may have several."""
        found = [(code, count) for (of, code), count in self.reasons.items() if of is bucket]
        return sorted(found, key=lambda each: (-each[1], each[0]))


def sort(
    session: Session,
    request: DisclosureRequest,
    *,
    show: Callable[[Checked], bool] = lambda _each: True,
    skip: int = 0,
    limit: int = 0,
    first: Callable[[Iterator[Checked], int], Iterable[Checked]] = islice,
) -> Sorted:
    """Sort the list of a request; of what is to be shown keep `limit` items after the first `skip`.

    Which are the first so many says `first`: those of the list's own order where nothing is said.
    """
    check = Check(session, request)
    found = Sorted(check.revision)
    counted = _counted(check, found, show)
    found.shown = [*first(counted, skip + limit)][skip:]
    for _rest in counted:
        pass
    return found


def _counted(check: Check, found: Sorted, show: Callable[[Checked], bool]) -> Iterator[Checked]:
    for each in check.each():
        found.counts[each.bucket] += 1
        for code in each.codes:
            found.reasons[each.bucket, code] += 1
        if each.missing is not None:
            found.missing[each.missing] += 1
        if each.bucket is Bucket.ASK:
            found.to_ask.update(reason.subject for reason in each.decision.reasons if reason.subject is not None)
        if show(each):
            found.fitting += 1
            yield each
