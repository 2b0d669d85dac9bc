"""The words for rights requests: rights, clocks, channels, steps, letters and outcomes in the three languages."""

from flask_babel import lazy_gettext, lazy_ngettext, lazy_pgettext

from consent.rights.steps import DAYS_LEFT, Step

RIGHT_WORDS = {
    "access": lazy_pgettext("right", "Access, Art. 15"),
    "rectification": lazy_pgettext("right", "Rectification, Art. 16"),
    "erasure": lazy_pgettext("right", "Erasure, Art. 17"),
    "restriction": lazy_pgettext("right", "Restriction, Art. 18"),
    "portability": lazy_pgettext("right", "Portability, Art. 20"),
    "objection": lazy_pgettext("right", "Objection, Art. 21"),
}
# What a person reads instead of articles.
WISH_FOR = {
    "access": lazy_pgettext("wish for", "See what is held about me"),
    "rectification": lazy_pgettext("wish for", "Have something corrected"),
    "erasure": lazy_pgettext("wish for", "Have it erased"),
    "restriction": lazy_pgettext("wish for", "Let it rest: keep it, do not use it"),
    "portability": lazy_pgettext("wish for", "Take my data along"),
    "objection": lazy_pgettext("wish for", "Object: something about me is used without my yes"),
}
CLOCK_WORDS = {
    "running": lazy_pgettext("clock", "running"),
    "paused": lazy_pgettext("clock", "paused"),
    "extended": lazy_pgettext("clock", "extended"),
    "overdue": lazy_pgettext("clock", "overdue"),
    "answered": lazy_pgettext("clock", "answered"),
    "ended": lazy_pgettext("clock", "taken back"),
}
CLOCK_CHIPS = {
    "running": "wait",
    "paused": "open",
    "extended": "wait",
    "overdue": "need",
    "answered": "yes",
    "ended": "no",
}
REQUEST_CHANNELS = {
    "portal": lazy_pgettext("request channel", "on their page"),
    "public_form": lazy_pgettext("request channel", "public form"),
    "mail": lazy_pgettext("request channel", "letter or e-mail"),
    "phone": lazy_pgettext("request channel", "phone"),
    "in_person": lazy_pgettext("request channel", "in person"),
    "representative": lazy_pgettext("request channel", "through a representative"),
    "review": lazy_pgettext("request channel", "by stopping the keeping itself"),
}
REQUESTER_WORDS = {
    "self": lazy_pgettext("requester", "the person themself"),
    "lawyer": lazy_pgettext("requester", "a lawyer"),
    "ngo": lazy_pgettext("requester", "an organisation with a mandate"),
    "guardian": lazy_pgettext("requester", "a guardian"),
    "heir": lazy_pgettext("requester", "somebody entitled after a death"),
}
IDENTITY_METHODS = {
    "portal": lazy_pgettext("identity method", "signed in on their page"),
    "shared_secret": lazy_pgettext("identity method", "knows what only the interview knows"),
    "in_person": lazy_pgettext("identity method", "in person at the partner"),
    "mandate": lazy_pgettext("identity method", "a mandate, confirmed through the safe contact"),
    "known_contact": lazy_pgettext("identity method", "through the safe contact"),
    "review": lazy_pgettext("identity method", "known from what they stopped"),
}
QUESTION_WORDS = {
    "identity": lazy_gettext("Who asks"),
    "clarification": lazy_gettext("Which part of much is meant"),
}
OUTCOME_WORDS = {
    "granted": lazy_pgettext("outcome", "granted"),
    "partly": lazy_pgettext("outcome", "granted in part"),
    "refused": lazy_pgettext("outcome", "refused"),
}
DECISION_WORDS = {
    "question": lazy_pgettext("decision", "a question to the person"),
    "extension": lazy_pgettext("decision", "two more months"),
    "rectification": lazy_pgettext("decision", "a correction"),
    "answer": lazy_pgettext("decision", "the answer"),
}
STEP_WORDS = {
    "received": lazy_pgettext("step", "received"),
    "repeated": lazy_pgettext("step", "asked again"),
    "identity_confirmed": lazy_pgettext("step", "it is known who asks"),
    "asked_identity": lazy_pgettext("step", "a question: who asks"),
    "asked_clarification": lazy_pgettext("step", "a question: what is meant"),
    "reply_received": lazy_pgettext("step", "the reply has come"),
    "extended": lazy_pgettext("step", "extended by two months"),
    "routed": lazy_pgettext("step", "handed to the partner that answers"),
    "seems_forced": lazy_pgettext("step", "marked: perhaps forced"),
    "spoken_with": lazy_pgettext("step", "the partner has spoken with the person"),
    "ordered_collect": lazy_pgettext("step", "the archives are asked to send what they hold"),
    "ordered_rectify": lazy_pgettext("step", "the archives are asked to correct"),
    "ordered_restrict": lazy_pgettext("step", "the archives are asked to let it rest"),
    "ordered_erase": lazy_pgettext("step", "the archives are asked to erase"),
    "done_collect": lazy_pgettext("step", "an archive has sent what it holds"),
    "done_rectify": lazy_pgettext("step", "an archive has corrected"),
    "done_restrict": lazy_pgettext("step", "an archive lets it rest"),
    "done_erase": lazy_pgettext("step", "an archive has erased"),
    "package_made": lazy_pgettext("step", "the file is ready"),
    "package_fetched": lazy_pgettext("step", "the file was fetched"),
    "erasure_begun": lazy_pgettext("step", "use has stopped"),
    "erasure_cancelled": lazy_pgettext("step", "taken back: it stands again"),
    "erasure_proposed": lazy_pgettext("step", "one person has weighed it"),
    "erasure_confirmed": lazy_pgettext("step", "a second person has confirmed"),
    "erased": lazy_pgettext("step", "erased"),
    "restricted": lazy_pgettext("step", "it rests"),
    "told_of_ending": lazy_pgettext("step", "the person is told that the rest ends"),
    "restriction_lifted": lazy_pgettext("step", "the rest has ended"),
    "objected": lazy_pgettext("step", "use has stopped until it is weighed"),
    "objection_settled": lazy_pgettext("step", "what it had stopped goes on"),
    "objection_withdrawn": lazy_pgettext("step", "taken back; another objection still stops use"),
    "phrase_given": lazy_pgettext("step", "a phrase to read the answer by was given"),
    "answered_granted": lazy_pgettext("step", "answered: granted"),
    "answered_partly": lazy_pgettext("step", "answered: granted in part"),
    "answered_refused": lazy_pgettext("step", "answered: refused"),
    "taken_back": lazy_pgettext("step", "taken back"),
    "decided": lazy_pgettext("step", "decided; its letter was drafted"),
    "decision_withdrawn": lazy_pgettext("step", "a decision was withdrawn before its letter went"),
    "recipients_told": lazy_pgettext("step", "notices drafted to those who received it"),
    "overdue": lazy_pgettext("step", "overdue"),
}
LETTER_WORDS = {
    "received": lazy_pgettext("letter", "it has come in"),
    "identity_question": lazy_pgettext("letter", "question: who asks"),
    "clarification_question": lazy_pgettext("letter", "question: what is meant"),
    "extension": lazy_pgettext("letter", "it takes longer"),
    "access": lazy_pgettext("letter", "the file of access"),
    "portability": lazy_pgettext("letter", "the file to take along"),
    "rectified": lazy_pgettext("letter", "it is being corrected"),
    "corrected": lazy_pgettext("letter", "it is corrected"),
    "erasure_begun": lazy_pgettext("letter", "it has stopped"),
    "erased": lazy_pgettext("letter", "it is erased"),
    "restricted": lazy_pgettext("letter", "it rests"),
    "restriction_ends": lazy_pgettext("letter", "the rest will end"),
    "objection_upheld": lazy_pgettext("letter", "the objection holds"),
    "objection_ends": lazy_pgettext("letter", "what an objection had stopped goes on"),
    "objection_weighed": lazy_pgettext("letter", "the objection does not hold"),
    "partly": lazy_pgettext("letter", "granted in part"),
    "refused": lazy_pgettext("letter", "refusal"),
    "neither": lazy_pgettext("letter", "neither confirmed nor denied"),
}
ORDER_WORDS = {
    "collect": lazy_pgettext("order", "send what you hold"),
    "rectify": lazy_pgettext("order", "correct"),
    "restrict": lazy_pgettext("order", "let it rest"),
    "erase": lazy_pgettext("order", "erase"),
}
TASK_STATES = {
    "open": lazy_pgettext("task", "not read yet"),
    "accepted": lazy_pgettext("task", "taken on"),
    "done": lazy_pgettext("task", "done"),
    "rejected": lazy_pgettext("task", "not possible"),
    "given_up": lazy_pgettext("task", "not reached"),
}
RISK_WORDS = {
    "unlikely": lazy_pgettext("risk", "a risk to people is unlikely"),
    "risk": lazy_pgettext("risk", "a risk to people"),
    "high_risk": lazy_pgettext("risk", "a high risk to people"),
}
DOCUMENT_WORDS = {
    "dpia": lazy_pgettext("document", "Impact assessment, Art. 35"),
    "joint_arrangement": lazy_pgettext("document", "Joint arrangement, Art. 26"),
    "representatives": lazy_pgettext("document", "Representatives, Art. 27"),
    "notices": lazy_pgettext("document", "Notices, Art. 13 and 14"),
    "transfer_assessments": lazy_pgettext("document", "Transfer assessments, Art. 46"),
}
CONCERN_WORDS = {
    "looks_forced": lazy_gettext("a withdrawal looked forced"),
    "second_passphrase": lazy_gettext("signed in with the second passphrase"),
}
SENT_LETTER = lazy_gettext("a letter went out")
GIVEN_UP = lazy_gettext("an archive could not be reached")
STEP_WORDS |= {each: TASK_STATES["rejected"] for each in Step if each.startswith("rejected_")}
STEP_WORDS |= {each: GIVEN_UP for each in Step if each.startswith("given_up_")}
STEP_WORDS |= {
    step: lazy_ngettext("reminder: due within %(num)s day", "reminder: due within %(num)s days", days)
    for step, days in DAYS_LEFT.items()
}


def step_words(step: str) -> str:
    """What a step of a request's history is called: one of `Step`, or the sending of a letter."""
    return str(SENT_LETTER if step.startswith("sent_") else STEP_WORDS[Step(step)])
