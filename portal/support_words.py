"""The words of the support desks: states, risks, entries of a history, sessions, in the three languages."""

from flask_babel import lazy_gettext, lazy_pgettext

CASE_STATES = {
    "intake": lazy_pgettext("case", "intake"),
    "open": lazy_pgettext("case", "waits to be assigned"),
    "assigned": lazy_pgettext("case", "assigned"),
    "active": lazy_pgettext("case", "active"),
    "closed": lazy_pgettext("case", "closed"),
    "reopened": lazy_pgettext("case", "taken up again"),
}
CASE_CHIPS = {"intake": "wait", "open": "need", "assigned": "wait", "active": "yes", "closed": "no", "reopened": "wait"}
LAYER_WORDS = {
    "1": lazy_pgettext("layer", "basic services and security"),
    "2": lazy_pgettext("layer", "family and community support"),
    "3": lazy_pgettext("layer", "focused support"),
    "4": lazy_pgettext("layer", "specialised care"),
}
RISK_LEVELS = {
    "none": lazy_pgettext("danger", "none"),
    "low": lazy_pgettext("danger", "low"),
    "moderate": lazy_pgettext("danger", "moderate"),
    "high": lazy_pgettext("danger", "high"),
    "imminent": lazy_pgettext("danger", "imminent"),
}
RISK_CAUSES = {
    "item_9": lazy_pgettext("danger sign", "question 9 was answered above zero"),
    "item_9_unanswered": lazy_pgettext("danger sign", "question 9 was left open"),
    "clinician": lazy_pgettext("danger sign", "somebody of the team asks for it"),
    "act_first": lazy_pgettext("danger sign", "help was called before asking"),
}
MODALITY_WORDS = {
    "in_person": lazy_pgettext("modality", "in person"),
    "video": lazy_pgettext("modality", "by video"),
    "voice": lazy_pgettext("modality", "by voice"),
    "text": lazy_pgettext("modality", "in writing"),
}
SESSION_WORDS = {
    "planned": lazy_pgettext("session", "planned"),
    "attended": lazy_pgettext("session", "took place"),
    "missed": lazy_pgettext("session", "missed"),
    "cancelled": lazy_pgettext("session", "cancelled"),
}
SESSION_CHIPS = {"planned": "wait", "attended": "yes", "missed": "need", "cancelled": "no"}
ENTRY_WORDS = {
    "intake": lazy_pgettext("entry", "taken in"),
    "contact_changed": lazy_pgettext("entry", "intake notes changed"),
    "open": lazy_pgettext("entry", "intake finished"),
    "assigned": lazy_pgettext("entry", "assigned"),
    "transferred": lazy_pgettext("entry", "handed over"),
    "active": lazy_pgettext("entry", "support has begun"),
    "closed": lazy_pgettext("entry", "closed"),
    "reopened": lazy_pgettext("entry", "taken up again"),
    "contact_stopped": lazy_pgettext("entry", "the person asks not to be contacted"),
    "contact_allowed": lazy_pgettext("entry", "the person may be contacted again"),
    "safety_plan": lazy_pgettext("entry", "safety plan"),
    "goals": lazy_pgettext("entry", "goals"),
    "document": lazy_pgettext("entry", "document"),
    "risk": lazy_pgettext("entry", "risk level"),
    "risk_sign": lazy_pgettext("entry", "a sign of risk"),
    "risk_review": lazy_pgettext("entry", "risk review"),
    "risk_escalated": lazy_pgettext("entry", "risk review passed on to the supervisor"),
    "session_attended": lazy_pgettext("entry", "session: took place"),
    "session_missed": lazy_pgettext("entry", "session: missed"),
    "session_cancelled": lazy_pgettext("entry", "session: cancelled"),
    "follow_up": lazy_pgettext("entry", "follow-up planned"),
    "follow_up_done": lazy_pgettext("entry", "follow-up done"),
    "break_glass": lazy_pgettext("entry", "the supervisor opened the case"),
}
SAFETY_PLAN_PARTS = {
    "signs": lazy_gettext("Signs that it is getting worse"),
    "alone": lazy_gettext("What helps when alone"),
    "people": lazy_gettext("People and places that help"),
    "professionals": lazy_gettext("Professionals who can be reached"),
    "safe_place": lazy_gettext("How the surroundings are made safe"),
}
# What a person meets is told in its own words, level by level and field by field.
CONTENT_WORDS = {
    "reason": lazy_gettext("Reason"),
    "plan": lazy_gettext("Plan"),
    "what": lazy_gettext("What for"),
    "due_on": lazy_gettext("Day"),
    "level": lazy_gettext("Risk level"),
    "review_on": lazy_gettext("Next review"),
    "cause": lazy_gettext("Cause"),
    "assessment": lazy_gettext("Assessment"),
    "goals": lazy_gettext("Goals"),
    "text": lazy_gettext("Text"),
    **SAFETY_PLAN_PARTS,
}


def content_words(content: dict[str, str]) -> list[tuple[str, str]]:
    """What an entry holds, as pairs of a name and a value that people read."""
    values = {**RISK_LEVELS, **RISK_CAUSES}
    coded = {"level", "cause"}
    return [
        (str(CONTENT_WORDS.get(name, name)), str(values.get(value, value)) if name in coded else str(value))
        for name, value in content.items()
        if value
    ]
