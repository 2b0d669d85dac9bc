"""Every table of the portal, gathered for the migrations."""

from consent import (
    answers,
    bases,
    capture,
    concerns,
    erasure_reviews,
    events,
    expiry,
    feed,
    forms,
    items,
    organisations,
    recipients,
    revisions,
    scopes,
    stores,
    subjects,
    transparency_log,
    webhooks,
)
from portal.access import accounts, invitations, sessions, throttle
from portal.jobs import leases
from vault import audit, signing
from vault.database import Base

OWNERS = (
    accounts, answers, audit, bases, capture, concerns, erasure_reviews, events, expiry, feed, forms, invitations,
    items, leases, organisations, recipients, revisions, scopes, sessions, signing, stores,
    subjects, throttle, transparency_log, webhooks,
)  # fmt: skip

metadata = Base.metadata
