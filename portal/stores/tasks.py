"""The data protection officer's orders as a store reads and answers them."""

import base64
import binascii
from typing import Any

from sqlalchemy.orm import Session

from consent.ledger.stores import Store
from consent.rights import store_results, store_tasks
from consent.rights.store_tasks import Order, StoreTask
from portal.stores.problems import Fault, Problem
from portal.stores.schemas import TaskRejection, TaskResult
from vault import clock


def listed(session: Session, store: Store) -> dict[str, Any]:
    """Every order that the store has not finished."""
    return {"tasks": [_as_value(order) for order in store_tasks.for_store(session, store.id)]}


def _as_value(order: Order) -> dict[str, Any]:
    task = order.task
    return {
        "id": task.id,
        "kind": task.kind,
        "state": task.state,
        "subject": order.subject,
        "items": list(order.items),
        "instructions": dict(order.instructions),
        "created_at": clock.to_the_minute(task.created_at),
        "due_at": clock.to_the_minute(task.due_at),
        "public_key": base64.b64encode(task.public_key).decode(),
    }


def accept(session: Session, store: Store, task_id: str) -> None:
    """The store has taken the order on."""
    task = _task(session, store, task_id)
    try:
        store_tasks.accept(session, task)
    except store_tasks.NotOpen as error:
        raise _finished(task) from error


def finish(session: Session, store: Store, task_id: str, sent: TaskResult) -> None:
    """Take the sealed result of an order."""
    task = _task(session, store, task_id)
    try:
        sealed = base64.b64decode(sent.sealed, validate=True)
        if len(sealed) > store_tasks.LARGEST_RESULT:
            raise Problem("too-large", "A result has at most 20 MiB.")
        store_tasks.finish(session, task, sealed, sent.sha256)
    except store_tasks.NotOpen as error:
        raise _finished(task) from error
    except store_tasks.WrongDigest as error:
        fault = Fault("#/sha256", "Not the digest of what was sent")
        raise Problem("invalid-fields", "The result did not arrive as it was sent.", [fault]) from error
    except store_tasks.NotOrdered as error:
        fault = Fault("#/sealed", "Names an item which the order, as it stands, does not name")
        raise Problem(
            "invalid-fields", "Nothing of the result was taken. Please read the order again.", [fault]
        ) from error
    except (store_results.Unreadable, binascii.Error) as error:
        fault = Fault("#/sealed", "Does not open with the key of this task, or holds something else than is documented")
        raise Problem("invalid-fields", "The result cannot be read.", [fault]) from error


def reject(session: Session, store: Store, task_id: str, said: TaskRejection) -> None:
    """The store cannot do it."""
    task = _task(session, store, task_id)
    try:
        store_tasks.reject(session, task, said.reason)
    except store_tasks.NotOpen as error:
        raise _finished(task) from error


def _task(session: Session, store: Store, task_id: str) -> StoreTask:
    task = store_tasks.of_store(session, store.id, task_id)
    if task is None:
        raise Problem("not-found", "This store has no such task.")
    return task


def _finished(task: StoreTask) -> Problem:
    return Problem("task-finished", f"This task is {task.state}.")
