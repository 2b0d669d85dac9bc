"""Staff choose what reaches them outside; an administrator sees what could not be sent, and nobody's words."""

import pytest
from flask import Flask

from portal.access import accounts, notices
from portal.access.accounts import Account, Role
from portal.outbox import messages
from portal.outbox.messages import Failure, MessageState
from tests.consortium import Consortium
from tests.support import account_id
from tests.web.people import Browser, staff

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


def given_up(consortium: Consortium, account: str) -> str:
    with consortium.database.writing() as session:
        notices.tell(session, account, notices.What.NEW_DEVICE)
        (message_id,) = [each for each in messages.due(session) if messages.take(session, each)]
        messages.failed(session, message_id, Failure.REFUSED)
    return message_id


def test_one_chooses_what_comes_and_where_one_is_called(app: Flask, consortium: Consortium) -> None:
    me = staff(app, consortium, Role.DPO)
    assert "/account/outside" in me.get("/account/")
    page = me.get("/account/outside")
    assert 'value="daily" checked' in page
    refused = me.post("/account/outside", 422, deadline="never", phone="call me")
    assert 'value="call me"' in refused
    assert "with + and the country" in refused
    assert 'value="never" checked' in refused
    me.post("/account/outside", deadline="at_once", phone="+370 000 00000")
    page = me.get("/account/outside")
    assert 'value="at_once" checked' in page
    assert "+370 000 00000" in page
    me.post("/account/outside", deadline="at_once", phone="")
    with consortium.database.reading() as session:
        account = session.get_one(Account, account_id(consortium, Role.DPO))
        assert accounts.phone(session, account) is None


def test_an_administrator_settles_what_could_not_be_sent_once(app: Flask, consortium: Consortium) -> None:
    other = account_id(consortium, Role.DPO)
    message = given_up(consortium, other)
    administrator = staff(app, consortium, Role.ADMINISTRATOR)
    assert "1 message could not be sent" in administrator.get("/administration/")
    page = administrator.get("/administration/outbox/")
    assert "does not take this address" in page
    assert "Choose one row" in administrator.post("/administration/outbox/work", 422, act="try_again")
    assert "what is offered" in administrator.post("/administration/outbox/work", 422, chosen=message, act="send")
    administrator.post("/administration/outbox/work", chosen=message, act="try_again")
    assert "No message is like that" in administrator.get("/administration/outbox/?state=given_up")
    assert "has gone meanwhile" in administrator.post("/administration/outbox/work", chosen=message, act="try_again")
    with consortium.database.writing() as session:
        messages.take(session, message)
        messages.failed(session, message, Failure.REFUSED)
    administrator.get("/administration/outbox/")
    administrator.post("/administration/outbox/work", chosen=message, act="drop")
    with consortium.database.reading() as session:
        assert messages.listed(session, MessageState.GIVEN_UP) == []
    administrator.get("/administration/outbox/")
    administrator.post("/administration/outbox/work", 422, chosen=message, act="drop")


def test_nobody_else_sees_the_outbox(app: Flask, consortium: Consortium) -> None:
    me: Browser = staff(app, consortium, Role.DPO)
    me.get("/administration/outbox/", 403)
