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


ITEM_WORDS = {
    "nervous": lazy_pgettext("item", "nervous"),
    "worry beyond control": lazy_pgettext("item", "worry beyond control"),
    "worry about much": lazy_pgettext("item", "worry about much"),
    "unable to relax": lazy_pgettext("item", "unable to relax"),
    "restless": lazy_pgettext("item", "restless"),
    "irritable": lazy_pgettext("item", "irritable"),
    "afraid of something awful": lazy_pgettext("item", "afraid of something awful"),
    "first trouble": lazy_pgettext("item", "first trouble"),
    "second trouble": lazy_pgettext("item", "second trouble"),
    "what is hard to do": lazy_pgettext("item", "what is hard to do"),
    "how you have felt": lazy_pgettext("item", "how you have felt"),
    "P1 dreams": lazy_pgettext("item", "P1 dreams"),
    "P2 memories": lazy_pgettext("item", "P2 memories"),
    "P3 avoids inside": lazy_pgettext("item", "P3 avoids inside"),
    "P4 avoids outside": lazy_pgettext("item", "P4 avoids outside"),
    "P5 on guard": lazy_pgettext("item", "P5 on guard"),
    "P6 jumpy": lazy_pgettext("item", "P6 jumpy"),
    "P7 relationships": lazy_pgettext("item", "P7 relationships"),
    "P8 work": lazy_pgettext("item", "P8 work"),
    "P9 other life": lazy_pgettext("item", "P9 other life"),
    "C1 calming down": lazy_pgettext("item", "C1 calming down"),
    "C2 numb": lazy_pgettext("item", "C2 numb"),
    "C3 failure": lazy_pgettext("item", "C3 failure"),
    "C4 worthless": lazy_pgettext("item", "C4 worthless"),
    "C5 cut off": lazy_pgettext("item", "C5 cut off"),
    "C6 hard to stay close": lazy_pgettext("item", "C6 hard to stay close"),
    "C7 relationships": lazy_pgettext("item", "C7 relationships"),
    "C8 work": lazy_pgettext("item", "C8 work"),
    "C9 other life": lazy_pgettext("item", "C9 other life"),
    "tired": lazy_pgettext("item", "tired"),
    "nervous beyond calming": lazy_pgettext("item", "nervous beyond calming"),
    "hopeless": lazy_pgettext("item", "hopeless"),
    "restless beyond sitting still": lazy_pgettext("item", "restless beyond sitting still"),
    "depressed": lazy_pgettext("item", "depressed"),
    "all an effort": lazy_pgettext("item", "all an effort"),
    "sad beyond cheer": lazy_pgettext("item", "sad beyond cheer"),
    "worthless": lazy_pgettext("item", "worthless"),
    "memories": lazy_pgettext("item", "memories"),
    "dreams": lazy_pgettext("item", "dreams"),
    "reliving": lazy_pgettext("item", "reliving"),
    "upset by reminders": lazy_pgettext("item", "upset by reminders"),
    "body reacts to reminders": lazy_pgettext("item", "body reacts to reminders"),
    "avoids thoughts": lazy_pgettext("item", "avoids thoughts"),
    "avoids reminders": lazy_pgettext("item", "avoids reminders"),
    "gaps in memory": lazy_pgettext("item", "gaps in memory"),
    "bad beliefs": lazy_pgettext("item", "bad beliefs"),
    "blame": lazy_pgettext("item", "blame"),
    "strong bad feelings": lazy_pgettext("item", "strong bad feelings"),
    "loss of interest": lazy_pgettext("item", "loss of interest"),
    "distant from others": lazy_pgettext("item", "distant from others"),
    "no good feelings": lazy_pgettext("item", "no good feelings"),
    "risks": lazy_pgettext("item", "risks"),
    "on guard": lazy_pgettext("item", "on guard"),
    "jumpy": lazy_pgettext("item", "jumpy"),
    "concentration": lazy_pgettext("item", "concentration"),
    "sleep": lazy_pgettext("item", "sleep"),
    "interest": lazy_pgettext("item", "interest"),
    "mood": lazy_pgettext("item", "mood"),
    "energy": lazy_pgettext("item", "energy"),
    "appetite": lazy_pgettext("item", "appetite"),
    "self-worth": lazy_pgettext("item", "self-worth"),
    "slowness or restlessness": lazy_pgettext("item", "slowness or restlessness"),
    "thoughts of death or self-harm": lazy_pgettext("item", "thoughts of death or self-harm"),
    "cheerful": lazy_pgettext("item", "cheerful"),
    "calm": lazy_pgettext("item", "calm"),
    "active": lazy_pgettext("item", "active"),
    "rested": lazy_pgettext("item", "rested"),
    "interested": lazy_pgettext("item", "interested"),
    "standing": lazy_pgettext("item", "standing"),
    "household": lazy_pgettext("item", "household"),
    "learning": lazy_pgettext("item", "learning"),
    "joining in": lazy_pgettext("item", "joining in"),
    "feelings": lazy_pgettext("item", "feelings"),
    "concentrating": lazy_pgettext("item", "concentrating"),
    "walking": lazy_pgettext("item", "walking"),
    "washing": lazy_pgettext("item", "washing"),
    "dressing": lazy_pgettext("item", "dressing"),
    "strangers": lazy_pgettext("item", "strangers"),
    "friendship": lazy_pgettext("item", "friendship"),
    "work": lazy_pgettext("item", "work"),
}
BAND_WORDS = {
    "minimal": lazy_pgettext("band", "minimal"),
    "mild": lazy_pgettext("band", "mild"),
    "moderate": lazy_pgettext("band", "moderate"),
    "moderately_severe": lazy_pgettext("band", "moderately severe"),
    "severe": lazy_pgettext("band", "severe"),
    "likely_depression": lazy_pgettext("band", "likely depression"),
    "poor_well_being": lazy_pgettext("band", "poor well-being"),
    "well_being": lazy_pgettext("band", "well-being"),
    "low": lazy_pgettext("band", "low"),
    "high": lazy_pgettext("band", "high"),
    "very_high": lazy_pgettext("band", "very high"),
    "serious": lazy_pgettext("band", "serious"),
}
CHANGE_WORDS = {
    "reliably_better": lazy_pgettext("change", "reliably better"),
    "no_reliable_change": lazy_pgettext("change", "no reliable change"),
    "reliably_worse": lazy_pgettext("change", "reliably worse"),
}
CRITERION_WORDS = {
    "screen_positive": lazy_pgettext("criterion", "screen positive"),
    "major_depressive_syndrome": lazy_pgettext("criterion", "criteria of a major depressive syndrome"),
    "other_depressive_syndrome": lazy_pgettext("criterion", "criteria of another depressive syndrome"),
    "provisional_ptsd": lazy_pgettext("criterion", "criteria of provisional PTSD"),
    "ptsd": lazy_pgettext("criterion", "criteria of PTSD"),
    "cptsd": lazy_pgettext("criterion", "criteria of complex PTSD"),
}


def item_words(item: str) -> str:
    """Our own short name of an item for the clinician; where it has none in the language, as the data file has it."""
    return str(ITEM_WORDS.get(item, item))
