"""The shapes of the store protocol: what is validated on the way in, and described in the OpenAPI document."""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from consent.deciding.registration import Fault, NamedPerson, Registration
from consent.ledger import bases
from consent.ledger.items import ItemRole
from consent.rights import orders
from consent.rules import Outcome
from portal.stores.problems import MOST_FAULTS
from portal.stores.shapes import (
    PRINTABLE,
    Base64,
    Cursor,
    ItemKind,
    Key,
    Minute,
    Name,
    OneOf,
    OutcomeName,
    RestrictingIdentity,
    Role,
    Sha256,
    Strict,
    Time,
)

MOST_QUESTIONS = 50_000
REFUSALS_OF_FORM = ("line-too-long", "invalid-json", "unknown-field", "missing-field", "invalid-field")


class KnownPerson(Strict):
    """Somebody known: this store's pseudonym or an interview reference (ORGANISATION/REFERENCE where two have it)."""

    subject: Name
    role: Role = ItemRole.INTERVIEWEE.value
    basis: Key = bases.CONSENT

    def named(self) -> NamedPerson:
        """This person as the domain takes them."""
        return NamedPerson(self.subject, None, self.role, self.basis)


class OwnPerson(Strict):
    """Somebody who gave no interview, by the store's own key."""

    person: Name
    role: Role = ItemRole.INTERVIEWEE.value
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
    subjects: list[SubjectInItem] = Field(default=[], max_length=1000)
    sources: list[Name] = Field(default=[], max_length=1000)
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
    outcome: OutcomeName = Outcome.PERMIT.value
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


class Instructions(BaseModel):
    """What an order says beyond its kind; members that a store does not know are for people."""

    model_config = ConfigDict(strict=True, extra="allow")

    with_others: list[str]


class Task(Strict):
    """An order of the data protection officer. Results are sealed to `public_key` (X25519, libsodium's sealed box)."""

    id: str
    kind: Annotated[str, OneOf(orders.OrderKind)]
    state: Annotated[str, OneOf(orders.WAITING)]
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

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=PRINTABLE)]


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
    errors: list[ProblemFault] = Field(default=[])


class Nothing(Strict):
    """A query without parameters."""
