"""The schedule: every task at its period, in a thread of a web worker or in a process of its own."""

import logging
import signal
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy.exc import SQLAlchemyError

from portal.jobs import nudges, tasks
from portal.outbox.sending import Post
from vault import clock
from vault.database import Database, new_id
from vault.key_backups import KeyBackups

_log = logging.getLogger(__name__)
_NUDGES_EVERY = 1
_POST_EVERY = 5


def start(database: Database, backups: KeyBackups | None = None, post: Post | None = None) -> BaseScheduler:
    """Run the tasks in a thread of this process; the caller shuts the scheduler down."""
    scheduler = BackgroundScheduler(**_settings())
    _fill(scheduler, database, backups, post)
    scheduler.start()
    return scheduler


def run(database: Database, backups: KeyBackups | None = None, post: Post | None = None) -> None:
    """Run the tasks in this process until it is told to stop (SIGTERM, SIGINT)."""
    scheduler = BlockingScheduler(**_settings())
    _fill(scheduler, database, backups, post)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: scheduler.shutdown(wait=False))
    scheduler.start()


def _settings() -> dict[str, Any]:
    return {
        "timezone": "UTC",
        # A store that is slow to answer its nudge, or a mail server, holds nothing else up.
        "executors": {name: ThreadPoolExecutor(1) for name in ("default", "nudges", "post")},
        # Whatever was missed is made up for by one run.
        "job_defaults": {"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    }


def _fill(scheduler: BaseScheduler, database: Database, backups: KeyBackups | None, post: Post | None) -> None:
    holder = new_id()
    # Whoever read a key at that moment may have kept destroyed ones in the key store's files.
    scheduler.add_job(database.keys.wipe, "interval", minutes=1, id="wipe-destroyed-keys", next_run_time=clock.now())
    if backups is not None:
        # Whatever else stops, no copy of the key store outlives its time; removing one twice does no harm.
        scheduler.add_job(backups.lapse, "interval", hours=1, id="lapse-key-backups", next_run_time=clock.now())
    for task in tasks.TASKS:
        scheduler.add_job(
            _attempt,
            "interval",
            seconds=task.every.total_seconds(),
            args=(database, task, holder),
            id=task.name,
            next_run_time=clock.now(),
        )
    scheduler.add_job(
        _attempt_nudges, "interval", seconds=_NUDGES_EVERY, args=(database,), id="nudge", executor="nudges"
    )

    if post is not None:
        scheduler.add_job(
            _attempt_post, "interval", seconds=_POST_EVERY, args=(database, post), id="post", executor="post"
        )


def _attempt_post(database: Database, post: Post) -> None:
    try:
        post.send_due(database)
    except SQLAlchemyError as error:
        _log.warning("the outbox was not emptied: %s", type(error).__name__)


def _attempt_nudges(database: Database) -> None:
    try:
        nudges.send_due(database)
    except SQLAlchemyError as error:
        _log.warning("nudges were not sent: %s", type(error).__name__)


def _attempt(database: Database, task: tasks.Task, holder: str) -> None:
    try:
        tasks.run(database, task, holder)
    except SQLAlchemyError as error:
        # Its message could carry values of the row; the next run tries again.
        _log.warning("task %s did not run: %s", task.name, type(error).__name__)
