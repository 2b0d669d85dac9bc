"""The demonstration: fictional, whole, and with every state that the rule knows."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from consent import rules
from consent.catalogue import recipients
from consent.deciding import decisions
from consent.ledger import answers, feed, following, items, revisions, scopes, stores
from consent.people import concerns, organisations, overview, subjects
from consent.proving import installed, verification
from consent.saying import erasure_reviews, expiry
from portal import installation
from portal.access import accounts, invitations
from portal.access.accounts import Role
from portal.cli import main
from portal.demo import full_scale, making, sign_ins
from portal.settings import Settings
from tests.conftest import bare_settings
from tests.integration.test_cli import disarm
from vault import clock
from vault.database import Database


@pytest.fixture(scope="module")
def made(demonstration_settings: Settings) -> Settings:
    """A demonstration that no test changes."""
    return demonstration_settings


@pytest.fixture(scope="module")
def demo(made: Settings) -> Iterator[Database]:
    opened = installation.open_database(made)
    yield opened
    opened.close()


@pytest.fixture
def copy(made: Settings, tmp_path: Path) -> Settings:
    """A demonstration of the test's own."""
    shutil.copytree(made.data_dir, tmp_path / "copy")
    return bare_settings(tmp_path / "copy")


def test_demo_json_says_where_who_and_what(made: Settings) -> None:
    content = sign_ins.read(made)
    shapes = {
        "organisations": {"key": str, "name": str},
        "accounts": {
            **{"role": str, "organisation": str, "sign_in": str, "passphrase": str},
            **{"totp_secret": str | None, "language": str},
        },
        "stores": {"name": str, "token": str},
        "recipients": {"key": str, "class": str},
        "subjects": {
            **{"code": str, "organisation": str, "interview_reference": str | None},
            **{"sign_in": str | None, "passphrase": str | None},
        },
    }
    assert list(content) == ["base_url", *shapes]
    assert content["base_url"] == "http://127.0.0.1:8000"
    for name, shape in shapes.items():
        assert content[name]
        for entry in content[name]:
            assert list(entry) == list(shape)
            assert all(isinstance(entry[field], kind) for field, kind in shape.items())
    assert len(content["organisations"]) == 4
    assert len(content["subjects"]) == 40
    assert all("fictional" in each["name"] for each in content["organisations"])
    assert sign_ins.file(made).stat().st_mode & 0o077 == 0


def test_every_role_and_every_class_of_recipient_is_there(made: Settings) -> None:
    content = sign_ins.read(made)
    by_role = Counter(account["role"] for account in content["accounts"])
    assert set(by_role) == {role.value for role in Role}
    assert by_role["survivor"] >= 8
    documenters = {each["organisation"] for each in content["accounts"] if each["role"] == "documenter"}
    assert documenters == {each["key"] for each in content["organisations"]}
    assert {each["language"] for each in content["accounts"] if each["role"] != "survivor"} == set(scopes.LANGUAGES)
    by_class = Counter(each["class"] for each in content["recipients"])
    assert set(by_class) == set(scopes.RecipientClass)
    assert by_class["prosecution"] >= 2
    assert by_class["counsel"] == by_class["provider"] == 2


def test_the_sign_ins_and_tokens_work(made: Settings, demo: Database) -> None:
    content = sign_ins.read(made)
    with demo.reading() as session:
        for told in content["accounts"]:
            account = accounts.find(session, told["sign_in"])
            assert account is not None
            assert accounts.totp_secret(session, account) == told["totp_secret"]
            assert (account.role, account.organisation) == (told["role"], told["organisation"])
        for told in (content["accounts"][0], content["accounts"][-1]):
            account = accounts.find(session, told["sign_in"])
            assert accounts.passphrase_is_right(account, told["passphrase"])
        for told in content["stores"]:
            assert stores.authenticate(session, told["token"], "127.0.0.1").name == told["name"]
        directory = recipients.directory(session)
        assert {key: entry.recipient_class for key, entry in directory.items()} == {
            each["key"]: each["class"] for each in content["recipients"]
        }
        assert all(set(entry.names) == set(scopes.LANGUAGES) for entry in directory.values())


def test_the_subjects_are_those_that_the_portal_knows(made: Settings, demo: Database) -> None:
    survivors = {each["sign_in"] for each in sign_ins.read(made)["accounts"] if each["role"] == "survivor"}
    listed = sign_ins.read(made)["subjects"]
    assert {each["sign_in"] for each in listed} - {None} == survivors
    with demo.reading() as session:
        for each in listed:
            enrolled = subjects.enrolment(session, each["organisation"], each["code"])
            references = subjects.references_of(session, enrolled.subject_id)
            assert references == ([each["interview_reference"]] if each["interview_reference"] else [])
            account = accounts.of_subject(session, enrolled.subject_id)
            assert (account and accounts.sign_in_name(session, account)) == each["sign_in"]


def test_every_state_that_an_answer_can_have_is_there(demo: Database) -> None:
    codes, held = set(), set()
    with demo.reading() as session:
        for subject_id in session.scalars(select(subjects.Subject.id)):
            for group in overview.of_person(session, subject_id).groups.values():
                codes |= {answer.code for answer in group.answers}
                held |= {answer.held_back for answer in group.answers}
    assert codes == {
        *("granted", "ask_first", "refused", "unanswered", "withdrawn", "expired", "superseded", "invalidated"),
        *("majority_unconfirmed", None),
    }
    assert held == {"restricted", "safety_hold", "paused_by_wish", "erasure_pending", None}


def test_nearly_every_row_of_the_decision_table_is_met(demo: Database) -> None:
    met = set()
    with demo.reading() as session:
        directory = recipients.directory(session)
        for store in stores.listed(session):
            names = session.scalars(select(items.Item.external_id).where(items.Item.store_id == store.id)).all()
            for scope in scopes.catalogue(session).values():
                asked = [
                    decisions.Asked(name, scope.key, recipient.key)
                    for recipient in directory.values()
                    if recipient.recipient_class in scope.classes and scope.key in store.scopes
                    for name in names
                ]
                for decision in decisions.decide_many(session, store.id, asked):
                    met |= {reason.code for reason in decision.reasons}
    assert met == {
        *("unknown_item", "safety_hold", "no_data_subject", "subjects_not_established", "erased", "paused_by_wish"),
        *("erasure_pending", "restricted", "unanswered", "refused", "withdrawn", "expired", "invalidated"),
        *("superseded", "majority_unconfirmed", "recipient_excluded", "kind_excluded", "ask_first", "granted"),
        *("objected", "lawful_basis", "no_consent"),
    }


def test_the_desks_have_something_to_do(demo: Database) -> None:
    with demo.reading() as session:
        waiting = {each.store.name: each for each in following.all_stores(session)}
        assert [name for name, each in waiting.items() if each.missing] == ["Picture archive"]
        assert waiting["Picture archive"].is_silent
        assert feed.unconfirmed(session)
        assert expiry.reminders(session)
        assert len(erasure_reviews.all_open(session)) == 1
        assert {concern.ground for concern in concerns.all_open(session)} == {"looks_forced", "second_passphrase"}
        open_ones = select(invitations.Invitation).where(invitations.Invitation.ended_at.is_(None))
        assert len(session.scalars(open_ones).all()) == 1
        soon = (answers.AnswerRow.majority_at > clock.now()) & answers.AnswerRow.code.in_(answers.PERMITTING)
        assert len(set(session.scalars(select(answers.AnswerRow.subject_id).where(soon)))) == 2
        kinds = set(session.scalars(select(items.Item.kind).where(items.Item.registered.is_(True))))
        assert kinds == set(rules.KINDS)
        roles = set(session.scalars(select(items.ItemLink.role)))
        assert roles == set(items.ItemRole)


def test_its_history_spans_three_years_and_moves_forward_only(demo: Database) -> None:
    with demo.reading() as session:
        moments = session.scalars(
            select(revisions.RevisionRow.recorded_at).order_by(revisions.RevisionRow.revision)
        ).all()
    assert moments == sorted(moments)
    assert timedelta(days=1000) < moments[-1] - moments[0] < timedelta(days=1100)
    assert moments[-1] <= clock.now()


def test_it_is_whole_and_what_is_tampered_with_is_named(copy: Settings) -> None:
    environment = {"DATA_DIR": str(copy.data_dir)}
    whole = CliRunner().invoke(main, ["verify"], env=environment)
    assert (whole.exit_code, whole.stdout.startswith("whole: ")) == (0, True)
    database = installation.open_database(copy)
    disarm(database, "feed")
    with database.writing() as session:
        session.execute(feed.FeedRow.__table__.update().where(feed.FeedRow.cursor == 5).values(chain=bytes(32)))  # type: ignore[attr-defined]
    database.close()
    faulty = CliRunner().invoke(main, ["verify"], env=environment)
    assert faulty.exit_code == 1
    assert "feed Closed-source database: row 5 was changed" in faulty.stdout.splitlines()


def test_it_is_made_once_and_the_address_follows_where_it_is_served(copy: Settings) -> None:
    before = sign_ins.read(copy)
    making.make(copy)
    assert sign_ins.read(copy) == before
    sign_ins.keep_address(copy, "http://127.0.0.1:9000")
    assert sign_ins.read(copy) == before | {"base_url": "http://127.0.0.1:9000"}


def test_it_is_made_on_both_databases_and_anew_where_it_was_cut_short_with_the_same_names_and_words(
    made: Settings, settings: Settings
) -> None:
    def cut(_what: str, done: int, of: int) -> None:
        if done > of // 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        making.make(settings, cut)
    assert not sign_ins.file(settings).exists()
    making.make(settings)
    assert sign_ins.read(settings) == sign_ins.read(made)
    database = installation.open_database(settings)
    with database.reading() as session:
        assert list(verification.faults(session)) == []
        assert installed.state(session).stores == 3
        came_for_support_alone = 49
        enrolled = session.scalar(select(func.count()).where(subjects.Enrolment.hidden.is_(False)))
        assert enrolled == 40 + came_for_support_alone
    database.close()


def test_fictional_people_do_not_go_among_real_ones(settings: Settings) -> None:
    database = installation.open_database(settings)
    with database.writing() as session:
        session.add(organisations.Organisation(key="alder", name="A partner", country="DK"))
    database.close()
    with pytest.raises(making.NotADemonstration):
        making.make(settings)
    refused = CliRunner().invoke(
        main, ["demo"], env={"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url}
    )
    assert refused.exit_code == 2
    assert refused.stderr.startswith("zhoda: ")
    assert not sign_ins.file(settings).exists()


def test_it_grows_to_the_size_of_the_consortium_and_goes_on_where_it_was_stopped(
    copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_scale, "_ITEMS_IN_A_TRANSACTION", 100)
    size = {"people": 12, "files": 250, "open_items": 1000}

    def cut(what: str, done: int, of: int) -> None:
        if what == "Open-source catalogue" and done == 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        full_scale.enlarge(copy, cut, **size)
    told: list[tuple[str, int, int]] = []
    full_scale.enlarge(copy, lambda *report: told.append(report), **size)
    assert told[0] == ("Open-source catalogue", 400, 1000)
    database = installation.open_database(copy)
    with database.reading() as session:
        assert list(verification.faults(session)) == []
        assert session.scalar(select(func.count()).where(subjects.Enrolment.hidden.is_(False))) == 101
        grown = {each.store.name: each for each in following.all_stores(session)}
        assert grown["Open-source catalogue"].items == 1000 + 14
        assert grown["Closed-source database"].missing == grown["Open-source catalogue"].missing == 0
        catalogue = grown["Open-source catalogue"].store
        linked = (
            select(func.count(func.distinct(items.ItemLink.item_id)))
            .join(items.Item, items.Item.id == items.ItemLink.item_id)
            .where(items.Item.store_id == catalogue.id, items.Item.external_id.like("OS-1%"))
        )
        assert session.scalar(linked) == 30
    database.close()
    assert json.loads((copy.data_dir / "demo.scale.json").read_text())["Open-source catalogue"] == 1000
