"""One fictional person: enrolled, asked, and all that they say and that is done for them afterwards."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from consent.catalogue import forms
from consent.ledger import answers, ledger, revisions
from consent.ledger.scopes import ScopeGroup, in_groups
from consent.people import concerns, persons, subjects
from consent.people.subjects import Enrolment
from consent.saying import answering, capture, withdrawal
from consent.saying.answering import Circumstances, Given
from portal.access import accounts, duress, invitations
from portal.access.accounts import Account, Role
from portal.demo import credentials, holdings
from portal.demo.house import House
from portal.demo.timeline import Timeline
from vault import audit, clock

_FILES_COME_AFTER = 5
_WISHES = {"detained": "stops", "unreachable": "goes_on", "dead": "goes_on", "decider": ""}

Plan = Mapping[str, Any]


class Person:
    """A person of people.toml. `number` is their place there."""

    def __init__(self, number: int, plan: Plan, patterns: Plan, house: House, timeline: Timeline) -> None:
        self.plan = plan
        self.account: Account | None = None
        self.is_erased = False
        self._number = number
        self._patterns = patterns
        self._house = house
        self._timeline = timeline
        self._enrolment: Enrolment | None = None
        first = plan["history"][0]
        if first["do"] != "enrol":
            timeline.at(first["days_ago"] + 1, self._enrol)
        for step in plan["history"]:
            acts = [self._act(step)]
            if step["do"] == "erase":
                # The key goes once the erasure has been committed.
                acts.append(lambda s: persons.forget_key(s, self.subject_id))
            timeline.at(step["days_ago"], *acts)
        if first["do"] == "talk" and self.reference and first["pattern"] != "nothing":
            timeline.at(first["days_ago"] - _FILES_COME_AFTER, self._bring_files)

    @property
    def reference(self) -> str | None:
        """Their interview's number at the partner."""
        reference: str | None = self.plan.get("reference")
        return reference

    @property
    def code(self) -> str:
        """Their code in the portal."""
        return self._enrolled.code

    @property
    def key(self) -> str:
        """A name for them that no other person of the plan has."""
        return f"person {self._number}"

    @property
    def wants_support(self) -> bool:
        """Whether they said yes to a case and to being referred, and took nothing back since."""
        stopped = {scope for step in self.plan["history"] for scope in step.get("scopes", ())}
        steps = {step["do"] for step in self.plan["history"]}
        yes = set(self._patterns.get(self.plan["history"][0].get("pattern", ""), {}).get("granted", ()))
        wanted = {"mhpss.case", "mhpss.refer"}
        return steps <= {"talk", "account", "invite", "withdraw"} and wanted <= yes and wanted.isdisjoint(stopped)

    @property
    def last_talk_days_ago(self) -> int:
        """How long ago they last spoke about their answers."""
        return min(int(step["days_ago"]) for step in self.plan["history"] if step["do"] == "talk")

    @property
    def _enrolled(self) -> Enrolment:
        if self._enrolment is None:
            raise LookupError(f"{self.key} is not enrolled yet")
        return self._enrolment

    @property
    def subject_id(self) -> str:
        """Who they are to the domain."""
        return self._enrolled.subject_id

    @property
    def _documenter(self) -> Account:
        return self._house.of(Role.DOCUMENTER, self.plan["partner"])

    @property
    def _dpo(self) -> Account:
        return self._house.of(Role.DPO, self.plan["partner"])

    def _act(self, step: Plan) -> Callable[[Session], object]:
        acts: dict[str, Callable[[Session, Plan], object]] = {
            "enrol": lambda s, _: self._enrol(s),
            "talk": self._talk,
            "draft": self._begin_talk,
            "account": self._take_account,
            "sign_in_forced": self._sign_in_forced,
            "invite": self._be_invited,
            "answer": self._answer,
            "withdraw": self._withdraw,
            "hold": lambda s, _: persons.hold(s, self.subject_id, self._dpo.id),
            "lift": lambda s, _: persons.lift_hold(s, self.subject_id, self._dpo.id),
            "pause": lambda s, p: persons.pause_by_wish(s, self.subject_id, p["scopes"], self._documenter.id),
            "restrict": lambda s, p: persons.restrict(s, self.subject_id, p["open_scopes"], self._dpo.id),
            "object": lambda s, _: persons.record_objection(s, self.subject_id, self._dpo.id),
            "ask_erasure": lambda s, _: persons.request_erasure(s, self.subject_id, self._speaker.id),
            "erase": self._erase,
            "invalidate": self._invalidate,
        }
        act = acts[step["do"]]
        return lambda session: act(session, step)

    @property
    def _speaker(self) -> Account:
        """Who writes down what the person says: they themself where they have an account."""
        return self.account or self._documenter

    def _enrol(self, session: Session) -> None:
        references = [self.reference] if self.reference else []
        self._enrolment = subjects.enrol(session, self.plan["partner"], references)
        audit.record(session, self._documenter.as_actor(), "subject.enrol", self.subject_id)

    def _bring_files(self, session: Session) -> None:
        named = f"{self.plan['partner']}/{self.reference}"
        self._house.register(session, "documents", holdings.own_files(self._number, named))

    def _talk(self, session: Session, step: Plan) -> None:
        conversation = self._begin_talk(session, step)
        asked = forms.current(session).introduction("en")["comprehension"]
        capture.keep(
            session,
            conversation,
            {
                "comprehension": {
                    question["key"]: "explained_again" if (self._number + place) % 6 == 0 else "understood"
                    for place, question in enumerate(asked)
                },
                "safety": {
                    "place": self.plan.get("place", "elsewhere"),
                    "safe": self.plan.get("safe", []),
                    "contact": f"by the partner, after 18:00 ({credentials.passphrase('en', self.key).split()[0]})",
                    "forced_sign": self.plan.get("forced_sign", ""),
                },
                "wishes": self.plan.get("wishes", _WISHES),
            },
        )
        capture.record(session, conversation, self._documenter.id)
        audit.record(session, self._documenter.as_actor(), "conversation.record", self.subject_id)

    def _begin_talk(self, session: Session, step: Plan) -> capture.Conversation:
        conversation = capture.begin(session, self.subject_id, self.plan["partner"], self._circumstances(step))
        given = self._given(step)
        for group, members in in_groups(session).items():
            if group in step.get("groups", tuple(ScopeGroup)):
                keys = [scope.key for scope in members if scope.key in given]
                answers = {key: given[key] for key in keys}
                capture.keep_group(session, conversation, group, answers, revisions.present(session)[0])
        return conversation

    def _circumstances(self, step: Plan) -> dict[str, Any]:
        consents = "guardian" if "guardian" in self.plan else "self"
        if "representative" in self.plan:
            consents = "representative"
        majority = self.plan.get("majority")
        return {
            "language": self.plan["language"],
            "method": step.get("method", "written"),
            "interpreter": step.get("interpreter", ""),
            "support_person": step.get("support_person", ""),
            "consented_by": consents,
            "guardian": self.plan.get(consents, ""),
            "majority_on": self._timeline.date(majority) if majority else None,
            "capacity": "Rested, at ease, asked questions of their own.",
            "recording_place": f"shelf {self._number}",
        }

    def _given(self, step: Plan) -> dict[str, dict[str, Any]]:
        """The answers of a step with their conditions; what was reached and not answered is left out."""
        pattern = self._patterns[step["pattern"]] if "pattern" in step else {}
        said = {scope: answer for answer, members in pattern.items() for scope in members} | step.get("answers", {})
        conditions = step.get("conditions", {})
        return {
            scope: {"answer": answer, "conditions": self._dated(conditions.get(scope, {}))}
            for scope, answer in said.items()
            if answer != "-"
        }

    def _dated(self, conditions: Plan) -> dict[str, Any]:
        return {
            name: self._timeline.date(value) if isinstance(value, str) else value for name, value in conditions.items()
        }

    def _take_account(self, session: Session, _step: Plan) -> None:
        self.account = accounts.create(
            session,
            Role.SURVIVOR,
            self.plan["partner"],
            credentials.account_number(self.key),
            credentials.passphrase(self.plan["language"], self.key),
            language=self.plan["language"],
            subject_id=self.subject_id,
            second_passphrase=credentials.passphrase(self.plan["language"], f"{self.key}, forced"),
        )

    def _sign_in_forced(self, session: Session, _step: Plan) -> None:
        if self.account is None:
            raise LookupError(f"{self.key} has no account yet")
        other = accounts.decoy(session, self.account)
        if other is not None:
            duress.note_sign_in(session, other)
            audit.record(session, other.as_actor(), "access.sign_in")

    def _be_invited(self, session: Session, _step: Plan) -> None:
        invitations.issue(session, self.subject_id, self.plan["partner"], self._documenter.id)
        audit.record(session, self._documenter.as_actor(), "invitation.issue", self.subject_id)

    def _answer(self, session: Session, step: Plan) -> None:
        form = forms.current(session)
        circumstances = Circumstances(
            form_version=form.id,
            form_digest=form.digest,
            language=self.plan["language"],
            method="portal",
            author=self._speaker.id,
        )
        given = {scope: Given(**each) for scope, each in self._given(step).items()}
        answering.answer(session, self.subject_id, given, circumstances)
        audit.record(session, self._speaker.as_actor(), "consent.answer", self.subject_id)

    def _withdraw(self, session: Session, step: Plan) -> None:
        said_before = step.get("said_days_before")
        statement = withdrawal.Statement(
            withdrawal.Channel(step.get("channel", "portal")),
            self._speaker.id,
            clock.now() - timedelta(days=said_before) if said_before else None,
        )
        withdrawal.withdraw(session, self.subject_id, step["scopes"], statement=statement)
        if step.get("looks_forced"):
            concerns.raise_concern(session, self.subject_id, self._speaker.id)
        audit.record(session, self._speaker.as_actor(), "consent.withdraw", self.subject_id)

    def _invalidate(self, session: Session, step: Plan) -> None:
        past, _ = ledger.history(session, [self.subject_id])
        given = [event for event in past if event.kind in answers.ANSWERING and event.scope == step["scope"]]
        persons.invalidate(
            session,
            self.subject_id,
            given[-1].id,
            step["reason"],
            proposed_by=self._documenter.id,
            confirmed_by=self._dpo.id,
        )

    def _erase(self, session: Session, _step: Plan) -> None:
        persons.erase(session, self.subject_id, self._dpo.id)
        self.is_erased = True
