"""Every value of law and policy, once. `docs/policy.md` is printed from here."""

from datetime import time, timedelta
from typing import Any

from vault.policy.settings import Setting

_DPO = ("dpo",)
_ADMINISTRATOR = ("administrator",)
_COORDINATOR = ("coordinator",)
_NOBODY = ()
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

# Rights of the person, and what is owed to them.
ANSWER_MONTHS = Setting(
    "rights.answer_months", 1, 1, 1, "GDPR 12(3)", _NOBODY, "months in which a rights request is answered"
)
EXTENDED_MONTHS = Setting(
    "rights.extended_months", 3, 3, 3, "GDPR 12(3)", _NOBODY, "the same where it is extended, from receipt"
)
BREACH_NOTIFIED = Setting(
    "rights.breach_notified", 72 * _HOUR, 72 * _HOUR, 72 * _HOUR, "GDPR 33(1)", _NOBODY, "until a breach is notified"
)
ERASURE_SAFETY = Setting(
    "rights.erasure_safety",
    14 * _DAY,
    7 * _DAY,
    21 * _DAY,
    "GDPR 12(3): it ends well within the month for the answer; shorter, nobody who was forced could take it back",
    _DPO,
    "how long an erasure can be taken back before anything is destroyed",
)
KEY_COPIES = Setting(
    "rights.key_copies",
    7 * _DAY,
    7 * _DAY,
    7 * _DAY,
    "GDPR 17(1): without undue delay; copies of keys are kept for no longer (KEY_BACKUP_DAYS)",
    _NOBODY,
    "how long after an erasure a copy of a destroyed key may still be somewhere",
)
ANSWER_READABLE = Setting(
    "rights.answer_readable",
    30 * _DAY,
    30 * _DAY,
    90 * _DAY,
    "GDPR 12(3), 5(1)(e)",
    _DPO,
    "how long somebody who was erased can still read the answer",
)
ORDER_DUE = Setting(
    "rights.order_due",
    10 * _DAY,
    1 * _DAY,
    14 * _DAY,
    "GDPR 12(3), 28(3)(e): in time for the answer",
    _DPO,
    "in what time an evidence store carries out an order",
)
RESTRICTION_END_TOLD = Setting(
    "rights.restriction_end_told",
    7 * _DAY,
    7 * _DAY,
    30 * _DAY,
    "GDPR 18(3): before it is lifted",
    _DPO,
    "how long before a restriction ends the person is told",
)
STOP_OVERDUE = Setting(
    "stores.stop_overdue",
    24 * _HOUR,
    1 * _HOUR,
    24 * _HOUR,
    "GDPR 7(3), 19",
    _DPO,
    "after what time a stop that a store has not confirmed is called overdue",
)
ASSESSMENT_HOLDS = Setting(
    "disclosure.assessment_holds",
    30 * _DAY,
    1 * _DAY,
    30 * _DAY,
    "GDPR 5(2), 35(11)",
    _DPO,
    "how old a risk assessment may be when items are released",
)

NEWS_UNREAD = Setting(
    "rights.news_unread",
    3 * _DAY,
    1 * _DAY,
    7 * _DAY,
    "GDPR 12(2), 12(3): what is decided reaches the person",
    _DPO,
    "after what time staff tell a person what a message has not brought them to read",
)
DRAFT_KEPT = Setting(
    "access.draft_kept",
    7 * _DAY,
    1 * _DAY,
    14 * _DAY,
    "GDPR 5(1)(e)",
    _DPO,
    "how long what staff typed and did not send is kept for them",
)

# Support.
RISK_SEEN = Setting(
    "support.risk_seen",
    4 * _HOUR,
    1 * _HOUR,
    4 * _HOUR,
    "policy: no law sets the time",
    _COORDINATOR,
    "in what time a clinician opens a sign of danger before the supervisor is told",
)
ITEM_9_SETTLED = Setting(
    "support.item_9_settled",
    24 * _HOUR,
    1 * _HOUR,
    24 * _HOUR,
    "policy: no law sets the time",
    _COORDINATOR,
    "in what time a review after item 9 is settled",
)
RISK_SETTLED = Setting(
    "support.risk_settled",
    72 * _HOUR,
    24 * _HOUR,
    72 * _HOUR,
    "policy: no law sets the time",
    _COORDINATOR,
    "in what time any other risk review is settled",
)
ACTED_FIRST_CONFIRMED = Setting(
    "support.acted_first_confirmed",
    24 * _HOUR,
    1 * _HOUR,
    24 * _HOUR,
    "GDPR 9(2)(c): only while the person cannot consent",
    _COORDINATOR,
    "in what time a second person confirms help that was called before asking",
)
BROKEN_GLASS = Setting(
    "support.broken_glass",
    24 * _HOUR,
    1 * _HOUR,
    24 * _HOUR,
    "GDPR 5(1)(f), 9(3)",
    _COORDINATOR,
    "how long a supervisor reads a case that was opened in an emergency",
)
PAGES_REST = Setting(
    "support.pages_rest",
    24 * _HOUR,
    24 * _HOUR,
    72 * _HOUR,
    "GDPR 32(1)",
    _COORDINATOR,
    "how long a person's support pages rest after a paper has renewed their way in",
)
MEASURED_AGAIN = Setting(
    "support.measured_again",
    28 * _DAY,
    7 * _DAY,
    91 * _DAY,
    "policy",
    _COORDINATOR,
    "after what time a case is measured again",
)
PROVIDER_LINK = Setting(
    "support.provider_link",
    60 * _DAY,
    1 * _DAY,
    60 * _DAY,
    "GDPR 5(1)(e), 32(1)",
    _COORDINATOR,
    "how long a provider's link to a referral works",
)
SERVICE_STALE = Setting(
    "support.service_stale",
    90 * _DAY,
    7 * _DAY,
    90 * _DAY,
    "GDPR 5(1)(d)",
    _COORDINATOR,
    "how long an entry of the directory counts as made sure of",
)
SERVICE_POSTPONED = Setting(
    "support.service_postponed",
    7 * _DAY,
    1 * _DAY,
    30 * _DAY,
    "policy",
    _COORDINATOR,
    "after what time a provider who was not reached is tried again",
)
DROPPED_OUT = Setting(
    "support.dropped_out",
    60 * _DAY,
    28 * _DAY,
    91 * _DAY,
    "policy",
    _COORDINATOR,
    "after what time without a session somebody counts as having dropped out",
)
LOOKS_AHEAD = Setting(
    "support.looks_ahead", 14 * _DAY, 1 * _DAY, 60 * _DAY, "policy", _COORDINATOR, "how far ahead desks look"
)
FIGURES_RELEASED = Setting(
    "figures.released",
    10,
    10,
    100,
    "policy; GDPR recital 26: nobody can be found",
    _COORDINATOR,
    "the fewest people behind a number that is released",
)
FIGURES_INSIDE = Setting(
    "figures.inside",
    5,
    5,
    100,
    "policy; GDPR recital 26: nobody can be found",
    _COORDINATOR,
    "the fewest people behind a number that partners see",
)

# The way in.
SESSION_LONGEST = Setting(
    "access.session_longest", 8 * _HOUR, 1 * _HOUR, 12 * _HOUR, "ASVS 5.0 7.3.2", _ADMINISTRATOR, "the longest session"
)
SURVIVOR_IDLE = Setting(
    "access.survivor_idle",
    15 * _MINUTE,
    5 * _MINUTE,
    15 * _MINUTE,
    "ASVS 5.0 7.3.1",
    _ADMINISTRATOR,
    "after what idle time a survivor is signed out",
)
STAFF_IDLE = Setting(
    "access.staff_idle",
    30 * _MINUTE,
    5 * _MINUTE,
    30 * _MINUTE,
    "ASVS 5.0 7.3.1",
    _ADMINISTRATOR,
    "after what idle time a member of staff is signed out",
)
SECOND_FACTOR_WITHIN = Setting(
    "access.second_factor_within",
    5 * _MINUTE,
    1 * _MINUTE,
    10 * _MINUTE,
    "ASVS 5.0 6.5.5",
    _ADMINISTRATOR,
    "in what time the second factor follows the passphrase",
)
STEP_UP_FRESH = Setting(
    "access.step_up_fresh",
    5 * _MINUTE,
    1 * _MINUTE,
    15 * _MINUTE,
    "ASVS 5.0 7.5.3",
    _ADMINISTRATOR,
    "how long a second factor counts for a sensitive act",
)
FREE_TRIES = Setting(
    "access.free_tries",
    5,
    1,
    10,
    "ASVS 5.0 6.3.1",
    _ADMINISTRATOR,
    "failed sign-ins before each makes the next wait",
)
UNDER_ATTACK = Setting(
    "access.under_attack",
    50,
    10,
    100,
    "ASVS 5.0 6.3.1",
    _ADMINISTRATOR,
    "failures of one account or network that count as an attack",
)
LONGEST_DELAY = Setting(
    "access.longest_delay",
    5 * _MINUTE,
    1 * _MINUTE,
    15 * _MINUTE,
    "ASVS 5.0 6.3.1: nobody is locked out by another's guesses",
    _ADMINISTRATOR,
    "the longest wait for the next try",
)
FAILURES_KEPT = Setting(
    "access.failures_kept",
    24 * _HOUR,
    1 * _HOUR,
    72 * _HOUR,
    "GDPR 5(1)(e)",
    _ADMINISTRATOR,
    "how long failed sign-ins are counted",
)
CODES_BEFORE_TWO = Setting(
    "access.codes_before_two",
    5,
    1,
    10,
    "RFC 4226 7.4",
    _ADMINISTRATOR,
    "wrong codes within the time that failures are counted, before two in a row are asked for",
)
INVITATION = Setting(
    "access.invitation",
    14 * _DAY,
    1 * _DAY,
    30 * _DAY,
    "ASVS 5.0 6.4.1",
    _ADMINISTRATOR,
    "how long an invitation works",
)
RENEWAL = Setting(
    "access.renewal",
    3 * _DAY,
    1 * _DAY,
    7 * _DAY,
    "ASVS 5.0 6.4.1",
    _ADMINISTRATOR,
    "how long a paper that renews a way in works",
)
STORE_TOKEN = Setting(
    "stores.token",
    365 * _DAY,
    30 * _DAY,
    365 * _DAY,
    "ASVS 5.0 13.3.4",
    _ADMINISTRATOR,
    "how long a new token of an evidence store works",
)

# What the house tells, and how it vouches.
DIGEST_AT = Setting(
    "outbox.digest_at",
    time(7, 0),
    time(0, 0),
    time(23, 59),
    "policy",
    _ADMINISTRATOR,
    "the hour, where its reader is, at which what waits comes as one message",
)
MESSAGE_GIVEN_UP = Setting(
    "outbox.given_up",
    2 * _DAY,
    1 * _DAY,
    7 * _DAY,
    "policy",
    _ADMINISTRATOR,
    "after what time a message that cannot be sent is given up",
)
SIGNING_KEY = Setting(
    "signing.key",
    365 * _DAY,
    180 * _DAY,
    730 * _DAY,
    "policy",
    _ADMINISTRATOR,
    "how long a new signing key is good",
)
SIGNING_KEY_RENEWED = Setting(
    "signing.key_renewed",
    60 * _DAY,
    30 * _DAY,
    90 * _DAY,
    "policy",
    _ADMINISTRATOR,
    "how long before a signing key ends the next one is made",
)


def every() -> list[Setting[Any]]:
    """Every setting, in the order in which it is declared."""
    return [each for each in globals().values() if isinstance(each, Setting)]


def named(key: str) -> Setting[Any]:
    """The setting of that key.

    Raises:
        KeyError: there is none.
    """
    return {each.key: each for each in every()}[key]
