"""The consortium's own side: partners, staff, directory, basis records, stores and what they hold."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from consent.catalogue import forms, recipients
from consent.deciding import registration
from consent.deciding.registration import Registration
from consent.ledger import bases, scopes, stores
from consent.people import organisations
from consent.proving import anchors
from consent.saying import expiry
from portal.access import accounts, invitations
from portal.access.accounts import Account, Role
from portal.demo import credentials, holdings
from portal.demo.timeline import Timeline
from vault import clock, signing

FOUNDED = 1095
_WEEK = 7

Plan = Mapping[str, Any]


class House:
    """The partners with their staff and stores, as consortium.toml and items.toml have them."""

    def __init__(self, consortium: Plan, items: Plan, timeline: Timeline) -> None:
        self.plan = consortium
        self.staff: dict[str, Account] = {}
        self.tokens: dict[str, str] = {}
        self._store_ids: dict[str, str] = {}
        self._timeline = timeline
        timeline.at(FOUNDED, self._found, self._hire, self._enter_bases, self._open_stores)
        timeline.at(consortium["second_form"]["published_days_ago"], self._publish_second_form)
        for batch in items["batches"]:
            lines = [holdings.from_line(line) for line in batch["lines"]]
            timeline.at(batch["days_ago"], partial(self.register, store=batch["store"], items=lines))
        for hold in items["holds"]:
            timeline.at(hold["days_ago"], partial(self._hold, hold=hold))

    def close_the_books(self) -> None:
        """Put in what comes round every week, and the end; called once everything else is on the timeline."""
        for days_ago in range(FOUNDED - 1, 0, -_WEEK):
            self._timeline.at(days_ago, partial(self._week, days_ago=days_ago))
        self._timeline.at(0, partial(self._week, days_ago=0), self._issue_tokens, anchors.seal_audit)

    def of(self, role: Role, partner: str) -> Account:
        """The account of a role at a partner."""
        return self.staff[f"{role.value}.{partner}@example.org"]

    def register(self, session: Session, store: str, items: list[Registration]) -> None:
        """Let a store register items; the plan has no mistakes in it."""
        outcome = registration.register(session, self.store(session, store), items)
        if outcome.faults:
            raise ValueError(f"{store}: {outcome.faults}")

    def _found(self, session: Session) -> None:
        signing.renew_if_due(session)
        forms.ship(session)
        for partner in self.plan["organisations"]:
            session.add(organisations.Organisation(**partner))
        session.flush()
        for partner in self.plan["organisations"]:
            names = dict.fromkeys(scopes.LANGUAGES, partner["name"])
            recipients.enter(session, partner["key"], "partner", names, partner["country"])
        for entry in self.plan["recipients"]:
            names = {language: entry[language] for language in scopes.LANGUAGES}
            recipients.enter(session, entry["key"], entry["class"], names, entry.get("country"))

    def _hire(self, session: Session) -> None:
        for partner, roles in self.plan["staff"].items():
            for role, language in roles.items():
                sign_in = f"{role}.{partner}@example.org"
                self.staff[sign_in] = accounts.create(
                    session,
                    Role(role),
                    partner,
                    sign_in,
                    credentials.passphrase(language, sign_in),
                    language=language,
                    totp_secret=credentials.totp_secret(sign_in),
                )

    def _enter_bases(self, session: Session) -> None:
        for basis in self.plan["bases"]:
            bases.enter(
                session,
                basis["key"],
                organisation=basis["organisation"],
                articles=basis["articles"],
                national_law=basis["national_law"],
                assessment=basis["assessment"],
                scopes=basis["scopes"],
                review_on=date.fromisoformat(self._timeline.date(f"in {basis['review_in_days']} days")),
                entered_by=self.staff[basis["entered_by"]].id,
                confirmed_by=self.staff[basis["confirmed_by"]].id,
            )

    def _open_stores(self, session: Session) -> None:
        shown = list(scopes.catalogue(session))
        for plan in self.plan["stores"]:
            store = stores.create(session, plan["name"], plan["organisation"], shown, may_declare_no_data_subject=True)
            self._store_ids[plan["key"]] = store.id

    def _publish_second_form(self, session: Session) -> None:
        texts = forms.shipped_texts()
        for language, text in texts.items():
            text["form"]["introduction"] += " " + self.plan["second_form"][language]
        forms.publish(session, texts)

    def _hold(self, session: Session, hold: Plan) -> None:
        author = self.of(Role.DPO, "cedar").id
        registration.hold(session, self.store(session, hold["store"]), hold["item"], author)

    def _week(self, session: Session, days_ago: int) -> None:
        while expiry.expire(session):
            pass
        expiry.remind_of_reviews(session)
        invitations.end_expired(session)
        signing.renew_if_due(session)
        for plan in self.plan["stores"]:
            store = self.store(session, plan["key"])
            session.refresh(store)
            is_silent = days_ago < plan.get("silent_since_days", 0)
            if not is_silent and store.cursor > stores.acknowledged(session, store.id):
                stores.acknowledge(session, store.id, store.cursor, clock.now())

    def _issue_tokens(self, session: Session) -> None:
        for plan in self.plan["stores"]:
            store = self.store(session, plan["key"])
            self.tokens[store.name] = stores.issue_token(session, store, credentials.token(plan["key"]))

    def store(self, session: Session, key: str) -> stores.Store:
        """A store by its key in the plan."""
        return session.get_one(stores.Store, self._store_ids[key])
