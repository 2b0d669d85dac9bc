"""The tasks that run by the clock. Run twice, late or in two processes, they change nothing more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from consent.people import persons
from consent.proving import anchors
from consent.rights import erasure, packages, retention
from consent.saying import expiry
from mhpss import clinical_copies, keeping, risk
from mhpss.referral import silence
from portal.access import forgetting, invitations, renewals, sessions, throttle
from portal.casework import alerts, reaching
from portal.drafts import form_drafts
from portal.frame import repeats
from portal.jobs import leases
from vault import clock
from vault.database import Database


@dataclass(frozen=True, slots=True)
class Task:
    """A task and how often it is due. `step` does a part of it and answers how much; 0 when nothing is left."""

    name: str
    every: timedelta
    step: Callable[[Session], int]


def _sweep(session: Session) -> int:
    sessions.sweep(session)
    throttle.sweep(session)
    clinical_copies.drop_unneeded(session)
    form_drafts.sweep(session)
    repeats.sweep(session)
    return 0


def _destroy_keys(session: Session) -> int:
    erased = erasure.keys_to_destroy(session)
    harmless = [owner for person in erased for owner in forgetting.forget(session, person, "system")]
    records = keeping.follow(session, erased, at_once=harmless)
    owners = [*erased, *harmless, *records, *packages.keys_to_destroy(session)]
    return persons.forget_keys(session, owners)


TASKS = (
    Task("expire", timedelta(minutes=1), expiry.expire),
    Task("remind", timedelta(hours=1), expiry.remind_of_reviews),
    Task("end-invitations", timedelta(hours=1), invitations.end_expired),
    Task("end-renewals", timedelta(hours=1), renewals.end_expired),
    Task("seal-audit", timedelta(minutes=10), anchors.seal_audit),
    Task("sweep", timedelta(hours=1), _sweep),
    Task("destroy-keys", timedelta(minutes=1), _destroy_keys),
    Task("retention", timedelta(hours=6), retention.open_reviews),
    Task("follow-referrals", timedelta(minutes=1), silence.follow),
    Task("escalate-risk", timedelta(minutes=1), risk.escalate),
    Task("tell-of-danger", timedelta(seconds=30), alerts.of_danger),
    Task("reach-people", timedelta(minutes=1), reaching.follow),
    Task("remind-of-requests", timedelta(hours=1), alerts.of_requests_due),
)


def run(database: Database, task: Task, holder: str) -> int:
    """Run `task` to its end, unless another holder ran it within this period; how much was done.

    Each step is one short transaction that takes the lease and does the work: a process that is killed, or that
    lost its lease while it slept, writes nothing.
    """
    done = 0
    while True:
        with database.writing() as session:
            # A little less than the period, so that the holder's own next run never finds the lease still taken.
            if not leases.take(session, task.name, holder, clock.now() + task.every * 0.9):
                return done
            step = task.step(session)
        done += step
        if step == 0:
            return done
