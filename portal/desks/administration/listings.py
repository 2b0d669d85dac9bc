"""The lists of the administrator's and the auditor's desk: accounts, what goes out, the audit log."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup

from consent.people import organisations
from portal.access import accounts
from portal.access.accounts import Account, Role
from portal.frame.transaction import db
from portal.lists import (
    Act,
    Column,
    Listing,
    OfQuery,
    Source,
    choice,
    coded,
    days,
    declare,
    minute_column,
    ranked,
    text,
    within,
)
from portal.outbox import messages
from portal.outbox.messages import Message, MessageState
from portal.words.consent import ROLE_WORDS, language
from portal.words.outbox import CHANNEL_WORDS, FAILURE_WORDS, MESSAGE_KINDS, MESSAGE_STATES
from vault import audit, clock
from vault.audit import AuditEntry, Wanted


def _partners() -> list[tuple[str, str]]:
    return [(each.key, each.name) for each in organisations.listed(db)]


def names_of_staff() -> dict[str, str]:
    """What staff sign in with, by account."""
    return {account.id: accounts.sign_in_name(db, account) for account in accounts.listed(db)}


class StaffMember(NamedTuple):
    """An account with what it signs in with."""

    account: Account
    name: str

    @property
    def state(self) -> str:
        """Whether it opens anything."""
        return "closed" if self.account.disabled_at else "open"


_ACCOUNT_STATES = {"open": lazy_gettext("open"), "closed": lazy_gettext("closed")}

ACCOUNTS: Listing[StaffMember] = declare(
    Listing(
        key="administration.accounts",
        title=lazy_gettext("Accounts"),
        page="administration.accounts.listed",
        file="administration.accounts.file",
        columns=(
            Column(
                "account",
                lazy_gettext("Account"),
                lambda each: each.name,
                url=lambda each: url_for("administration.accounts.show", account_id=each.account.id),
            ),
            coded("role", lazy_gettext("Role"), lambda each: each.account.role, ROLE_WORDS),
            Column("organisation", lazy_gettext("Partner"), lambda each: each.account.organisation),
            coded(
                "state",
                lazy_gettext("State"),
                lambda each: each.state,
                _ACCOUNT_STATES,
                chips_of={"open": "yes", "closed": "no"},
            ),
        ),
        order="account",
        filters=(
            text("find", lazy_gettext("Account"), within(lambda each: each.name)),
            choice(
                "role",
                lazy_gettext("Role"),
                lambda: {role.value: ROLE_WORDS[role.value] for role in Role if role is not Role.SURVIVOR},
                lambda each, role: each.account.role == role,
            ),
            choice(
                "organisation",
                lazy_gettext("Partner"),
                _partners,
                lambda each, key: each.account.organisation == key,
            ),
            choice("state", lazy_gettext("State"), lambda: _ACCOUNT_STATES, lambda each, state: each.state == state),
        ),
        empty=lazy_gettext("No account is like that."),
    )
)


def staff_accounts_listed(_wanted: Mapping[str, Any]) -> Iterable[StaffMember]:
    """Every staff account."""
    return [StaffMember(account, accounts.sign_in_name(db, account)) for account in accounts.listed(db)]


class GoesOut(NamedTuple):
    """A message to somebody of the staff."""

    message: Message
    name: str | None


_MESSAGE_CHIPS = {"waiting": "wait", "handing_over": "wait", "given_up": "need", "sent": "yes", "dropped": "no"}
# What somebody can still do something about, or wait for.
_UNDER_WAY = (MessageState.GIVEN_UP, MessageState.WAITING, MessageState.HANDING_OVER)

OUTBOX: Listing[GoesOut] = declare(
    Listing(
        key="administration.outbox",
        title=lazy_gettext("What goes out"),
        page="administration.outbox.listing",
        file="administration.outbox.file",
        columns=(
            Column("account", lazy_gettext("Account"), lambda each: each.name),
            minute_column("since", lazy_gettext("Since"), lambda each: each.message.created_at),
            coded("kind", lazy_gettext("About"), lambda each: each.message.kind, MESSAGE_KINDS),
            coded("channel", lazy_gettext("Way"), lambda each: each.message.channel, CHANNEL_WORDS),
            coded(
                "state", lazy_gettext("State"), lambda each: each.message.state, MESSAGE_STATES, chips_of=_MESSAGE_CHIPS
            ),
            Column("attempts", lazy_gettext("Attempts"), lambda each: each.message.attempts),
            coded("failure", lazy_gettext("Why"), lambda each: each.message.failure, FAILURE_WORDS),
        ),
        order="-since",
        filters=(
            choice(
                "state",
                lazy_gettext("State"),
                lambda: {"under_way": _("not gone yet"), **MESSAGE_STATES},
                default="under_way",
                all_of_them=("all", lazy_gettext("all")),
            ),
        ),
        empty=lazy_gettext("No message is like that."),
        acts=(
            Act("try_again", lazy_gettext("Try again")),
            Act("drop", lazy_gettext("Not needed any more")),
        ),
        acts_at="administration.outbox.work",
        row_key=lambda each: each.message.id,
    )
)


def messages_in_state(wanted: Mapping[str, Any]) -> Source[GoesOut]:
    """The messages in a state."""
    states = {"all": tuple(MessageState), "under_way": _UNDER_WAY}.get(wanted["state"])
    names, read_in = names_of_staff(), language()
    return OfQuery(
        db,
        messages.in_states(states or [MessageState(wanted["state"])]),
        {
            "account": ranked(Message.account_id, names, read_in),
            "since": Message.created_at.expression,
            "kind": ranked(Message.kind, MESSAGE_KINDS, read_in),
            "channel": ranked(Message.channel, CHANNEL_WORDS, read_in),
            "state": ranked(Message.state, MESSAGE_STATES, read_in),
            "attempts": Message.attempts.expression,
            "failure": ranked(Message.failure, FAILURE_WORDS, read_in),
        },
        Message.id.expression,
        lambda found: [GoesOut(each, names.get(each.account_id)) for each in found],
    )


class Entry(NamedTuple):
    """An entry of the audit log. In a file a person goes by a word of that file alone."""

    entry: AuditEntry
    account: str | None
    target: str | None
    person: str


ACTS: Listing[Entry] = declare(
    Listing(
        key="administration.acts",
        title=lazy_gettext("Audit log"),
        page="administration.acts",
        file="administration.acts_as_csv",
        columns=(
            Column("position", lazy_gettext("Position"), lambda each: each.entry.position, on_page=False),
            minute_column("at", lazy_gettext("Moment"), lambda each: each.entry.at),
            Column(
                "account",
                lazy_gettext("Account"),
                lambda each: each.entry.account_id if each.entry.role != Role.SURVIVOR else None,
                text=lambda each: each.account,
            ),
            coded("role", lazy_gettext("Role"), lambda each: each.entry.role, ROLE_WORDS),
            Column("organisation", lazy_gettext("Partner"), lambda each: each.entry.organisation),
            Column(
                "act",
                lazy_gettext("Act"),
                lambda each: each.entry.act,
                text=lambda each: Markup("<code>{}</code>").format(each.entry.act),
            ),
            Column(
                "person",
                lazy_gettext("About a person"),
                lambda each: each.person,
                text=lambda each: _("yes") if each.entry.subject_id else None,
            ),
            Column(
                "on_account",
                lazy_gettext("On account"),
                lambda each: each.entry.target,
                text=lambda each: each.target,
            ),
        ),
        order="-at",
        filters=(
            choice("role", lazy_gettext("Role"), lambda: ROLE_WORDS),
            choice("organisation", lazy_gettext("Partner"), _partners),
            text(
                "act",
                lazy_gettext("Act begins with"),
                hint=lazy_gettext("The first letters of an act, as the table shows it"),
            ),
            *days(),
        ),
        empty=lazy_gettext("No entry is like that."),
        size=100,
    )
)


def acts_looked_for(wanted: Mapping[str, Any]) -> Source[Entry]:
    """The entries of the audit log that are looked for; the last day is included."""
    names, read_in, people = names_of_staff(), language(), Pseudonyms()

    def made(found: Sequence[AuditEntry]) -> Sequence[Entry]:
        return [
            Entry(each, names.get(each.account_id or ""), names.get(each.target or ""), people.of(each.subject_id))
            for each in found
        ]

    since, until = _day(wanted["since"]), _day(wanted["until"])
    looked = Wanted(
        role=wanted["role"],
        organisation=wanted["organisation"],
        act=wanted["act"],
        since=since.begins if since else None,
        until=until.ends if until else None,
    )
    return OfQuery(
        db,
        audit.wanted_entries(looked),
        {
            "at": AuditEntry.position.expression,
            "account": ranked(AuditEntry.account_id, names, read_in),
            "role": ranked(AuditEntry.role, ROLE_WORDS, read_in),
            "organisation": AuditEntry.organisation.expression,
            "act": AuditEntry.act.expression,
            "person": AuditEntry.subject_id.is_(None),
            "on_account": ranked(AuditEntry.target, names, read_in),
        },
        AuditEntry.position.desc(),
        made,
    )


def _day(day: date | None) -> clock.Day | None:
    return None if day is None else clock.day_in(day, clock.zone())


class Pseudonyms:
    """Names for people that hold within one file."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, subject_id: str | None) -> str:
        """The name of a person; empty for nobody."""
        return self._known.setdefault(subject_id, secrets.token_hex(6)) if subject_id else ""
