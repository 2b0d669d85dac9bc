"""The words of the support desks: states, risks, entries of a history, sessions, in the three languages."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext

from mhpss.caseload import Need, NeedKind
from portal.words.consent import LANGUAGE_NAMES, day

CASE_STATES = {
    "intake": lazy_pgettext("case", "intake"),
    "open": lazy_pgettext("case", "waits to be assigned"),
    "assigned": lazy_pgettext("case", "assigned"),
    "active": lazy_pgettext("case", "active"),
    "closed": lazy_pgettext("case", "closed"),
    "reopened": lazy_pgettext("case", "taken up again"),
    "erased": lazy_pgettext("case", "erased"),
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
NEED_KINDS = {
    "risk_review": lazy_gettext("Risk review"),
    "risk_again": lazy_gettext("Look at the risk again"),
    "never_assessed": lazy_gettext("risk not looked at yet"),
    "outcome": lazy_gettext("How did the session go?"),
    "session": lazy_gettext("Session"),
    "follow_up": lazy_gettext("Follow-up"),
    "measure": lazy_gettext("Questionnaire due"),
    "copy": lazy_gettext("Prepare the person's copy"),
    "keeping": lazy_gettext("The person was erased: decide about the record"),
    "tell": lazy_gettext("Tell the provider that it has stopped"),
    "referral": lazy_gettext("Referral without an answer"),
}
FILLED_BY_WORDS = {
    "clinician": lazy_pgettext("filled in", "Entered by the psychologist"),
    "person": lazy_pgettext("filled in", "Filled in by the person"),
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
    "erased": lazy_pgettext("entry", "the record was destroyed"),
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
    "measure": lazy_pgettext("entry", "questionnaire filled in"),
    "measure_offered": lazy_pgettext("entry", "questionnaire offered to the person"),
    "wish": lazy_pgettext("entry", "a wish of the person"),
    "act_confirmed": lazy_pgettext("entry", "a second person confirmed that help was called first"),
    "provider_told": lazy_pgettext("entry", "the provider was told of the stop"),
    "break_glass": lazy_pgettext("entry", "the supervisor opened the case"),
    "feedback": lazy_pgettext("entry", "what the person said of a referral"),
    "asked_again": lazy_pgettext("entry", "asked for support again"),
    "pages_opened": lazy_pgettext("entry", "the person's pages were opened before the day after a paper was over"),
    "copy_prepared": lazy_pgettext("entry", "the person's copy was sealed"),
    "person_erased": lazy_pgettext("entry", "the person was erased at their wish"),
    "kept_by_law": lazy_pgettext("entry", "kept as long as clinical law asks for it"),
}
COPY_PARTS = {
    "intake": lazy_pgettext("copy", "what was noted at intake"),
    "sessions": lazy_pgettext("copy", "when sessions were"),
    "notes": lazy_pgettext("copy", "notes of sessions"),
    "safety_plan": lazy_pgettext("copy", "safety plan"),
    "goals": lazy_pgettext("copy", "goals"),
    "measures": lazy_pgettext("copy", "questionnaires and their results"),
    "referrals": lazy_pgettext("copy", "referrals, and what each was told"),
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
    "measure": lazy_gettext("Questionnaire"),
    "referral": lazy_gettext("Referral"),
    "request": lazy_gettext("Request"),
    "wish": lazy_gettext("Wish"),
    "text": lazy_gettext("Text"),
    "contact": lazy_gettext("How to reach"),
    "language": lazy_gettext("Language"),
    "form": lazy_gettext("In which form?"),
    "helped": lazy_gettext("Did it help?"),
    **SAFETY_PLAN_PARTS,
}


GOALS_TITLE = lazy_gettext("Personal goals")
HELPED_WORDS = {
    "yes": lazy_pgettext("helped", "yes, it helped"),
    "partly": lazy_pgettext("helped", "partly"),
    "no": lazy_pgettext("helped", "no, it did not help"),
}
WISH_CHOICES = {
    "woman": lazy_pgettext("my wish", "a woman as my support person"),
    "man": lazy_pgettext("my wish", "a man as my support person"),
    "reach": lazy_pgettext("my wish", "another way to reach me"),
    "talk": lazy_pgettext("my wish", "to talk soon"),
}


_CODED: Mapping[str, Mapping[str, Any]] = {
    "level": RISK_LEVELS,
    "cause": RISK_CAUSES,
    "wish": WISH_CHOICES,
    "helped": HELPED_WORDS,
    "measure": {"Personal goals": GOALS_TITLE},
    "language": LANGUAGE_NAMES,
    "form": {"remote": lazy_gettext("remote"), "in_person": lazy_gettext("in person")},
}
_DAYS = frozenset({"due_on", "review_on"})


def need_words(need: Need) -> str:
    """What a case asks for, in words."""
    said = str(NEED_KINDS[need.kind])
    if need.kind == NeedKind.RISK_REVIEW:
        return f"{said}: {RISK_CAUSES[need.cause]}"
    return f"{said}, {MODALITY_WORDS[need.cause]}" if need.kind == NeedKind.SESSION else said


def content_words(content: dict[str, str]) -> list[tuple[str, str]]:
    """What an entry holds, as pairs of a name and a value that people read."""
    return [(str(CONTENT_WORDS.get(name, name)), _said(name, value)) for name, value in content.items() if value]


def _said(name: str, value: str) -> str:
    return day(date.fromisoformat(value)) if name in _DAYS else str(_CODED.get(name, {}).get(value, value))
