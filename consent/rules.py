"""The one rule: may this item go to this recipient for this purpose? Pure, shared by the portal and every replica.

The rows of the decision table are tried in the order in which they stand here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """The answer to a question: deny beats ask beats permit."""

    PERMIT = "permit"
    ASK = "ask"
    DENY = "deny"


class ReasonCode(StrEnum):
    """Where an item or a person stands, and so why a question is answered as it is."""

    UNKNOWN_ITEM = "unknown_item"
    SUBJECTS_NOT_ESTABLISHED = "subjects_not_established"
    NO_DATA_SUBJECT = "no_data_subject"
    ERASED = "erased"
    SAFETY_HOLD = "safety_hold"
    PAUSED_BY_WISH = "paused_by_wish"
    ERASURE_PENDING = "erasure_pending"
    RESTRICTED = "restricted"
    OBJECTED = "objected"
    GRANTED = "granted"
    ASK_FIRST = "ask_first"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    UNANSWERED = "unanswered"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    INVALIDATED = "invalidated"
    MAJORITY_UNCONFIRMED = "majority_unconfirmed"
    NO_CONSENT = "no_consent"
    LAWFUL_BASIS = "lawful_basis"
    RECIPIENT_EXCLUDED = "recipient_excluded"
    KIND_EXCLUDED = "kind_excluded"
    ASKED = "asked"
    ASKED_AND_GRANTED = "asked_and_granted"


class Identity(StrEnum):
    """How a person may be shown in what is shared, from the least strict."""

    NAMED = "named"
    PSEUDONYMISED = "pseudonymised"
    ANONYMISED = "anonymised"


class ItemKind(StrEnum):
    """The kinds of items that people are asked about; what another kind holds, nobody has been told."""

    INTERVIEW = "interview"
    TRANSCRIPT = "transcript"
    AUDIO = "audio"
    VIDEO = "video"
    PHOTO = "photo"
    MEDICAL = "medical"
    COURT = "court"
    OFFICIAL = "official"
    OPEN_SOURCE = "open_source"
    ANALYSIS = "analysis"


class Onward(StrEnum):
    """Whether who receives it may pass it on."""

    NOT_WITHOUT_ME = "not_without_me"
    ALLOWED = "allowed"


_STRENGTH = {Outcome.PERMIT: 0, Outcome.ASK: 1, Outcome.DENY: 2}
# Of several item-level codes, the first of these is the one a store is shown.
ITEM_CODES = (
    ReasonCode.UNKNOWN_ITEM,
    ReasonCode.SAFETY_HOLD,
    ReasonCode.SUBJECTS_NOT_ESTABLISHED,
    ReasonCode.NO_DATA_SUBJECT,
)
# The answers that let something happen, and what holds a person back whatever they answered, the strongest first.
PERMITTING = (ReasonCode.GRANTED, ReasonCode.ASK_FIRST)
RESTRICTING = (
    ReasonCode.ERASED,
    ReasonCode.SAFETY_HOLD,
    ReasonCode.PAUSED_BY_WISH,
    ReasonCode.ERASURE_PENDING,
    ReasonCode.RESTRICTED,
)
IDENTITIES = tuple(Identity)
KINDS = tuple(ItemKind)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered to one scope, with its conditions; empty tuples are no condition."""

    code: str
    identity: str | None = None
    only_recipients: tuple[str, ...] = ()
    except_recipients: tuple[str, ...] = ()
    except_kinds: tuple[str, ...] = ()
    onward: str | None = None
    ends_at: datetime | None = None
    majority_at: datetime | None = None
    partners: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What holds a person back from every answer they gave."""

    erased: bool = False
    safety_hold: bool = False
    paused_by_wish: bool = False
    erasure_pending: bool = False
    restricted: bool = False
    objected: bool = False


NO_RESTRICTIONS = Restrictions()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands on a scope.

    `code` is "granted" or "ask_first" with the answer that says so; a code that denies; "objected"; or None where
    the person was never asked.
    """

    code: str | None
    answer: Answer | None = None


NEVER_ASKED = Standing(None)


@dataclass(frozen=True, slots=True)
class PersonInItem:
    """A person in an item: the kinds of all ways in, and the scopes that every way's basis record covers."""

    subject: str
    kinds: frozenset[str]
    basis_scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with all its sources: its item-level codes and the people in any of them."""

    codes: frozenset[str]
    people: tuple[PersonInItem, ...] = ()


UNKNOWN_ITEM = ItemView(frozenset({ReasonCode.UNKNOWN_ITEM}))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code, and the person it is about (None for the item itself)."""

    subject: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome with the reasons for it; `identity` is the obligation of a permit, if there is one."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an item. `recipient` None leaves recipients aside ("necessary, not sufficient")."""

    scope: str
    recipient: str | None
    now: datetime


def standing(restrictions: Restrictions, answer: Answer | None, now: datetime) -> Standing:
    """Where a person stands on a scope at `now`, leaving item and recipient aside."""
    for code in RESTRICTING:
        if getattr(restrictions, code):
            return Standing(code)
    if answer is None:
        return Standing(ReasonCode.OBJECTED) if restrictions.objected else NEVER_ASKED
    return Standing(_answer_code(answer, now), answer)


def _answer_code(answer: Answer, now: datetime) -> str:
    if answer.code not in PERMITTING:
        return answer.code
    if answer.ends_at is not None and now >= answer.ends_at:
        return ReasonCode.EXPIRED
    if answer.majority_at is not None and now >= answer.majority_at:
        return ReasonCode.MAJORITY_UNCONFIRMED
    return answer.code


def recipient_excluded(answer: Answer, recipient: str) -> bool:
    """Whether a condition of `answer` keeps it from `recipient`."""
    return (
        (answer.partners is not None and recipient not in answer.partners)
        or (bool(answer.only_recipients) and recipient not in answer.only_recipients)
        or recipient in answer.except_recipients
    )


def kind_excluded(answer: Answer, kinds: frozenset[str]) -> bool:
    """Whether a condition of `answer` keeps back one of `kinds`; an unknown kind may be any that somebody excepts."""
    return bool(answer.except_kinds) and not (kinds.isdisjoint(answer.except_kinds) and kinds.issubset(KINDS))


def judge(
    person: PersonInItem, position: Standing, question: Question, yes_to_request: bool
) -> tuple[Outcome, str, str | None]:
    """Outcome, reason code and identity obligation for one person in an item."""
    answer = position.answer
    if position.code is None or position.code == ReasonCode.OBJECTED:
        if question.scope not in person.basis_scopes:
            return Outcome.DENY, ReasonCode.NO_CONSENT, None
        if position.code == ReasonCode.OBJECTED:
            return Outcome.DENY, ReasonCode.OBJECTED, None
        return Outcome.PERMIT, ReasonCode.LAWFUL_BASIS, None
    if answer is None or position.code not in PERMITTING:
        return Outcome.DENY, position.code, None
    # A replica keeps an answer past its end until the feed says so: the end is looked at again here.
    code = _answer_code(answer, question.now)
    if code not in PERMITTING:
        return Outcome.DENY, code, None
    if question.recipient is not None and recipient_excluded(answer, question.recipient):
        return Outcome.DENY, ReasonCode.RECIPIENT_EXCLUDED, None
    if kind_excluded(answer, person.kinds):
        return Outcome.DENY, ReasonCode.KIND_EXCLUDED, None
    identity = answer.identity if answer.identity in IDENTITIES[1:] else None
    if code == ReasonCode.GRANTED:
        return Outcome.PERMIT, ReasonCode.GRANTED, identity
    if yes_to_request:
        return Outcome.PERMIT, ReasonCode.ASKED_AND_GRANTED, identity
    return Outcome.ASK, ReasonCode.ASK_FIRST, None


def decide(
    item: ItemView,
    question: Question,
    standing_of: Callable[[str], Standing],
    yes_to_request: Callable[[str], bool] = lambda _subject: False,
) -> Decision:
    """The decision on `item`: deny beats ask beats permit, reasons of the winning outcome, strictest identity.

    `standing_of` gives each person's standing on the scope asked for; `yes_to_request` tells whether they
    said yes to the very request asked for.
    """
    verdicts: list[tuple[Outcome, Reason, str | None]] = [
        (Outcome.PERMIT if code == ReasonCode.NO_DATA_SUBJECT else Outcome.DENY, Reason(None, code), None)
        for code in ITEM_CODES
        if code in item.codes
    ]
    for person in item.people:
        outcome, code, identity = judge(person, standing_of(person.subject), question, yes_to_request(person.subject))
        verdicts.append((outcome, Reason(person.subject, code), identity))
    if not verdicts:
        return Decision(Outcome.DENY, (Reason(None, ReasonCode.SUBJECTS_NOT_ESTABLISHED),))
    winner = max((outcome for outcome, _, _ in verdicts), key=_STRENGTH.__getitem__)
    reasons = tuple(reason for outcome, reason, _ in verdicts if outcome is winner)
    if winner is not Outcome.PERMIT:
        return Decision(winner, reasons)
    return Decision(winner, reasons, strictest(identity for _, _, identity in verdicts))


def strictest(identities: Iterable[str | None]) -> str | None:
    """The strictest of several identity obligations; None where nothing is demanded."""
    rank = max((IDENTITIES.index(identity) for identity in identities if identity is not None), default=0)
    return IDENTITIES[rank] if rank else None


@dataclass(frozen=True, slots=True)
class Node:
    """One item as registered: what it says of itself, before its sources are looked at."""

    kind: str | None
    registered: bool
    held: bool
    no_data_subject: bool
    people: tuple[tuple[str, frozenset[str]], ...]
    sources: tuple[int, ...]


def views(wanted: Iterable[int], nodes: Mapping[int, Node]) -> dict[int, ItemView]:
    """The view of each of `wanted`, inheriting from all sources to any depth.

    `nodes` holds every item reachable from `wanted`; a missing one counts as unknown. A held or unknown item
    answers for itself alone; its codes reach whatever is made from it.
    """
    done: dict[int, ItemView] = {}
    for root in wanted:
        stack = [root]
        while stack:
            item = stack[-1]
            if item in done:
                stack.pop()
                continue
            node = nodes.get(item)
            waiting = [source for source in (node.sources if node else ()) if source not in done]
            if waiting:
                stack.extend(waiting)
                continue
            done[item] = _view(node, done)
            stack.pop()
    return done


def _view(node: Node | None, done: Mapping[int, ItemView]) -> ItemView:
    if node is None or not node.registered or node.kind is None:
        return UNKNOWN_ITEM
    if node.held:
        return ItemView(frozenset({ReasonCode.SAFETY_HOLD}))
    codes: set[str] = set()
    if node.no_data_subject:
        codes.add(ReasonCode.NO_DATA_SUBJECT)
    elif not node.people and not node.sources:
        codes.add(ReasonCode.SUBJECTS_NOT_ESTABLISHED)
    for source in node.sources:
        codes |= done[source].codes
    return ItemView(frozenset(codes), _people(node, done))


def _people(node: Node, done: Mapping[int, ItemView]) -> tuple[PersonInItem, ...]:
    if node.kind is None or not (node.people or node.sources):
        return ()
    own_kind = frozenset({node.kind})
    found = {subject: PersonInItem(subject, own_kind, basis_scopes) for subject, basis_scopes in node.people}
    for source in node.sources:
        for person in done[source].people:
            kinds = person.kinds | own_kind
            known = found.get(person.subject)
            # Two ways in: every kind counts, and only what the basis of each way covers.
            found[person.subject] = (
                PersonInItem(person.subject, kinds, person.basis_scopes)
                if known is None
                else PersonInItem(person.subject, kinds | known.kinds, person.basis_scopes & known.basis_scopes)
            )
    return tuple(found[subject] for subject in sorted(found))
