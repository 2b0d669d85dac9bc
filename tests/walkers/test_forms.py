"""Every form of every role can be refused: at a field, in the reader's language, nothing lost and nothing changed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from wtforms import StringField
from wtforms.validators import ValidationError

from consent.people.subjects import Enrolment
from mhpss.referral import provider_links, referrals
from mhpss.referral.referrals import Referral
from portal.access import accounts, invitations, renewals
from portal.access.accounts import Role
from portal.access.permissions import public
from portal.access.readings import nothing
from portal.app import create_app
from portal.fields.day_field import DayField
from portal.fields.form import Form
from portal.frame import repeats
from portal.frame.transaction import db
from portal.installation import open_database
from portal.settings import Settings
from tests.browser.test_pages import account_of, signed_in
from tests.support import with_default
from tests.walkers.pages import FoundForm, read
from tests.walkers.sending import Rehearsal, Walker
from tests.web.people import Browser, reached
from vault import audit
from vault.database import Database
from vault.policy import law

Portal = tuple[Flask, dict[str, Any], Rehearsal]
# What has been sent already: pages that several roles have are looked at once.
SEEN: set[Any] = set()


@pytest.fixture(scope="module")
def demonstration(demonstration_settings: Settings) -> Iterator[Portal]:
    """The portal over the fictional consortium, its sign-ins, and what keeps nothing."""
    database = open_database(demonstration_settings)
    known = json.loads((demonstration_settings.data_dir / "demo.json").read_text(encoding="utf-8"))
    yield _served(demonstration_settings, database), known, Rehearsal(database)
    database.close()


def _served(settings: Settings, database: Database, more: Blueprint | None = None) -> Flask:
    app = create_app(settings, database)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    if more is not None:
        app.register_blueprint(more)
    return app


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "STEP_UP_FRESH", with_default(law.STEP_UP_FRESH, law.SESSION_LONGEST.default))


def kind_of(app: Flask, address: str, form: FoundForm) -> tuple[Any, ...]:
    """Forms of one kind go to one route, for one act, with the same fields."""
    target = (form.action or address).partition("?")[0]
    try:
        endpoint, arguments = app.url_map.bind("localhost").match(target, method="POST")
    except HTTPException:
        return (target, form.names)
    return (endpoint, arguments.get("act"), form.names)


def faults_of(
    app: Flask, browser: Browser, rehearsal: Rehearsal, pages: Mapping[str, str], seen: set[Any]
) -> Iterator[str]:
    """What is wrong with the forms on some pages, one of each kind that is not in `seen`."""
    walker = Walker(app, browser.client, rehearsal)
    with walker.rehearsing():
        for address, text in pages.items():
            for form in read(text).forms:
                if (kind := kind_of(app, address, form)) in seen:
                    continue
                seen.add(kind)
                token = form.controls["csrf_token"].values[0]
                place = f"{address} → {form.action or '='}"
                yield from (f"{place} {fault}" for fault in walker.faults(address, form, token))


def opened(browser: Browser, addresses: Iterable[str]) -> dict[str, str]:
    """The pages at some addresses."""
    return {address: browser.client.get(address).text for address in addresses}


@pytest.mark.parametrize("role", list(Role))
def test_every_form_of_a_role_can_be_refused(demonstration: Portal, role: Role) -> None:
    app, sign_ins, rehearsal = demonstration
    for account in [each for each in sign_ins["accounts"] if each["role"] == role][:2]:
        browser = signed_in(app, account)
        browser.get("/language/be")
        found = reached(app, browser, 4)
        pages = {address: answer.text for address, answer in found.items() if answer.mimetype == "text/html"}
        assert any(read(text).forms for text in pages.values())
        faults = list(faults_of(app, browser, rehearsal, pages, SEEN))
        assert faults == [], "\n" + "\n".join(faults)


def _papers(database: Database) -> Iterator[str]:
    """The addresses that are given on paper or sent: an invitation, two renewals, a provider's link."""
    with database.writing() as session:
        survivor, officer = (
            session.scalars(select(accounts.Account).where(accounts.Account.role == role)).first()
            for role in (Role.SURVIVOR, Role.DPO)
        )
        assert survivor is not None
        assert officer is not None
        yield f"/again/{renewals.issue(session, survivor, officer.id)}"
        yield f"/again/{renewals.issue(session, officer, officer.id)}"
        known = select(accounts.Account.subject_id).where(accounts.Account.subject_id.is_not(None))
        uninvited = select(Enrolment.subject_id).where(Enrolment.subject_id.not_in(known), ~Enrolment.hidden)
        person = session.scalars(uninvited).first()
        assert person is not None
        yield f"/welcome/{invitations.issue(session, person, survivor.organisation, officer.id)}"
        for referral in session.scalars(select(Referral).where(Referral.sent_at.is_not(None))):
            try:
                yield f"/r/{provider_links.issue(session, referral)}"
            except (referrals.NotAllowed, referrals.NoLiveConsent):
                continue
            return
        raise AssertionError("no referral is under way")


def test_every_form_before_the_sign_in_can_be_refused(demonstration: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    app, sign_ins, rehearsal = demonstration
    stranger = Browser(app.test_client())
    stranger.get("/language/be?next=/sign-in")
    addresses = ["/sign-in", "/data/request", "/data/follow", *_papers(rehearsal.database)]
    faults = list(faults_of(app, stranger, rehearsal, opened(stranger, addresses), set()))
    officer = account_of(sign_ins, Role.DPO)
    stranger.get("/sign-in")
    stranger.post("/sign-in", sign_in=officer["sign_in"], passphrase=officer["passphrase"])
    faults += faults_of(app, stranger, rehearsal, opened(stranger, ["/sign-in/code"]), set())
    # A survivor has no code that could be used up already.
    browser = signed_in(app, account_of(sign_ins, Role.SURVIVOR))
    browser.get("/language/be")
    monkeypatch.setattr(law, "STEP_UP_FRESH", with_default(law.STEP_UP_FRESH, -law.SESSION_LONGEST.default))
    asked_again = opened(browser, ["/confirm?next=/my/"])
    faults += faults_of(app, browser, rehearsal, asked_again, set())
    assert faults == [], "\n" + "\n".join(faults)


class PlantedForm(Form):
    """Stands on the base, as all do; what is wrong is what its views make of it."""

    day = DayField("Дзень")
    text = StringField("Тэкст", widget=GovTextInput())

    def validate_text(self, field: Any) -> None:
        """A rule that says something in words that are not the reader's."""
        if field.data == "-":
            raise ValidationError("Not a valid choice" if request.path.endswith("english") else _("Fill this in"))


def _drawn(form: Form, status: int) -> ResponseReturnValue:
    return render_template("coordination/step.html", form=form, title="", lead="", back="/"), status


def _an_error() -> ResponseReturnValue:
    form = PlantedForm()
    int(request.form["text"] or "0")
    return _drawn(form, 422)


def _half_a_date() -> ResponseReturnValue:
    form = PlantedForm()
    form.validate()
    if form.text.errors:
        return _drawn(form, 422)
    audit.record(db, audit.STRANGER, "planted")
    return "", 204


def _a_lost_text() -> ResponseReturnValue:
    form = PlantedForm()
    if form.validate():
        return "", 204
    blank = PlantedForm(formdata=None)
    blank.day.errors, blank.text.errors = form.day.errors, form.text.errors
    return _drawn(blank, 422)


def _silence() -> ResponseReturnValue:
    return ("", 204) if PlantedForm().validate() else ("", 422)


def _a_way_back() -> ResponseReturnValue:
    return ("", 204) if PlantedForm().validate() else ("", 303, {"Location": "/sign-in"})


PLANTED: dict[str, tuple[Any, str]] = {
    "an-error": (_an_error, "500 ValueError"),
    "half-a-date": (_half_a_date, "day was taken"),
    "a-lost-text": (_a_lost_text, "came back as"),
    "a-200": (lambda: _drawn(form, 200) if not (form := PlantedForm()).validate() else ("", 204), "200 and not 422"),
    "silence": (_silence, "422 without a word"),
    "a-way-back": (_a_way_back, "nothing was written, and nothing is said at a field"),
    "english": (lambda: _drawn(form, 422) if not (form := PlantedForm()).validate() else ("", 204), "valid"),
}


open_to_all = public(reads=nothing("a planted fault"))


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_found(demonstration_settings: Settings, planted: str) -> None:
    view, expected = PLANTED[planted]
    more = Blueprint("planted", __name__)
    more.add_url_rule(f"/{planted}", "show", open_to_all(lambda: _drawn(PlantedForm(formdata=None), 200)))
    more.add_url_rule(f"/{planted}", "send", open_to_all(view), methods=["POST"])
    database = open_database(demonstration_settings)
    app = _served(demonstration_settings, database, more)
    stranger = Browser(app.test_client())
    stranger.get(f"/language/be?next=/{planted}")
    faults = list(faults_of(app, stranger, Rehearsal(database), opened(stranger, [f"/{planted}"]), set()))
    database.close()
    assert any(expected in fault for fault in faults), faults


def _once_more() -> ResponseReturnValue:
    audit.record(db, audit.STRANGER, "planted")
    return "", 302, {"Location": "/sign-in"}


def test_a_form_that_does_again_what_it_has_done_is_found(
    demonstration_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = Blueprint("planted", __name__)
    more.add_url_rule("/twice", "show", open_to_all(lambda: _drawn(PlantedForm(formdata=None), 200)))
    more.add_url_rule("/twice", "send", open_to_all(_once_more), methods=["POST"])
    database = open_database(demonstration_settings)
    app = _served(demonstration_settings, database, more)
    stranger = Browser(app.test_client())
    stranger.get("/language/be?next=/twice")

    def found() -> list[str]:
        pages = opened(stranger, ["/twice"])
        return [each for each in faults_of(app, stranger, Rehearsal(database), pages, set()) if "sent twice" in each]

    assert found() == []
    monkeypatch.setattr(repeats, "_digest", lambda: None)
    assert len(found()) == 1
    database.close()
