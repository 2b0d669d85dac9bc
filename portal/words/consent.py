"""The words for codes: how answers, channels, kinds, states and moments read in the three languages."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_timedelta,
    get_locale,
    lazy_gettext,
    lazy_pgettext,
    ngettext,
)
from flask_babel import gettext as _
from markupsafe import Markup

from consent.catalogue.recipients import Recipient
from consent.ledger.scopes import Scope
from consent.rights.clock import Deadline
from portal.words import zones
from portal.words.recipients import NEUTRAL_CLASSES, RECIPIENT_CLASSES
from portal.words.rights import step_words
from vault import clock

GROUP_WORDS = {
    "keep": lazy_pgettext("group", "Keeping"),
    "work": lazy_pgettext("group", "Work with the material"),
    "accountability": lazy_pgettext("group", "Who may receive it"),
    "contact": lazy_pgettext("group", "Contact with me"),
    "voice": lazy_pgettext("group", "In public"),
    "support": lazy_pgettext("group", "Support"),
}
STATE_WORDS = {
    None: lazy_pgettext("state", "not asked"),
    "granted": lazy_pgettext("state", "yes"),
    "ask_first": lazy_pgettext("state", "ask me first"),
    "refused": lazy_pgettext("state", "no"),
    "withdrawn": lazy_pgettext("state", "stopped"),
    "unanswered": lazy_pgettext("state", "not answered"),
    "expired": lazy_pgettext("state", "its time is over"),
    "superseded": lazy_pgettext("state", "not answered in the newer form"),
    "invalidated": lazy_pgettext("state", "declared never valid"),
    "majority_unconfirmed": lazy_pgettext("state", "to be confirmed by the person themself"),
    "objected": lazy_pgettext("state", "objected"),
}
STATE_CHIPS = {
    None: "open",
    "granted": "yes",
    "ask_first": "ask",
    "unanswered": "open",
    "majority_unconfirmed": "ask",
}
KIND_WORDS = {
    "interview": lazy_pgettext("kind", "written record of the interview"),
    "transcript": lazy_pgettext("kind", "transcript"),
    "audio": lazy_pgettext("kind", "sound recordings"),
    "video": lazy_pgettext("kind", "video"),
    "photo": lazy_pgettext("kind", "photos"),
    "medical": lazy_pgettext("kind", "medical documents"),
    "court": lazy_pgettext("kind", "court documents"),
    "official": lazy_pgettext("kind", "other official documents"),
    "open_source": lazy_pgettext("kind", "material from open sources"),
    "analysis": lazy_pgettext("kind", "analyses"),
}
IDENTITY_WORDS = {
    "named": lazy_pgettext("identity", "with my name"),
    "pseudonymised": lazy_pgettext("identity", "without my name"),
    "anonymised": lazy_pgettext("identity", "anonymously"),
}
ONWARD_WORDS = {
    "not_without_me": lazy_pgettext("onward", "not without asking me"),
    "allowed": lazy_pgettext("onward", "they may pass it on"),
}
METHOD_WORDS = {
    "written": lazy_pgettext("method", "in writing"),
    "spoken_recorded": lazy_pgettext("method", "spoken and recorded"),
    "portal": lazy_pgettext("method", "in the portal"),
}
CHANNEL_WORDS = {
    "portal": lazy_pgettext("channel", "in the portal"),
    "phone": lazy_pgettext("channel", "by phone"),
    "paper": lazy_pgettext("channel", "on paper"),
    "in_person": lazy_pgettext("channel", "in person"),
    "trusted_person": lazy_pgettext("channel", "through a trusted person"),
}
CONSENTED_BY_WORDS = {
    "self": lazy_pgettext("who consents", "The person themself"),
    "guardian": lazy_pgettext("who consents", "A guardian: the person is a minor"),
    "representative": lazy_pgettext("who consents", "A representative: the person cannot decide this alone"),
}
UNDERSTANDING_WORDS = {
    "understood": lazy_gettext("Understood"),
    "explained_again": lazy_gettext("Explained again, then understood"),
    "not_understood": lazy_gettext("Not understood yet"),
}
PLACE_WORDS = {
    "belarus": lazy_pgettext("place", "in Belarus"),
    "elsewhere": lazy_pgettext("place", "outside Belarus"),
    "unknown": lazy_pgettext("place", "not said"),
}
WISH_WORDS = {
    "goes_on": lazy_pgettext("wish", "what I agreed to goes on"),
    "stops": lazy_pgettext("wish", "everything stops"),
    "person_decides": lazy_pgettext("wish", "a person I name decides"),
}
SITUATION_WORDS = {
    "detained": lazy_pgettext("situation", "If I am detained"),
    "unreachable": lazy_pgettext("situation", "If I cannot be reached"),
    "dead": lazy_pgettext("situation", "If I die"),
}
ROLE_WORDS = {
    "survivor": lazy_pgettext("role", "survivor"),
    "documenter": lazy_pgettext("role", "documenter"),
    "psychologist": lazy_pgettext("role", "psychologist"),
    "coordinator": lazy_pgettext("role", "coordinator"),
    "dpo": lazy_pgettext("role", "data protection officer"),
    "disclosure_officer": lazy_pgettext("role", "disclosure officer"),
    "administrator": lazy_pgettext("role", "administrator"),
    "auditor": lazy_pgettext("role", "auditor"),
    "provider": lazy_pgettext("role", "provider"),
    "system": lazy_pgettext("role", "the system itself"),
    "stranger": lazy_pgettext("role", "somebody signed out"),
}
SITUATION_STANDS = {
    "detained": lazy_pgettext("has happened", "The person is detained"),
    "unreachable": lazy_pgettext("has happened", "The person cannot be reached"),
    "dead": lazy_pgettext("has happened", "The person has died"),
}
LANGUAGE_NAMES = {"be": "Беларуская", "ru": "Русский", "en": "English"}


def language() -> str:
    """The language of the page."""
    return str(get_locale() or "be")


def scope_title(scope: Scope, named: bool = True) -> str:
    """A scope's title as the reader's language has it; without names where `named` is false."""
    return str(scope.texts[language()]["title" if named else "neutral_title"])


def recipient_name(recipient: Recipient) -> str:
    """A recipient's name in the reader's language."""
    return str(recipient.names.get(language()) or recipient.names.get("en") or recipient.key)


def recipient_told(recipient: Recipient, named: bool) -> str:
    """A recipient to the person concerned: by name only where names were asked for."""
    return recipient_name(recipient) if named else str(NEUTRAL_CLASSES[recipient.recipient_class])


def day(moment: datetime | date) -> str:
    """A date as people write it; of a moment, the day that it is where the reader is."""
    shown = moment.astimezone(clock.zone()) if isinstance(moment, datetime) else moment
    return str(format_date(shown, "d MMMM y", rebase=False))


def month(moment: datetime) -> str:
    """A month and its year, as short as a picture needs it."""
    return str(format_date(moment.astimezone(clock.zone()), "LLL yy", rebase=False))


def minute(moment: datetime) -> str:
    """Date and time, to the minute, where the reader is; the page names the zone once."""
    zones.is_to_be_named()
    return _minute(moment)


def minute_and_zone(moment: datetime) -> str:
    """Date and time with the zone said: for a paper that has no page around it."""
    return f"{_minute(moment)} ({zones.zone_words()})"


def _minute(moment: datetime) -> str:
    return str(format_datetime(moment.astimezone(clock.zone()), "d MMMM y, HH:mm", rebase=False))


def elapsed_since(moment: datetime) -> Markup:
    """How long ago a moment was, as a `<time>` with the exact moment in it."""

    words = format_timedelta(clock.now() - moment, granularity="second", threshold=1.2)
    return Markup('<time datetime="{}">{}</time>').format(clock.rfc3339(moment), words)


def deadline_in_words(deadline: Deadline) -> list[str]:
    """Why a period ends on its last day, a short sentence each."""
    said = [
        ngettext("%(num)s month", "%(num)s months", deadline.months),
        _("counted from %(date)s; the day of receipt is not counted", date=day(deadline.received)),
    ]
    if deadline.shortened_month:
        said.append(_("that month has no such day: its last day counts"))
    if deadline.paused_days:
        said.append(ngettext("paused for %(num)s day", "paused for %(num)s days", deadline.paused_days))
    for each in deadline.skipped:
        why = _("public holiday (%(name)s)", name=each.holiday) if each.holiday else format_date(each.day, "EEEE")
        said.append(f"{day(each.day)}: {why}")
    return said


def conditions_in_words(conditions: Mapping[str, Any], directory: Mapping[str, Recipient] | None) -> list[str]:
    """The conditions of an answer, a short sentence each; recipients are named only where `directory` is given."""

    said: list[str] = []
    if conditions.get("identity") in IDENTITY_WORDS:
        said.append(str(IDENTITY_WORDS[conditions["identity"]]))
    if keys := conditions.get("only_recipients"):
        said.append(
            ngettext("only for %(num)s recipient", "only for %(num)s recipients", len(keys))
            if directory is None
            else _("only for: %(names)s", names=_names(keys, directory))
        )
    if keys := conditions.get("except_recipients"):
        said.append(
            ngettext("not for %(num)s recipient", "not for %(num)s recipients", len(keys))
            if directory is None
            else _("not for: %(names)s", names=_names(keys, directory))
        )
    if kinds := conditions.get("except_kinds"):
        said.append(_("not these: %(kinds)s", kinds=", ".join(str(KIND_WORDS.get(kind, kind)) for kind in kinds)))
    if conditions.get("onward") in ONWARD_WORDS:
        said.append(str(ONWARD_WORDS[conditions["onward"]]))
    if conditions.get("valid_until"):
        said.append(_("until %(date)s", date=_date_words(conditions["valid_until"])))
    if conditions.get("review_on"):
        said.append(_("talk again on %(date)s", date=_date_words(conditions["review_on"])))
    return said


def _names(keys: Collection[str], directory: Mapping[str, Recipient]) -> str:
    return ", ".join(recipient_name(directory[key]) if key in directory else key for key in keys)


def _date_words(text: str) -> str:
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return _last_day_or_minute(clock.parse_instant(text))


def _last_day_or_minute(ends: datetime) -> str:
    """Something ends with a day where the reader is, or at a moment."""
    last = (ends - clock.MICROSECOND).astimezone(clock.zone()).date()
    return day(last) if clock.day_in(last, clock.zone()).ends == ends else minute(ends)


def state_words(code: str | None) -> str:
    """An answer's state, in words."""
    return str(STATE_WORDS.get(code, code))


def state_chip(code: str | None) -> str:
    """The chip that a state is shown as."""
    return STATE_CHIPS.get(code, "no")


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.globals.update(
        get_locale=get_locale,
        GROUP_WORDS=GROUP_WORDS,
        ROLE_WORDS=ROLE_WORDS,
        CHANNEL_WORDS=CHANNEL_WORDS,
        PLACE_WORDS=PLACE_WORDS,
        METHOD_WORDS=METHOD_WORDS,
        WISH_WORDS=WISH_WORDS,
        SITUATION_WORDS=SITUATION_WORDS,
        SITUATION_STANDS=SITUATION_STANDS,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
        RECIPIENT_CLASSES=RECIPIENT_CLASSES,
        scope_title=scope_title,
        recipient_name=recipient_name,
        recipient_told=recipient_told,
        state_words=state_words,
        state_chip=state_chip,
        conditions_in_words=conditions_in_words,
        deadline_in_words=deadline_in_words,
        decimal=format_decimal,
        day=day,
        minute=minute,
        month=month,
        elapsed_since=elapsed_since,
        zone_line=zones.line,
        zone_words=zones.zone_words,
        step_words=step_words,
    )
