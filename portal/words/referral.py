"""The words of referrals and services: needs, states, urgencies, fields, reasons of a match, in the three languages."""

from flask_babel import lazy_gettext, lazy_pgettext

NEED_WORDS = {
    "mental_health": lazy_pgettext("need", "mental health care"),
    "psychological": lazy_pgettext("need", "psychological support"),
    "psychosocial": lazy_pgettext("need", "psychosocial support"),
    "protection": lazy_pgettext("need", "protection"),
    "tracing": lazy_pgettext("need", "finding relatives"),
    "legal": lazy_pgettext("need", "legal help"),
    "education": lazy_pgettext("need", "education"),
    "shelter": lazy_pgettext("need", "a place to live"),
    "material": lazy_pgettext("need", "things for daily life"),
    "nutrition": lazy_pgettext("need", "food"),
    "livelihood": lazy_pgettext("need", "work and income"),
    "financial": lazy_pgettext("need", "money help"),
    "physical_health": lazy_pgettext("need", "physical health"),
    "rehabilitation": lazy_pgettext("need", "rehabilitation"),
    "other": lazy_pgettext("need", "other help"),
}
URGENCY_WORDS = {
    "emergency": lazy_pgettext("urgency", "emergency: within 24 hours"),
    "urgent": lazy_pgettext("urgency", "urgent: within 72 hours"),
    "normal": lazy_pgettext("urgency", "normal: within 14 days"),
}
REFERRAL_STATES = {
    "draft": lazy_pgettext("referral", "draft"),
    "awaiting_consent": lazy_pgettext("referral", "the person is asked"),
    "sent": lazy_pgettext("referral", "sent"),
    "received": lazy_pgettext("referral", "received"),
    "accepted": lazy_pgettext("referral", "accepted"),
    "waitlisted": lazy_pgettext("referral", "on the waiting list"),
    "scheduled": lazy_pgettext("referral", "appointment made"),
    "attended": lazy_pgettext("referral", "attended"),
    "no_show": lazy_pgettext("referral", "did not come"),
    "in_service": lazy_pgettext("referral", "being helped"),
    "on_hold": lazy_pgettext("referral", "paused"),
    "cancel_requested": lazy_pgettext("referral", "to be cancelled"),
    "completed": lazy_pgettext("referral", "completed"),
    "ended_early": lazy_pgettext("referral", "ended early"),
    "cancelled": lazy_pgettext("referral", "cancelled"),
    "declined": lazy_pgettext("referral", "declined"),
    "lost": lazy_pgettext("referral", "contact lost"),
    "expired": lazy_pgettext("referral", "lapsed without an answer"),
    "recalled": lazy_pgettext("referral", "called back"),
    "closed": lazy_pgettext("referral", "closed"),
    "withdrawn": lazy_pgettext("referral", "stopped: consent ended"),
    "redirected": lazy_pgettext("referral", "redirected"),
    "entered_in_error": lazy_pgettext("referral", "entered in error"),
    "declined_by_person": lazy_pgettext("referral", "the person said no"),
}
REFERRAL_CHIPS = {
    "draft": "open",
    "awaiting_consent": "ask",
    "sent": "wait",
    "received": "wait",
    "waitlisted": "wait",
    "no_show": "need",
    "cancel_requested": "need",
    **dict.fromkeys(("accepted", "scheduled", "attended", "in_service", "completed"), "yes"),
}
FIELD_WORDS = {
    "name": lazy_pgettext("field", "name"),
    "contact": lazy_pgettext("field", "safe contact: channel, hours, code word"),
    "age_group": lazy_pgettext("field", "age group"),
    "gender": lazy_pgettext("field", "gender"),
    "languages": lazy_pgettext("field", "languages"),
    "needs": lazy_pgettext("field", "what is needed, since when, how often"),
    "risk": lazy_pgettext("field", "risk level, and whether there is a safety plan"),
    "services_given": lazy_pgettext("field", "what help was given so far"),
    "country": lazy_pgettext("field", "whether in or travelling to Belarus"),
    "interpreter": lazy_pgettext("field", "interpreter; online or in person"),
}
GROUND_WORDS = {
    "suicide": lazy_pgettext("ground", "danger of suicide"),
    "violence": lazy_pgettext("ground", "danger of violence"),
    "medical": lazy_pgettext("ground", "medical danger to life"),
    "abduction": lazy_pgettext("ground", "danger of abduction"),
}
REASON_WORDS = {
    "layer": lazy_pgettext("match", "the layer fits"),
    "language": lazy_pgettext("match", "in their language"),
    "same_country": lazy_pgettext("match", "in the same country"),
    "remote": lazy_pgettext("match", "works remotely"),
    "gender": lazy_pgettext("match", "helper of the gender asked for"),
    "free": lazy_pgettext("match", "free of charge"),
    "accessible": lazy_pgettext("match", "accessible"),
    "room_now": lazy_pgettext("match", "room now"),
    "fresh": lazy_pgettext("match", "made sure of lately"),
}
DOUBT_WORDS = {
    "other_language": lazy_pgettext("match", "in another language"),
    "other_gender": lazy_pgettext("match", "no helper of the gender asked for"),
    "paid": lazy_pgettext("match", "has to be paid"),
    "not_accessible": lazy_pgettext("match", "not accessible"),
    "full": lazy_pgettext("match", "full at present"),
    "waiting_list": lazy_pgettext("match", "waiting list"),
    "stale": lazy_pgettext("match", "not made sure of for 90 days"),
}
CAPACITY_WORDS = {
    "free": lazy_pgettext("capacity", "room now"),
    "waiting_list": lazy_pgettext("capacity", "waiting list"),
    "full": lazy_pgettext("capacity", "full"),
    "unknown": lazy_pgettext("capacity", "not known"),
}
COST_WORDS = {"free": lazy_gettext("free of charge"), "paid": lazy_gettext("has to be paid")}
GENDER_WORDS = {"woman": lazy_gettext("a woman"), "man": lazy_gettext("a man")}
CAPACITY_CHIPS = {"free": "yes", "waiting_list": "wait", "full": "no", "unknown": "open"}
PARTY_WORDS = {
    "RC": lazy_pgettext("party", "psychologist"),
    "RS": lazy_pgettext("party", "provider"),
    "SV": lazy_pgettext("party", "the person"),
    "SUP": lazy_pgettext("party", "supervisor"),
    "clock": lazy_pgettext("party", "the clock"),
}
CONDITION_WORDS = {
    "service_open": lazy_pgettext("condition", "the service takes referrals and the agreement is valid"),
    "consent": lazy_pgettext("condition", "the person said yes to this provider and these fields"),
    "past_reminders": lazy_pgettext("condition", "the time of its urgency and the reminders are over"),
}
MOVE_GROUPS = {
    "OPEN": lazy_pgettext("referral", "any that is under way"),
    "ENDED": lazy_pgettext("referral", "any that has ended"),
    "ANY": lazy_pgettext("referral", "any"),
}
MORE_NEEDED = {
    "reason": lazy_gettext("Write the reason"),
    "appointment": lazy_gettext("Write day and time of the appointment, in the time to come"),
    "review_on": lazy_gettext("Write a day on which you look again"),
}
# What the person reads of where a referral stands: no more than what it means for them.
STANDS_FOR_PERSON = {
    "draft": lazy_pgettext("my referral", "being prepared; nothing was sent"),
    "awaiting_consent": lazy_pgettext("my referral", "waits for your answer; nothing was sent"),
    "sent": lazy_pgettext("my referral", "asked whether there is room"),
    "received": lazy_pgettext("my referral", "being looked at"),
    "accepted": lazy_pgettext("my referral", "they said yes; an appointment follows"),
    "waitlisted": lazy_pgettext("my referral", "you are on the waiting list"),
    "scheduled": lazy_pgettext("my referral", "there is an appointment"),
    "no_show": lazy_pgettext("my referral", "the appointment did not take place; a new one can be made"),
    "cancel_requested": lazy_pgettext("my referral", "it is being cancelled"),
    "declined": lazy_pgettext("my referral", "they have no room; another way is looked for"),
    "expired": lazy_pgettext("my referral", "they did not answer; another way is looked for"),
    "withdrawn": lazy_pgettext("my referral", "stopped"),
    "declined_by_person": lazy_pgettext("my referral", "you said no; nothing was sent"),
}


def stands_for_person(state: str) -> str:
    """Where a referral stands, as the person reads it."""
    return str(STANDS_FOR_PERSON.get(state, REFERRAL_STATES[state]))
