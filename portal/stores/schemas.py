"""The shapes of the store protocol: what is validated on the way in, and described in the OpenAPI document."""

import math
import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from consent.deciding.registration import Fault, NamedPerson, Registration
from consent.ledger import bases
from portal.stores.problems import MOST_FAULTS
from vault import clock

MOST_QUESTIONS = 50_000
MOST_CHANGES = 1000
LONGEST_WAIT = 30
REFUSALS_OF_FORM = ("line-too-long", "invalid-json", "unknown-field", "missing-field", "invalid-field")
# Without control characters, which no store's name for anything needs and one database cannot hold.
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]+$"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,18})", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PRINTABLE)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=_PRINTABLE)]
ItemKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,39}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
Role = Literal["interviewee", "relative", "depicted", "mentioned", "professional", "alleged_perpetrator"]
Cursor = Annotated[int, Field(ge=0)]
OutcomeName = Literal["permit", "ask", "deny"]
RestrictingIdentity = Literal["pseudonymised", "anonymised"]


def _instant(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise PydanticCustomError("time", "Input should be a time after RFC 3339, with its offset")
    try:
        return clock.parse_instant(value.upper())
    except ValueError as error:
        raise PydanticCustomError("time", "Input should be a time of the calendar") from error


def _whole(value: str) -> int:
    if not _WHOLE.fullmatch(value):
        raise PydanticCustomError("whole", "Input should be a whole number")
    return int(value)


def _seconds(value: str) -> float:
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        raise PydanticCustomError("seconds", "Input should be a number of seconds")
    return float(value)


Time = Annotated[datetime, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Minute = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class Strict(BaseModel):
    """No field but those named, and nothing converted."""

    model_config = ConfigDict(strict=True, extra="forbid")


class KnownPerson(Strict):
    """Somebody known: this store's pseudonym or an interview reference (ORGANISATION/REFERENCE where two have it)."""

    subject: Name
    role: Role = "interviewee"
    basis: Key = bases.CONSENT

    def named(self) -> NamedPerson:
        """This person as the domain takes them."""
        return NamedPerson(self.subject, None, self.role, self.basis)


class OwnPerson(Strict):
    """Somebody who gave no interview, by the store's own key."""

    person: Name
    role: Role = "interviewee"
    basis: Key = bases.CONSENT

    def named(self) -> NamedPerson:
        """This person as the domain takes them."""
        return NamedPerson(None, self.person, self.role, self.basis)


def _way_of_naming(value: Any) -> str:
    if isinstance(value, str):
        return "by-name"
    return "own" if isinstance(value, dict) and "person" in value else "known"


SubjectInItem = Annotated[
    Annotated[Name, Tag("by-name")] | Annotated[KnownPerson, Tag("known")] | Annotated[OwnPerson, Tag("own")],
    Discriminator(_way_of_naming),
]


class ItemLine(Strict):
    """An item's whole registration: what it omits takes its default."""

    item: Name
    kind: ItemKind
    subjects: Annotated[list[SubjectInItem], Field(max_length=1000)] = []
    sources: Annotated[list[Name], Field(max_length=1000)] = []
    no_data_subject: bool = False
    sha256: Sha256 | None = None

    def registration(self) -> Registration:
        """This line as the domain takes it."""
        return Registration(
            item=self.item,
            kind=self.kind,
            people=tuple(NamedPerson(who, None) if isinstance(who, str) else who.named() for who in self.subjects),
            sources=tuple(self.sources),
            no_data_subject=self.no_data_subject,
            sha256=self.sha256,
        )


class Rejected(Strict):
    """A line that was not taken; `title` is the same wherever `type` and the field are."""

    line: Annotated[int, Field(ge=1)]
    type: Annotated[str, Field(json_schema_extra={"enum": [*REFUSALS_OF_FORM, *Fault]})]
    title: str


class Registered(Strict):
    """What became of the lines. `revision` is the head of this store's feed."""

    accepted: Cursor
    unchanged: Cursor
    rejected: list[Rejected]
    revision: Cursor


class LinkedPerson(Strict):
    """A person in an item, under this store's pseudonym."""

    subject: str
    role: Role
    basis: str


class OutcomeForScope(Strict):
    """The outcome leaving recipients aside: necessary, not sufficient."""

    outcome: OutcomeName
    code: str


class Item(Strict):
    """An item as registered, and its outcome for each scope of the store."""

    item: str
    kind: str
    subjects: list[LinkedPerson]
    sources: list[str]
    no_data_subject: bool
    sha256: Sha256 | None
    outcomes: dict[str, OutcomeForScope]


class Question(Strict):
    """May this item go to this recipient for this scope? `request` names one disclosure that was asked about."""

    item: Name
    scope: Key
    recipient: Key
    request: Key | None = None


def _within_measure(value: Any, whole: ValidatorFunctionWrapHandler) -> Any:
    # The library notes every fault there is, which a hostile body turns into gigabytes.
    if not isinstance(value, list) or len(value) > MOST_QUESTIONS:
        return whole(value)
    questions: list[Question] = []
    faults: list[InitErrorDetails] = []
    for place, each in enumerate(value):
        try:
            questions.append(Question.model_validate(each))
        except ValidationError as error:
            faults += _faults(error, place)
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise ValidationError.from_exception_data("questions", faults)
    return questions


def _faults(error: ValidationError, place: int) -> list[InitErrorDetails]:
    return [
        InitErrorDetails(type=PydanticCustomError(each["type"], each["msg"]), loc=(place, *each["loc"]), input=None)
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]


class Decisions(Strict):
    """Questions answered from one snapshot: as of `at`, as known at `known_at`, not before `min_revision`."""

    questions: Annotated[list[Question], Field(max_length=MOST_QUESTIONS), WrapValidator(_within_measure)]
    at: Time | None = None
    known_at: Time | None = None
    min_revision: Cursor | None = None


class Obligation(Strict):
    """What a permit demands: how the people in the item may appear."""

    identity: RestrictingIdentity


class Reason(Strict):
    """Why: a code, and this store's pseudonym of the person it is about (null: the item itself)."""

    subject: str | None
    code: str


class Answer(Strict):
    """The answer to one question."""

    item: str
    scope: str
    recipient: str
    outcome: OutcomeName
    obligations: Annotated[list[Obligation], Field(max_length=1)]
    reasons: Annotated[list[Reason], Field(min_length=1)]


class Answers(Strict):
    """The answers, in the order of the questions."""

    revision: Cursor
    answers: list[Answer]


class Selection(Strict):
    """All of the store's items whose outcome for a scope and a recipient is `outcome`."""

    scope: Key
    recipient: Key
    outcome: OutcomeName = "permit"
    kinds: Annotated[list[ItemKind], Field(max_length=1000)] | None = None


class SelectedItem(Strict):
    """An item of the selection."""

    item: str
    obligations: Annotated[list[Obligation], Field(max_length=1)]


class Counts(Strict):
    """How many items had each outcome."""

    permit: Cursor
    ask: Cursor
    deny: Cursor


class SelectionEnd(Strict):
    """The last line; without it the answer is not whole."""

    counts: Counts
    revision: Cursor


class Texts(Strict):
    """A text in the three languages."""

    be: str
    ru: str
    en: str


class OfferedScope(Strict):
    """A scope of the store's allow-list. `one_partner`: for the organisation that documents the person, no other."""

    key: str
    group: str
    classes: list[str]
    one_partner: bool
    title: Texts


class OfferedRecipient(Strict):
    """A recipient that one of the store's scopes is for."""

    key: str
    recipient_class: Annotated[str, Field(alias="class")]
    name: Texts


class Catalogue(Strict):
    """What the store may ask about. `version` is the digest of the rest; `signature` is a signed note over it."""

    version: Sha256
    scopes: list[OfferedScope]
    recipients: list[OfferedRecipient]
    kinds: list[str]
    signature: str


class Nothing(Strict):
    """A query without parameters."""


class ChangesQuery(Strict):
    """Which part of the feed is asked for, and how it is told."""

    after: Annotated[
        int, BeforeValidator(_whole), Field(ge=0, description="The last cursor the store has; 0 for the beginning.")
    ] = 0
    wait: Annotated[
        float,
        BeforeValidator(_seconds),
        Field(ge=0, le=LONGEST_WAIT, description="Seconds to wait for a change where there is none yet."),
    ] = 0
    limit: Annotated[
        int,
        BeforeValidator(_whole),
        Field(ge=1, le=MOST_CHANGES, description="The most cursors to answer with."),
    ] = 100
    view: Annotated[
        Literal["state", "items"], Field(description="What changed, or which outcomes of which items it concerns.")
    ] = "state"


class StandingAnswer(Strict):
    """An answer that may permit, with its conditions; an empty list is no condition."""

    answer: Literal["granted", "ask_first"]
    identity: Literal["named", "pseudonymised", "anonymised"] | None
    only_recipients: list[str]
    except_recipients: list[str]
    except_kinds: list[str]
    onward: str | None
    valid_until: str | None
    review_on: str | None


class AnswerChange(Strict):
    """Where a person now stands on a scope."""

    cursor: Cursor
    kind: Literal["answer"]
    subject: str
    scope: str
    code: str
    answer: StandingAnswer | None
    effective_at: Minute
    recorded_at: Minute


class PersonInItem(Strict):
    """A person in an item: the kinds of all ways in, and the scopes that every way's basis record covers."""

    kinds: list[str]
    basis_scopes: list[str]


class ItemChange(Strict):
    """An item's people, with those of all its sources, and its own code if it has one."""

    cursor: Cursor
    kind: Literal["item"]
    item: str
    item_kind: str | None
    subjects: dict[str, PersonInItem]
    code: Literal["unknown_item", "safety_hold", "subjects_not_established", "no_data_subject"] | None


class CatalogueChange(Strict):
    """Scopes or recipients of this store have changed: read the catalogue again."""

    cursor: Cursor
    kind: Literal["catalogue"]


class ErasedChange(Strict):
    """A change about somebody who has been erased since: it can no longer be read, by anybody."""

    cursor: Cursor
    kind: Literal["erased"]


class OutcomeChange(Strict):
    """The present outcome of an item for a scope, leaving recipients aside, where a cursor concerns it."""

    cursor: Cursor
    kind: Literal["outcome"]
    item: str
    scope: str
    outcome: OutcomeName
    code: str
    effective_at: Minute


Change = Annotated[
    AnswerChange | ItemChange | CatalogueChange | ErasedChange | OutcomeChange, Field(discriminator="kind")
]


class Checkpoint(Strict):
    """The transparency log at a size, and the signed note that says so."""

    size: Cursor
    root: Base64
    note: str


class Salted(Strict):
    """With the change, what its commitment is made of."""

    salt: Base64


class Committed(Strict):
    """The commitment to a change that was erased."""

    commitment: Base64


class PageCheckpoint(Checkpoint):
    """What proves a page: the log, a signed note over the page, and with view=state a row for each cursor."""

    page: str
    rows: list[Salted | Committed]


class Changes(Strict):
    """A page of the feed: ask on with `next`; `more` says that there is something after it already."""

    changes: list[Change]
    next: Cursor
    more: bool
    checkpoint: PageCheckpoint


_Place = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=2**53)]


class InclusionQuery(Strict):
    """Which leaf, from 0, and in a log of which size."""

    index: _Place
    size: _Place


class Inclusion(Strict):
    """The path from a leaf to the root of the log (RFC 9162 2.1.3)."""

    index: Cursor
    size: Cursor
    leaf: Base64
    path: list[Base64]


class ConsistencyQuery(Strict):
    """Which two sizes of the log."""

    first: _Place
    second: _Place


class Consistency(Strict):
    """What shows that the log only grew (RFC 9162 2.1.4)."""

    first: Cursor
    second: Cursor
    path: list[Base64]


class SigningKeys(Strict):
    """The statements of the keys that sign, oldest first: signed notes."""

    keys: list[str]


class Acknowledgement(Strict):
    """The store has applied its feed up to `cursor`, at `applied_at`."""

    cursor: Cursor
    applied_at: Time


class Instructions(BaseModel):
    """What an order says beyond its kind; members that a store does not know are for people."""

    model_config = ConfigDict(strict=True, extra="allow")

    with_others: list[str]


class Task(Strict):
    """An order of the data protection officer. Results are sealed to `public_key` (X25519, libsodium's sealed box)."""

    id: str
    kind: Literal["collect", "rectify", "restrict", "erase"]
    state: Literal["open", "accepted"]
    subject: str
    items: list[str]
    instructions: Instructions
    created_at: Minute
    due_at: Minute
    public_key: Base64


class Tasks(Strict):
    """Every order that the store has not finished, oldest first."""

    tasks: list[Task]


class TaskResult(Strict):
    """A result sealed to the task's key, base64, and the SHA-256 of what was sealed."""

    sealed: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=28_000_000)]
    sha256: Sha256


class TaskRejection(Strict):
    """Why the store cannot do it."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_PRINTABLE)]


class ProblemFault(Strict):
    """One thing that is wrong, and where: a JSON pointer into the body, or #/query/NAME."""

    pointer: str
    detail: str


class ProblemDocument(Strict):
    """RFC 9457. `type` never changes; `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemFault] = []
