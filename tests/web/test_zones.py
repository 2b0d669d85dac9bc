"""Days and hours are those of the reader's city, named once; what is typed is read so."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from consent.ledger import answers, ledger
from consent.people import zones
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.web.people import staff, survivor
from vault import clock

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
# Noon in Auckland is the evening before in Los Angeles, and summer time on both shores of the ocean.
NOW = datetime(2027, 1, 14, 23, 30, tzinfo=UTC)


def test_staff_read_in_their_own_zone_else_the_partners_and_a_page_names_it_once(
    app: Flask, consortium: Consortium
) -> None:
    with clock.moved_to(NOW):
        administrator = staff(app, consortium, Role.ADMINISTRATOR)
        page = administrator.get("/account/")
        assert "14 January 2027, 23:30" in page
        administrator.get("/administration/partners/alder/zone")
        administrator.post("/administration/partners/alder/zone", zone="Asia/Tbilisi")
        page = administrator.get("/account/")
        assert "15 January 2027, 03:30" in page
        assert re.findall(r'<p class="soft above">Tbilisi time</p>', page) == ['<p class="soft above">Tbilisi time</p>']
        administrator.get("/account/zone")
        administrator.post("/account/zone", zone="America/Los_Angeles")
        assert "14 January 2027, 15:30" in administrator.get("/account/")
        administrator.get("/account/zone")
        administrator.post("/account/zone", 422, zone="Europe/Nowhere")
        administrator.post("/account/zone", zone="")
        assert "15 January 2027, 03:30" in administrator.get("/account/")


def test_a_person_chooses_theirs_and_their_words_on_the_phone_are_read_in_it(
    app: Flask, consortium: Consortium
) -> None:
    anna = consortium.enrol("V-1")
    with clock.moved_to(NOW - timedelta(days=30)):
        consortium.answer(anna, "granted", "share.icc", "share.un")
    with clock.moved_to(NOW):
        me, documenter = survivor(app, consortium, anna), staff(app, consortium, Role.DOCUMENTER)
        me.get("/my/access/zone")
        assert "15 January 2027, 12:30" in me.post("/my/access/zone", zone="Pacific/Auckland")
        address = "/people/K-0001/withdrawal"
        assert "Auckland time" in documenter.get(address)
        day = {"said_on": ["15", "1", "2027"], "channel": "phone"}
        # There it is that day already; nobody has lived its evening yet.
        documenter.post(address, 422, scope="share.icc", said_at="18:00", **day)
        documenter.post(address, scope="share.icc", said_at="9:05", **day)
        documenter.get(address)
        documenter.post(address, scope="share.un", said_at="", **day)
    with consortium.database.reading() as session:
        rows = answers.present(session, [anna]).answers
        by_its_day = [event.body.get(answers.AS_WRITTEN) for event in ledger.history(session, [anna])[0]]
        assert zones.of_person(session, anna) == zones.named("Pacific/Auckland")
    assert rows[anna, "share.icc", ""].effective_at == datetime(2027, 1, 14, 20, 5, tzinfo=UTC)
    assert rows[anna, "share.un", ""].effective_at == datetime(2027, 1, 14, 11, tzinfo=UTC)
    assert by_its_day[-1] == {"effective_at": "2027-01-15"}


def test_only_until_a_day_ends_with_that_day_where_the_person_is(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    with consortium.database.writing() as session:
        zones.keep_of_person(session, anna, "America/Los_Angeles")
    with clock.moved_to(NOW):
        consortium.answer(anna, "granted", "share.icc", valid_until="2027-03-14")
        me = survivor(app, consortium, anna)
        assert "14 March 2027" in me.get("/my/choices/accountability")
    with consortium.database.reading() as session:
        ends = answers.present(session, [anna]).answers[anna, "share.icc", ""].ends_at
    # On that day clocks are put forward there.
    assert ends == datetime(2027, 3, 15, 7, tzinfo=UTC)
