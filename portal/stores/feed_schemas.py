"""The shapes of the feed and of the transparency log that proves it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from consent import rules
from portal.stores.shapes import Base64, Cursor, Minute, OneOf, OutcomeName, Strict, Time, seconds, whole

MOST_CHANGES = 1000
LONGEST_WAIT = 30


class ChangesQuery(Strict):
    """Which part of the feed is asked for, and how it is told."""

    after: Annotated[
        int, BeforeValidator(whole), Field(ge=0, description="The last cursor the store has; 0 for the beginning.")
    ] = 0
    wait: Annotated[
        float,
        BeforeValidator(seconds),
        Field(ge=0, le=LONGEST_WAIT, description="Seconds to wait for a change where there is none yet."),
    ] = 0
    limit: Annotated[
        int,
        BeforeValidator(whole),
        Field(ge=1, le=MOST_CHANGES, description="The most cursors to answer with."),
    ] = 100
    view: Annotated[
        Literal["state", "items"], Field(description="What changed, or which outcomes of which items it concerns.")
    ] = "state"


class StandingAnswer(Strict):
    """An answer that may permit, with its conditions; an empty list is no condition."""

    answer: Annotated[str, OneOf(rules.PERMITTING)]
    identity: Annotated[str, OneOf(rules.Identity)] | None
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
    code: Annotated[str, OneOf(rules.ITEM_CODES)] | None


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


_Place = Annotated[int, BeforeValidator(whole), Field(ge=0, le=2**53)]


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
