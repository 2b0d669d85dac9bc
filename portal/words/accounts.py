"""The words of accounts: what their owners are told, in the three languages."""

from flask_babel import lazy_pgettext

NOTICE_WORDS = {
    "new_device": lazy_pgettext("notice", "Somebody signed in from a device that was not known"),
    "codes_guessed": lazy_pgettext("notice", "Codes were guessed: somebody may know your passphrase"),
    "credentials_changed": lazy_pgettext("notice", "Passphrase or second factor were changed"),
    "recovery_code_used": lazy_pgettext("notice", "A recovery code was used"),
    "danger": lazy_pgettext("notice", "A sign of danger waits to be looked at: see Today"),
    "danger_unseen": lazy_pgettext("notice", "Nobody has looked at a sign of danger in time: see Today"),
    "letter": lazy_pgettext("notice", "A letter waits for you"),
    "reach_person": lazy_pgettext("notice", "Somebody waits to be told something by you: see Today"),
    "request_due": lazy_pgettext("notice", "A rights request is due soon: see Today"),
}
