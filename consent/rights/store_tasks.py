"""What the data protection officer orders from an evidence store: collect, rectify, restrict, erase; and its proof."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger import items, stores
from consent.ledger.revisions import read_anew
from consent.rights import orders, requests, store_results
from consent.rights.orders import OrderKind, OrderState
from consent.rights.requests import RightsRequest
from consent.rights.steps import Step
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import KeyKind
from vault.policy import in_force, law
from vault.refusals import Refused
from vault.types import Id, Instant

LARGEST_RESULT = 20 * 1024 * 1024


class NotOpen(Refused):
    """The task was finished already."""


class NotOverdue(requests.NotNow):
    """The store has time yet to answer."""


class WrongDigest(Exception):
    """What was uploaded is not what its digest says."""


class NotOrdered(Exception):
    """The result names items that the order does not name: they may be somebody else's."""


class StoreTask(Base):
    """One order to one store about one person. Its private key, instructions and result are sealed."""

    __tablename__ = "store_tasks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    store_id: Mapped[str] = mapped_column(ForeignKey("stores.id"), index=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("rights_requests.id"), index=True)
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    kind: Mapped[OrderKind] = mapped_column(String(8))
    state: Mapped[OrderState] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    public_key: Mapped[bytes] = mapped_column(LargeBinary, info=clear(Clear.PUBLIC_KEY))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.REQUEST))
    result: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.REQUEST, Owner.PACKAGE))
    result_sha256: Mapped[str | None] = mapped_column(String(64), info=clear(Clear.FINGERPRINT))


@dataclass(frozen=True, slots=True)
class Order:
    """A task as its store reads it."""

    task: StoreTask
    subject: str
    items: tuple[str, ...]
    instructions: Mapping[str, Any]


def give(
    session: Session, request: RightsRequest, kind: str, author: str, instructions: Mapping[str, Any] | None = None
) -> list[StoreTask]:
    """Order `kind` from every store that knows the person of `request`; those that have that order already keep it.

    Raises:
        requests.IdentityNotConfirmed: nobody has confirmed who asks.
        requests.NotNow: the request is answered, or asks for something else.
    """
    requests.demand_open(session, request, *orders.SERVES[OrderKind(kind)])
    if request.subject_id is None or request.identity is None:
        raise requests.IdentityNotConfirmed
    present = {(task.store_id, task.kind) for task in of_request(session, request)}
    given = []
    for known in stores.knowing(session, [request.subject_id]):
        if (known.store_id, kind) in present:
            continue
        key = PrivateKey.generate()
        now = clock.now()
        task = StoreTask(
            id=new_id(),
            store_id=known.store_id,
            request_id=request.id,
            subject_id=request.subject_id,
            kind=kind,
            state=OrderState.OPEN,
            created_at=now,
            due_at=now + in_force.value(session, law.ORDER_DUE),
            accepted_at=None,
            finished_at=None,
            public_key=bytes(key.public_key),
            sealed=b"",
            result=None,
            result_sha256=None,
        )
        content = {"key": base64.b64encode(bytes(key)).decode(), "instructions": dict(instructions or {})}
        task.sealed = keyring(session).seal(request.id, _place(task.id), json.dumps(content).encode())
        session.add(task)
        given.append(task)
    session.flush()
    if given:
        requests.note(session, request, Step(f"ordered_{kind}"), author)
    return given


def of_request(session: Session, request: RightsRequest) -> list[StoreTask]:
    """The orders given for a request, oldest first."""
    query = select(StoreTask).where(StoreTask.request_id == request.id)
    return list(session.scalars(query.order_by(StoreTask.created_at, StoreTask.id)))


def overdue(session: Session) -> list[StoreTask]:
    """Every order that a store has not finished in time, oldest first."""
    query = select(StoreTask).where(StoreTask.state.in_(orders.WAITING), StoreTask.due_at < clock.now())
    return list(session.scalars(query.order_by(StoreTask.due_at)))


def for_store(session: Session, store_id: str) -> list[Order]:
    """The orders that a store has not finished, oldest first."""
    query = select(StoreTask).where(StoreTask.store_id == store_id, StoreTask.state.in_(orders.WAITING))
    return [_order(session, task) for task in session.scalars(query.order_by(StoreTask.created_at, StoreTask.id))]


def by_id(session: Session, request: RightsRequest, task_id: str) -> StoreTask | None:
    """That order of a request."""
    return session.scalar(select(StoreTask).where(StoreTask.id == task_id, StoreTask.request_id == request.id))


def of_store(session: Session, store_id: str, task_id: str) -> StoreTask | None:
    """An order of that store."""
    return session.scalar(select(StoreTask).where(StoreTask.id == task_id, StoreTask.store_id == store_id))


def _order(session: Session, task: StoreTask) -> Order:
    names = stores.pseudonyms(session, task.store_id, [task.subject_id])
    involved = _involved(session, task)
    instructions = _opened(session, task)["instructions"]
    return Order(
        task,
        names.get(task.subject_id, ""),
        tuple(sorted(involved.values())),
        instructions | {"with_others": _with_others(session, task, involved)},
    )


def _involved(session: Session, task: StoreTask) -> dict[int, str]:
    """The items that an order is about, as it stands, under the store's own names."""
    return items.names_of(session, items.involving(session, task.store_id, task.subject_id))


def _with_others(session: Session, task: StoreTask, involved: Mapping[int, str]) -> list[str]:
    """The items that show somebody else too: what is theirs is taken out of the copy (GDPR Art. 15(4))."""
    people = items.people_in(session, involved)
    return sorted(name for item_id, name in involved.items() if people[item_id] - {task.subject_id})


def accept(session: Session, task: StoreTask) -> None:
    """The store has taken the order on. Saying it twice is no error.

    Raises:
        NotOpen: it was finished already.
    """
    _demand(session, task, "accept")
    if task.accepted_at is None:
        task.state, task.accepted_at = OrderState.ACCEPTED, clock.now()
    session.flush()


def finish(session: Session, task: StoreTask, sealed_result: bytes, sha256: str) -> None:
    """Take the store's result: sealed to the task's key, its digest over what was sent. The same one again is no error.

    Raises:
        NotOpen: another result was taken, or the order was rejected.
        WrongDigest: `sha256` is not that of `sealed_result`.
        store_results.Unreadable: it does not open, or holds something else than is documented.
        NotOrdered: it names an item that the order, as it stands, does not name; nothing of it is taken.
    """
    if digest(sealed_result) != sha256:
        raise WrongDigest
    read_anew(session, task)
    if task.state == OrderState.DONE and task.result_sha256 == sha256:
        return
    _demand(session, task, "finish")
    answered = store_results.read(task.kind, _unsealed(session, task, sealed_result))
    if store_results.named(answered) - set(_involved(session, task).values()):
        raise NotOrdered
    _keep_result(session, task, answered)
    task.result_sha256, task.state, task.finished_at = sha256, OrderState.DONE, clock.now()
    requests.note(session, session.get_one(RightsRequest, task.request_id), Step(f"done_{task.kind}"), task.store_id)


def digest(sealed_result: bytes) -> str:
    """The SHA-256 of a sealed result, hexadecimal."""
    return hashlib.sha256(sealed_result).hexdigest()


def reject(session: Session, task: StoreTask, reason: str) -> None:
    """The store cannot do it, and says why.

    Raises:
        NotOpen: it was finished already.
    """
    _demand(session, task, "reject")
    request = session.get_one(RightsRequest, task.request_id)
    _keep_result(session, task, {"reason": reason})
    task.state, task.finished_at = OrderState.REJECTED, clock.now()
    requests.note(session, request, Step(f"rejected_{task.kind}"), task.store_id, reason)


def give_up(session: Session, task: StoreTask, reason: str, author: str) -> None:
    """Wait no longer for a store that cannot be reached; why is kept sealed, and a later answer is refused.

    Raises:
        NotOpen: the store has answered.
        NotOverdue: it has time yet.
    """
    _demand(session, task, "give_up")
    if clock.now() <= task.due_at:
        raise NotOverdue
    _keep_result(session, task, {"reason": reason})
    task.state, task.finished_at = OrderState.GIVEN_UP, clock.now()
    request = session.get_one(RightsRequest, task.request_id)
    requests.note(session, request, Step(f"given_up_{task.kind}"), author, reason)


def result(session: Session, task: StoreTask) -> dict[str, Any]:
    """What the store answered; empty before it did, and after it was forgotten."""
    if task.result is None:
        return {}
    opened: dict[str, Any] = json.loads(
        keyring(session).unseal(_result_owner(task), _result_place(task.id), task.result)
    )
    return opened


def still_ordered(session: Session, task: StoreTask) -> list[dict[str, Any]]:
    """What a store sent, but for items that the order does not name any more: they may be somebody else's."""
    ordered = set(_involved(session, task).values())
    return [each for each in result(session, task).get("items", ()) if each["item"] in ordered]


def missing(session: Session, task: StoreTask) -> list[str]:
    """What the order names, as it stands, and the store's result does not; empty where there is no result."""
    if task.state != OrderState.DONE or task.result is None:
        return []
    return sorted(set(_involved(session, task).values()) - store_results.named(result(session, task)))


def forget_collected(session: Session, request: RightsRequest) -> None:
    """Keep nothing of what was collected for a request: the person has it, or is erased."""
    for task in of_request(session, request):
        if task.kind == OrderKind.COLLECT:
            task.result = None
    session.flush()


def keys_to_destroy(session: Session) -> list[str]:
    """The keys of what was collected and is forgotten."""
    forgotten = select(StoreTask.id).where(StoreTask.kind == OrderKind.COLLECT, StoreTask.result.is_(None))
    return list(session.scalars(forgotten.where(StoreTask.finished_at.is_not(None))))


def _keep_result(session: Session, task: StoreTask, content: Mapping[str, Any]) -> None:
    owner = _result_owner(task)
    if owner == task.id:
        keyring(session).create([owner], KeyKind.PERSON)
    task.result = keyring(session).seal(owner, _result_place(task.id), json.dumps(content).encode())


def _result_owner(task: StoreTask) -> str:
    # What was collected is a person's whole material: under a key of its own, that goes before the request's.
    return task.id if task.kind == OrderKind.COLLECT else task.request_id


def _unsealed(session: Session, task: StoreTask, sealed_result: bytes) -> bytes:
    key = PrivateKey(base64.b64decode(_opened(session, task)["key"]))
    try:
        return SealedBox(key).decrypt(sealed_result)
    except (CryptoError, ValueError) as error:
        raise store_results.Unreadable from error


def _opened(session: Session, task: StoreTask) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(keyring(session).unseal(task.request_id, _place(task.id), task.sealed))
    return opened


def _demand(session: Session, task: StoreTask, act: str) -> None:
    read_anew(session, task)
    if not orders.STATES.allows(task.state, act):
        raise NotOpen


def _place(task_id: str) -> str:
    return f"store_tasks.sealed:{task_id}"


def _result_place(task_id: str) -> str:
    return f"store_tasks.result:{task_id}"
