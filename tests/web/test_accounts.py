"""Signing in, the second factor, recovery, sessions, and what is asked for again before a sensitive act."""

import re
import statistics
import time
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from consent.people import concerns
from portal.access import accounts, notices, passphrases, recovery_codes, renewals, second_factor, sessions, throttle
from portal.access.accounts import Account, Role
from tests.consortium import Consortium
from tests.web.people import PASSPHRASE, SECRET, Browser, create_staff, create_survivor, staff, survivor
from vault import clock
from vault.audit import AuditEntry
from vault.database import Database
from vault.policy import law

GUESSES = 10_000


def at_sign_in(app: Flask, address: str = "127.0.0.1") -> Browser:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    browser = Browser(client)
    browser.get("/language/en?next=/sign-in")
    return browser


def code_in(seconds: int) -> str:
    return pyotp.TOTP(SECRET).at(clock.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "chosen",
    [
        "passwordpassword",
        "Password123!!!!",
        "iloveyouiloveyou",
        "aaaaaaaaaaaa",
        "qwertyuiop123456",
        "dpo.alder@example.org",
        "Alder-Example-Dpo 12",
    ],
)
def test_a_common_passphrase_or_one_made_of_the_account_is_refused(chosen: str) -> None:
    with pytest.raises(passphrases.TooCommon):
        passphrases.check(chosen, ["dpo.alder@example.org", "alder"])


def test_a_passphrase_has_twelve_characters_and_needs_no_kind_of_character() -> None:
    with pytest.raises(passphrases.TooShort):
        passphrases.check("lamp stone1")
    for fine in ("lamp stone apple", "гарбуз ліхтар возера", "x7#Kq!v9Lm2@"):
        passphrases.check(fine, ["dpo.alder@example.org", "alder"])


def test_staff_change_their_passphrase_and_every_other_session_ends(app: Flask, consortium: Consortium) -> None:
    browser = staff(app, consortium, Role.DPO)
    with clock.moved_to(clock.now() + timedelta(seconds=31)):
        other = at_sign_in(app)
        other.post("/sign-in", sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
        other.post("/sign-in/code", code=code_in(0))
    browser.get("/account/passphrase")
    refused = browser.post("/account/passphrase", 422, present=PASSPHRASE, new="password1234")
    assert "easy to guess" in refused
    assert "not your present" in browser.post("/account/passphrase", 422, present="x", new="lantern orchard tram nine")
    browser.post("/account/passphrase", present=PASSPHRASE, new="lantern orchard tram nine")
    assert other.get("/account/")
    assert other.path == "/sign-in"
    again = at_sign_in(app)
    again.post("/sign-in", 422, sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
    again.post("/sign-in", sign_in="dpo.alder@example.org", passphrase="lantern  orchard tram nine")
    assert again.path == "/sign-in/code"


def test_a_sensitive_act_asks_for_the_second_factor_again_and_loses_nothing(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    browser = staff(app, consortium, Role.ADMINISTRATOR)
    create_staff(consortium, Role.DPO)
    with database.reading() as session:
        (found,) = [account for account in accounts.listed(session) if account.role == Role.DPO]
    browser.get(f"/administration/accounts/{found.id}")
    with clock.moved_to(clock.now() + timedelta(minutes=6)):
        asked = browser.post(f"/administration/accounts/{found.id}/role", 428, role="auditor")
        assert 'name="role" value="auditor"' in asked
        assert role_of(database, found.id) == Role.DPO
        browser.post(f"/administration/accounts/{found.id}/role", 428, role="auditor", confirm_code="000000")
        assert role_of(database, found.id) == Role.DPO
        before = browser.client.get_cookie("s")
        browser.post(f"/administration/accounts/{found.id}/role", role="auditor", confirm_code=code_in(0))
        after = browser.client.get_cookie("s")
        assert role_of(database, found.id) == Role.AUDITOR
        assert before is not None
        assert after is not None
        assert before.value != after.value
        browser.get("/administration/accounts/new")
        assert browser.path == "/administration/accounts/new"
    with database.reading() as session:
        done = session.scalars(select(AuditEntry).where(AuditEntry.act == "account.role.auditor")).one()
    assert (done.role, done.target) == ("administrator", found.id)


def role_of(database: Database, account_id: str) -> str:
    with database.reading() as session:
        return session.get_one(Account, account_id).role


def test_a_page_to_be_read_that_is_sensitive_leads_back_to_itself(app: Flask, consortium: Consortium) -> None:
    browser = staff(app, consortium, Role.AUDITOR)
    with clock.moved_to(clock.now() + timedelta(minutes=6)):
        browser.get("/administration/acts.csv?act=access", 428)
        browser.post("/confirm?next=/administration/acts.csv?act%3Daccess", confirm_code=code_in(0))
        assert browser.page is not None
        assert browser.page.mimetype == "text/csv"


def test_an_administrator_adds_an_account_whose_owner_chooses_its_passphrase(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    browser = staff(app, consortium, Role.ADMINISTRATOR)
    browser.get("/administration/accounts/new")
    fields = {"sign_in": "new@example.org", "role": "dpo", "organisation": "birch", "language": "en"}
    fields["same_person"] = "nobody"
    browser.post("/administration/accounts/new", **fields)
    assert "new@example.org" in browser.page.text  # type: ignore[union-attr]
    browser.get("/administration/accounts/new")
    assert "with this e-mail already" in browser.post("/administration/accounts/new", 422, **fields)
    with database.writing() as session:
        account = accounts.find(session, "new@example.org")
        assert account is not None
        code = renewals.issue(session, account, "test")
    newcomer = at_sign_in(app)
    secret = re.search(r'class="number">([A-Z2-7]+)<', newcomer.get(f"/again/{code}"))
    assert secret
    fits = pyotp.TOTP(secret[1]).at(clock.now())
    newcomer.post(f"/again/{code}", 422, passphrase="password1234", code=fits)
    newcomer.post(f"/again/{code}", 422, passphrase="lantern orchard tram nine", code="000000")
    newcomer.post(f"/again/{code}", passphrase="lantern orchard tram nine", code=fits)
    newcomer.post("/sign-in", sign_in="new@example.org", passphrase="lantern orchard tram nine")
    newcomer.post("/sign-in/code", code=fits)
    assert newcomer.path == "/protection/"
    newcomer.get(f"/again/{code}", 404)


def test_a_closed_account_and_its_sessions_open_nothing(app: Flask, consortium: Consortium, database: Database) -> None:
    officer = staff(app, consortium, Role.DPO)
    with database.reading() as session:
        account = accounts.find(session, "dpo.alder@example.org")
    assert account is not None
    browser = staff(app, consortium, Role.ADMINISTRATOR)
    browser.get(f"/administration/accounts/{account.id}")
    browser.post(f"/administration/accounts/{account.id}/close")
    officer.get("/protection/")
    assert officer.path == "/sign-in"
    officer.post("/sign-in", 422, sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)


def test_a_paper_that_was_open_as_an_account_was_closed_opens_nothing_when_it_is_open_again(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    create_staff(consortium, Role.DPO)
    with database.writing() as session:
        account = accounts.find(session, "dpo.alder@example.org")
        assert account is not None
        code = renewals.issue(session, account, "test")
    browser = staff(app, consortium, Role.ADMINISTRATOR)
    browser.get(f"/administration/accounts/{account.id}")
    browser.post(f"/administration/accounts/{account.id}/close")
    with database.reading() as session:
        first = accounts.by_id(session, account.id)
        assert first is not None
    browser.post(f"/administration/accounts/{account.id}/close")
    with database.reading() as session:
        again = accounts.by_id(session, account.id)
        assert again is not None
        assert again.disabled_at == first.disabled_at
    browser.post(f"/administration/accounts/{account.id}/open")
    at_sign_in(app).get(f"/again/{code}", 404)


def test_an_administrator_does_not_change_their_own_account(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    browser = staff(app, consortium, Role.ADMINISTRATOR)
    with database.reading() as session:
        own = accounts.find(session, "administrator.alder@example.org")
    assert own is not None
    browser.get(f"/administration/accounts/{own.id}")
    for act in ("role", "close", "open", "paper"):
        browser.post(f"/administration/accounts/{own.id}/{act}", 404, role="dpo")


def test_a_recovery_code_opens_the_account_once(app: Flask, consortium: Consortium) -> None:
    browser = staff(app, consortium, Role.DPO)
    browser.get("/account/")
    codes = re.findall(r"<code>([A-Z2-7-]+)</code>", browser.post("/account/recovery-codes"))
    assert len(set(codes)) == recovery_codes.HOW_MANY
    for status in (200, 422):
        again = at_sign_in(app)
        again.post("/sign-in", sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
        again.post("/sign-in/code", status, code=codes[0].lower())
    assert "A recovery code was used" in browser.get("/account/")


def test_recovery_codes_are_kept_as_digests_of_120_bits(consortium: Consortium, database: Database) -> None:
    create_staff(consortium, Role.DPO)
    with database.writing() as session:
        account = accounts.find(session, "dpo.alder@example.org")
        assert account is not None
        codes = recovery_codes.renew(session, account.id)
        kept = session.scalars(select(recovery_codes.RecoveryCode.digest)).all()
    assert all(len(code.replace("-", "")) * 5 == 120 for code in codes)
    assert not {code.replace("-", "") for code in codes} & set(kept)


def test_staff_are_told_of_a_new_device_and_not_of_a_known_one(app: Flask, consortium: Consortium) -> None:
    browser = staff(app, consortium, Role.DPO)
    assert browser.get("/account/").count("device that was not known") == 1
    browser.post("/account/news")
    browser.post("/sign-out")
    with clock.moved_to(clock.now() + timedelta(seconds=31)):
        browser.post("/sign-in", sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
        browser.post("/sign-in/code", code=code_in(0))
        assert browser.get("/account/").count("device that was not known") == 1
        other = at_sign_in(app)
        other.post("/sign-in", sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
    with clock.moved_to(clock.now() + timedelta(seconds=62)):
        other.post("/sign-in/code", code=code_in(0))
        assert "There is news about your account" in other.page.text  # type: ignore[union-attr]


def test_the_session_token_changes_at_sign_in_and_the_waiting_one_opens_nothing(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    create_staff(consortium, Role.DPO)
    browser = at_sign_in(app)
    browser.post("/sign-in", sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
    with browser.client.session_transaction() as cookie:
        waiting = cookie["pending"]
        assert set(cookie) <= {"pending", "form_secret", "_fresh"}
    with database.reading() as session:
        assert sessions.visitor(session, waiting) is None
    browser.post("/sign-in/code", code=code_in(0))
    with browser.client.session_transaction() as cookie:
        assert cookie["_user_id"] != waiting


def test_a_survivor_sees_and_ends_their_sessions_and_takes_new_words(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    phone = survivor(app, consortium, anna)
    number = f"100 200 {int(anna[:6], 16) % 900 + 100}"
    borrowed = at_sign_in(app)
    borrowed.post("/sign-in", sign_in=number, passphrase=PASSPHRASE)
    assert phone.get("/my/access/").count("End it") == 2
    phone.post("/my/access/sessions/end-others")
    borrowed.get("/my/")
    assert borrowed.path == "/sign-in"
    phone.get("/my/access/words")
    phone.post("/my/access/words", 422, present="wrong")
    new = re.search(r'class="number">([^<]+)<', phone.post("/my/access/words", present=PASSPHRASE))
    assert new
    borrowed.post("/sign-in", 422, sign_in=number, passphrase=PASSPHRASE)
    borrowed.post("/sign-in", sign_in=number, passphrase=new[1])
    assert borrowed.path == "/my/"


def test_a_survivor_may_add_an_app_and_is_then_asked_for_its_code(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    phone = survivor(app, consortium, anna)
    secret = re.search(r'class="number">([A-Z2-7]+)<', phone.get("/my/access/app"))
    assert secret
    phone.post("/my/access/app", 422, secret=secret[1], code="000000")
    phone.post("/my/access/app", secret=secret[1], code=pyotp.TOTP(secret[1]).at(clock.now()))
    again = at_sign_in(app)
    number = f"100 200 {int(anna[:6], 16) % 900 + 100}"
    again.post("/sign-in", sign_in=number, passphrase=PASSPHRASE)
    assert again.path == "/sign-in/code"
    again.post("/sign-in/code", code=pyotp.TOTP(secret[1]).at(clock.now()))
    assert again.path == "/my/"


def test_lost_access_is_restored_in_person_with_a_paper_that_works_once(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    anna = consortium.enrol("V-1")
    phone = survivor(app, consortium, anna)
    with database.writing() as session:
        account = accounts.of_subject(session, anna)
        assert account is not None
        code = renewals.issue(session, account, "documenter")
    elsewhere = at_sign_in(app)
    elsewhere.get(f"/again/{code}")
    number, passphrase, second = re.findall(r'class="number">([^<]+)<', elsewhere.post(f"/again/{code}"))
    phone.get("/my/")
    assert phone.path == "/sign-in"
    phone.post("/sign-in", 422, sign_in=number, passphrase=PASSPHRASE)
    phone.post("/sign-in", sign_in=number, passphrase=passphrase)
    assert phone.path == "/my/"
    assert passphrase != second
    elsewhere.get(f"/again/{code}", 404)


def test_a_paper_lapses_and_a_new_one_ends_the_old(consortium: Consortium, database: Database) -> None:
    create_staff(consortium, Role.DPO)
    with database.writing() as session:
        account = accounts.find(session, "dpo.alder@example.org")
        assert account is not None
        first, second = renewals.issue(session, account, "a"), renewals.issue(session, account, "a")
        with pytest.raises(renewals.BadPaper):
            renewals.look_at(session, first)
        renewals.look_at(session, second)
        with clock.moved_to(clock.now() + law.RENEWAL.default), pytest.raises(renewals.BadPaper):
            renewals.look_at(session, second)
        with clock.moved_to(clock.now() + law.RENEWAL.default):
            assert renewals.end_expired(session) == 1


def test_ten_thousand_guessed_codes_from_as_many_networks_find_nothing_and_the_owner_gets_in(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    create_staff(consortium, Role.DPO)
    start = clock.now()
    looked_at = 0
    for first in range(0, guesses_on(database), 500):
        with database.writing() as session:
            account = accounts.find(session, "dpo.alder@example.org")
            assert account is not None
            for guess in range(first, first + 500):
                if not second_factor.needs_two_codes(session, account):
                    looked_at += 1
                assert not second_factor.attempt(session, account, wrong_code(guess))
                throttle.note_failure(session, f"code:{account.id}", f"2001:db8:{guess:x}")
            # Even the right one is no use to a guesser any more.
            assert not second_factor.attempt(session, account, pyotp.TOTP(SECRET).at(clock.now()))
            session.execute(update(Account).values(last_totp_step=0))
    assert looked_at == law.CODES_BEFORE_TWO.default
    with clock.moved_to(start + timedelta(seconds=90)):
        owner = at_sign_in(app, "198.51.100.7")
        owner.post("/sign-in", sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
        assert "Write two codes" in owner.page.text  # type: ignore[union-attr]
        owner.post("/sign-in/code", code=f"{code_in(-30)} {code_in(0)}")
        assert owner.path == "/protection/"
        assert "Codes were guessed" in owner.get("/account/")


def guesses_on(database: Database) -> int:
    """Ten thousand; on the second engine, where it is the same code that counts, a thousand."""
    return GUESSES if database.engine.dialect.name == "sqlite" else GUESSES // 10


def wrong_code(guess: int) -> str:
    near = {pyotp.TOTP(SECRET).at(clock.now() + timedelta(seconds=offset)) for offset in (-60, -30, 0, 30, 60)}
    code = f"{guess * 97 % 1_000_000:06d}"
    return code if code not in near else "999999" if "999999" not in near else "888888"


def test_ten_thousand_wrong_passphrases_from_many_networks_lock_nobody_out(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    number = create_survivor(consortium, consortium.enrol("V-1"))
    for first in range(0, guesses_on(database), 500):
        with database.writing() as session:
            for guess in range(first, first + 500):
                throttle.note_failure(session, number, f"2001:db8:{guess:x}")
    owner = at_sign_in(app, "198.51.100.7")
    owner.post("/sign-in", 422, sign_in=number, passphrase="mistyped")
    owner.post("/sign-in", 429, sign_in=number, passphrase=PASSPHRASE)
    elsewhere = at_sign_in(app, "198.51.100.8")
    elsewhere.post("/sign-in", sign_in=number, passphrase=PASSPHRASE)
    assert elsewhere.path == "/my/"
    with clock.moved_to(clock.now() + law.LONGEST_DELAY.default):
        owner.post("/sign-in", sign_in=number, passphrase=PASSPHRASE)
        assert owner.path == "/my/"


def test_a_network_that_tries_many_accounts_gets_one_try_each(database: Database) -> None:
    with database.writing() as session:
        for account in range(law.UNDER_ATTACK.default + 1):
            throttle.note_failure(session, f"{account}@example.org", "2001:db8::")
        throttle.note_failure(session, "another@example.org", "2001:db8::")
        assert throttle.wait(session, "another@example.org", "2001:db8::") > timedelta(seconds=30)
        assert throttle.wait(session, "another@example.org", "2001:db8:1::") == timedelta(0)


def test_no_address_is_kept_and_failures_are_forgotten_after_a_day(database: Database) -> None:
    with database.writing() as session:
        throttle.note_failure(session, "a@example.org", "203.0.113.9")
        rows = session.scalars(select(throttle.FailedSignIn)).all()
        assert not any("203.0.113.9" in row.digest for row in rows)
        with clock.moved_to(clock.now() + law.FAILURES_KEPT.default + timedelta(minutes=1)):
            throttle.sweep(session)
        assert session.scalars(select(throttle.FailedSignIn.digest)).all() == []


def test_signing_in_takes_as_long_for_an_unknown_account_as_for_a_known_one(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    known = create_survivor(consortium, consortium.enrol("V-1"))
    # Everything runs in this process: processor time tells, whatever else the machine does.
    taken: dict[str, list[float]] = {known: [], "100 200 999": []}
    for attempt in range(25):
        for name, times in taken.items():
            browser = at_sign_in(app, f"198.51.100.{attempt}")
            began = time.process_time()
            browser.client.post("/sign-in", data=form_of(browser, name))
            times.append(time.process_time() - began)
    one, other = taken.values()
    print(f"median known {statistics.median(one) * 1000:.1f} ms, unknown {statistics.median(other) * 1000:.1f} ms")
    assert abs(statistics.median(one) - statistics.median(other)) < 0.2 * statistics.median(other)
    assert min(one) < max(other)
    assert min(other) < max(one)


def form_of(browser: Browser, name: str, passphrase: str = "wrong") -> dict[str, str]:
    assert browser.page is not None
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.page.text)
    assert token
    return {"csrf_token": token[1], "sign_in": name, "passphrase": passphrase}


def test_a_notice_belongs_to_its_account_alone(consortium: Consortium, database: Database) -> None:
    create_staff(consortium, Role.DPO)
    create_staff(consortium, Role.AUDITOR)
    with database.writing() as session:
        one, other = (
            accounts.find(session, "dpo.alder@example.org"),
            accounts.find(session, "auditor.alder@example.org"),
        )
        assert one is not None
        assert other is not None
        token = notices.recognise(session, one.id, "")
        assert notices.recognise(session, one.id, token) == token
        assert notices.recognise(session, other.id, token) != token
        assert (notices.unread(session, one.id), notices.unread(session, other.id)) == (1, 1)


def test_a_concern_from_a_second_passphrase_is_one_however_often_it_is_used(
    consortium: Consortium, database: Database
) -> None:
    anna = consortium.enrol("V-1")
    with database.writing() as session:
        for _ in range(3):
            concerns.raise_concern(session, anna, "x", concerns.Ground.SECOND_PASSPHRASE)
        assert len(concerns.all_open(session)) == 1
