"""Two people, one thing: who changes what is kept carries what they saw of it, and overwrites nothing unseen."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask

from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.support import account_id
from tests.walkers.pages import FoundForm, read
from tests.web.people import Browser, account_of, reached, signed_in, staff

# What is filled in when it is drawn and is nothing that is kept.
BEGUN_WITH: Mapping[str, str] = {
    "psychologist.cases.work: ['minutes']": "a session begins with its usual length",
    "disclosure.releases.propose: ['transfer_ground']": "a proposal begins with the ground of its recipient",
}


def changes_what_is_kept(form: FoundForm) -> bool:
    """Whether a form has some words or a day in it before anybody fills it in."""
    typed = [each for each in form.controls.values() if each.kind in ("text", "textarea", "day")]
    return any(value.strip() for each in typed for value in each.values)


def unversioned(app: Flask, pages: Mapping[str, str]) -> Iterator[str]:
    """The forms on some pages that show what is kept and do not say from what they were drawn."""
    for address, text in pages.items():
        for form in read(text).forms:
            if changes_what_is_kept(form) and "drawn_from" not in form.controls:
                target = (form.action or address).partition("?")[0]
                endpoint, _ = app.url_map.bind("localhost").match(target, method="POST")
                filled = sorted(each.name for each in form.controls.values() if each.is_typed and any(each.values))
                if (found := f"{endpoint}: {filled}") not in BEGUN_WITH:
                    yield found


@pytest.mark.parametrize("role", list(Role))
def test_every_form_that_shows_what_is_kept_says_from_what_it_was_drawn(
    demonstration: tuple[Flask, dict[str, Any]], role: Role
) -> None:
    app, sign_ins = demonstration
    browser = signed_in(app, account_of(sign_ins, role))
    seen = reached(app, browser, 4)
    pages = {address: answer.text for address, answer in seen.items() if answer.mimetype == "text/html"}
    found_faults = sorted(set(unversioned(app, pages)))
    assert found_faults == [], "\n".join(found_faults)


def test_a_form_that_forgets_is_found(demonstration: tuple[Flask, dict[str, Any]]) -> None:
    app, _ = demonstration
    form = '<form method="post" action="/account/outside"><input type="text" name="phone" value="+370"></form>'
    assert list(unversioned(app, {"/": form})) == ["account.outside: ['phone']"]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_another_kept_meanwhile_is_shown_once_and_then_overwritten_knowingly(
    app: Flask, consortium: Consortium
) -> None:
    account = account_id(consortium, Role.DPO)
    address = f"/administration/accounts/{account}"
    one, other = (staff(app, consortium, Role.ADMINISTRATOR, partner) for partner in ("alder", "birch"))
    one.get(address)
    other.get(address)
    one.post(f"{address}/role", role="auditor")
    refused = other.post(f"{address}/role", 422, role="coordinator")
    assert "Somebody else has changed this meanwhile. It now says: auditor" in refused
    assert 'value="coordinator" checked' in refused
    other.post(f"{address}/role", role="coordinator")
    assert "Somebody else" not in other.get(address)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_form_that_does_not_say_from_what_it_was_drawn_overwrites_nothing(app: Flask, consortium: Consortium) -> None:
    me: Browser = staff(app, consortium, Role.DPO)
    me.get("/account/")
    me.post("/account/outside", 422, deadline="never", phone="")
    # The same as is kept changes nothing, whoever sends it.
    me.get("/account/")
    me.post("/account/outside", deadline="daily", phone="")
