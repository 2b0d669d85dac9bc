"""Every table of the portal, gathered for the migrations."""

from consent.catalogue import classes, forms, recipients
from consent.disclosure import (
    asking,
    certificates,
    copies,
    correspondence,
    handover,
    instruments,
    legal_holds,
    lists,
    marks,
    release,
    secrecy,
    terms,
)
from consent.disclosure import notices as disclosure_notices
from consent.disclosure import requests as disclosure_requests
from consent.ledger import answers, bases, events, feed, items, revisions, scopes, stores, transparency_log, webhooks
from consent.people import concerns, organisations, safe_contacts, subjects
from consent.rights import (
    breaches,
    decisions,
    erasure,
    letters,
    packages,
    requests,
    restriction,
    retention,
    store_tasks,
)
from consent.rights import documents as privacy_documents
from consent.saying import capture, erasure_reviews, expiry, situations
from mhpss import break_glass, cases, clinical_copies, entries, measuring, meetings, on_call, risk
from mhpss.figures import releases as released_tables
from mhpss.measures import packs
from mhpss.referral import provider_links, referrals
from mhpss.services import directory, locations, verification
from portal import upgrades
from portal.access import (
    accounts,
    duress,
    invitations,
    notices,
    passkeys,
    recovery_codes,
    renewals,
    sessions,
    throttle,
)
from portal.drafts import form_drafts
from portal.frame import repeats, saved
from portal.jobs import leases
from portal.outbox import messages, preferences
from vault import audit, audit_chain, documents, numbering, signing, staff
from vault.database import Base
from vault.policy import in_force

OWNERS = (
    accounts, answers, audit, audit_chain, bases, capture, concerns, documents, duress, erasure_reviews, events, expiry,
    feed, forms, invitations, items, leases, notices, organisations, passkeys, recipients, recovery_codes,
    renewals, revisions, scopes, sessions, signing, stores, subjects, throttle, transparency_log,
    webhooks, breaches, privacy_documents, decisions, erasure, letters, packages, requests, restriction, retention,
    situations, store_tasks,
    asking, certificates, classes, copies, correspondence, handover, instruments, legal_holds, lists, marks,
    break_glass, cases, clinical_copies, directory, entries, locations, measuring, meetings, on_call, packs,
    provider_links, referrals, risk, verification,
    numbering, upgrades, messages, preferences, saved, staff, form_drafts, repeats, safe_contacts, in_force,
    disclosure_notices, release, disclosure_requests, secrecy, terms, released_tables,
)  # fmt: skip

metadata = Base.metadata
