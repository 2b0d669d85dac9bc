"""The words for the codes of the register."""

from flask_babel import lazy_pgettext

STATE_WORDS = {
    "received": lazy_pgettext("request", "received"),
    "open": lazy_pgettext("request", "being worked on"),
    "proposed": lazy_pgettext("request", "waits for a second person"),
    "released": lazy_pgettext("request", "released"),
    "handed_over": lazy_pgettext("request", "handed over"),
    "confirmed": lazy_pgettext("request", "digests confirmed"),
    "closed": lazy_pgettext("request", "closed"),
}
STATE_CHIPS = {"received": "need", "open": "wait", "proposed": "ask", "closed": "open"}
ENDING_WORDS = {
    "answered": lazy_pgettext("ending", "Answered"),
    "refused": lazy_pgettext("ending", "Refused by us"),
    "taken_back": lazy_pgettext("ending", "Taken back by who asked"),
}
ROUTE_WORDS = {
    "consent": lazy_pgettext("route", "by consent"),
    "compelled": lazy_pgettext("route", "compelled by an order"),
}
BUCKET_WORDS = {
    "go": lazy_pgettext("check", "May go"),
    "obliged": lazy_pgettext("check", "May go, with obligations"),
    "ask": lazy_pgettext("check", "Ask these people first"),
    "withheld": lazy_pgettext("check", "May not go"),
}
BUCKET_CHIPS = {"go": "yes", "obliged": "wait", "ask": "ask", "withheld": "no"}
REASON_WORDS = {
    "unknown_item": lazy_pgettext("reason", "no store knows it"),
    "safety_hold": lazy_pgettext("reason", "held for somebody’s safety"),
    "no_data_subject": lazy_pgettext("reason", "nobody is in it"),
    "subjects_not_established": lazy_pgettext("reason", "not known who is in it"),
    "erased": lazy_pgettext("reason", "a person in it was erased"),
    "paused_by_wish": lazy_pgettext("reason", "paused by the person’s wish"),
    "erasure_pending": lazy_pgettext("reason", "erasure was asked for"),
    "restricted": lazy_pgettext("reason", "processing is restricted"),
    "unanswered": lazy_pgettext("reason", "asked, not answered"),
    "refused": lazy_pgettext("reason", "the person said no"),
    "withdrawn": lazy_pgettext("reason", "consent was withdrawn"),
    "expired": lazy_pgettext("reason", "the time of the consent is over"),
    "invalidated": lazy_pgettext("reason", "declared never valid"),
    "superseded": lazy_pgettext("reason", "not answered in the newer form"),
    "majority_unconfirmed": lazy_pgettext("reason", "to be confirmed by the person, who came of age"),
    "recipient_excluded": lazy_pgettext("reason", "not for this recipient"),
    "kind_excluded": lazy_pgettext("reason", "not this kind of material"),
    "ask_first": lazy_pgettext("reason", "the person wants to be asked first"),
    "asked_and_granted": lazy_pgettext("reason", "asked, and said yes"),
    "granted": lazy_pgettext("reason", "the person agreed"),
    "objected": lazy_pgettext("reason", "the person objected"),
    "asked": lazy_pgettext("reason", "asked, no answer yet"),
    "lawful_basis": lazy_pgettext("reason", "a basis record covers it"),
    "no_consent": lazy_pgettext("reason", "never asked"),
    "no_digest": lazy_pgettext("reason", "its store gave no digest"),
    "no_copy": lazy_pgettext("reason", "its copy is not registered yet"),
    "other_bytes": lazy_pgettext("reason", "other bytes of it would go now"),
    "not_onward": lazy_pgettext("reason", "it may not be passed on any more, and the certificate says it may"),
}
GROUP_WORDS = {
    "no_permission": lazy_pgettext("withheld", "no permission"),
    "people_not_established": lazy_pgettext("withheld", "not known who is in them"),
    "unknown": lazy_pgettext("withheld", "not known to us"),
    "not_ready": lazy_pgettext("withheld", "not ready yet"),
}
COPY_WORDS = {
    "named": lazy_pgettext("copy", "with names"),
    "pseudonymised": lazy_pgettext("copy", "under pseudonyms"),
    "anonymised": lazy_pgettext("copy", "anonymous"),
}
TRANSFER_WORDS = {
    "eea": lazy_pgettext("transfer", "inside the EEA: no transfer"),
    "45": lazy_pgettext("transfer", "Art. 45: adequacy decision"),
    "46": lazy_pgettext("transfer", "Art. 46: appropriate safeguards"),
    "49": lazy_pgettext("transfer", "Art. 49: derogation for a specific situation"),
}
STEP_WORDS = {
    "handed_over": lazy_pgettext("custody", "Handed over"),
    "confirmed": lazy_pgettext("custody", "Digests confirmed by the recipient"),
    "recalled": lazy_pgettext("custody", "Recalled before the handover"),
}
NOTICE_WORDS = {
    "drafted": lazy_pgettext("notice", "to be looked at and sent"),
    "sent": lazy_pgettext("notice", "sent, no answer yet"),
    "acknowledged": lazy_pgettext("notice", "answered"),
}
NOTICE_CHIPS = {"drafted": "need", "sent": "wait", "acknowledged": "yes"}
DIRECTION_WORDS = {
    "in": lazy_pgettext("letter", "from them"),
    "out": lazy_pgettext("letter", "from us"),
}

ALL = {
    "REQUEST_STATES": STATE_WORDS,
    "REQUEST_CHIPS": STATE_CHIPS,
    "ENDINGS": ENDING_WORDS,
    "ROUTES": ROUTE_WORDS,
    "BUCKETS": BUCKET_WORDS,
    "BUCKET_CHIPS": BUCKET_CHIPS,
    "REASONS": REASON_WORDS,
    "WITHHELD": GROUP_WORDS,
    "COPIES": COPY_WORDS,
    "TRANSFERS": TRANSFER_WORDS,
    "STEPS": STEP_WORDS,
    "NOTICE_STATES": NOTICE_WORDS,
    "NOTICE_CHIPS": NOTICE_CHIPS,
    "DIRECTIONS": DIRECTION_WORDS,
}
