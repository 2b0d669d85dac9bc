"""The wall seen from the officer's side: nothing tells whether the person of a request has a support record."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask

from consent.people import subjects
from consent.rights import letters, receiving, requests
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.support import account_id, case_of, person_with_consent
from tests.web.people import staff
from vault import clock

# What an officer does with an access request and with an erasure, up to where clinical law has to decide.
LIVES: dict[str, list[tuple[str, dict[str, str]]]] = {
    "access": [
        ("package", {}),
        ("collect", {}),
        ("ask", {"question": "clarification"}),
        ("resume", {}),
        ("package", {}),
        ("forced", {}),
        ("spoken", {}),
        ("extend", {"reason": "much"}),
        ("withdraw", {}),
        ("decide", {"outcome": "granted"}),
    ],
    "erasure": [
        ("begin-erasure", {}),
        ("propose-erasure", {"items": ""}),
        ("later", {}),
        ("propose-erasure", {"items": "F-9 17(3)(e)"}),
        ("complete-erasure", {}),
        ("second", {}),
        ("complete-erasure", {}),
    ],
}
PAGES = ("/protection/", "/protection/requests/", "/protection/requests/?state=all&as=csv")
REGISTERS = ("", "?as=csv", "/retention", "/year", "/breaches", "/documents")


class Officer:
    """What the officers see and do, with whatever names one person or one moment taken out of it."""

    def __init__(self, app: Flask, consortium: Consortium, names: Mapping[str, str]) -> None:
        self._app, self._consortium, self._names = app, consortium, names
        self.sign_in("alder")

    def sign_in(self, organisation: str) -> None:
        self._browser = staff(self._app, self._consortium, Role.DPO, organisation)

    def told(self, page: str) -> str:
        page = re.sub(r'name="(?:csrf_token|written_in)"[^>]*value="[^"]+"|[0-9a-f]{32}', "", page)
        for name, stands_for in self._names.items():
            page = page.replace(name, stands_for)
        return page

    def open(self, address: str) -> str:
        return self.told(self._browser.client.get(address, follow_redirects=True).text)

    def record(self, right: str, code: str) -> str:
        self._browser.get("/protection/requests/new")
        said = {"right": right, "channel": "phone", "requester": "lawyer", "language": "en", "text": "x", "code": code}
        today = clock.now().date()
        day = {"received_on": [f"{today.day:02}", f"{today.month:02}", str(today.year)]}
        self._browser.post("/protection/requests/new", **said, **day)
        return self._browser.path.rsplit("/", 1)[1]

    def do(self, reference: str, act: str, **fields: str) -> str:
        address = f"/protection/requests/{reference}"
        self._browser.get(address)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self._browser.page.text)  # type: ignore[union-attr]
        assert token
        waits = re.search(r'name="instead_of" value="([^"]+)"', self._browser.page.text)  # type: ignore[union-attr]
        data = {"csrf_token": token[1], "instead_of": waits[1] if waits else "", **fields}
        answer = self._browser.client.post(f"{address}/{act}", data=data, follow_redirects=True)
        return f"{answer.status_code} {self.told(answer.text)}"


@pytest.mark.parametrize("right", LIVES)
@pytest.mark.parametrize("channel", ["portal", "phone"])
def test_an_officers_pages_are_the_same_whether_somebody_has_a_support_record_or_not(
    app: Flask, consortium: Consortium, right: str, channel: str
) -> None:
    psychologist = account_id(consortium, Role.PSYCHOLOGIST)
    people = [person_with_consent(consortium, reference) for reference in ("V-1", "V-2", "V-3")]
    with consortium.database.reading() as session:
        codes = subjects.codes_of(session, people)
    for reference in ("V-1", "V-2", "V-3"):
        consortium.register({"item": f"F-{reference}", "subjects": [reference]})
    case_of(consortium, people[0], psychologist, state="active")
    begun = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    names: dict[str, str] = dict.fromkeys(codes.values(), "CODE") | dict.fromkeys(("F-V-1", "F-V-2"), "ITEM")
    with clock.moved_to(begun):
        officer = Officer(app, consortium, names)
        if channel == "portal":
            references = []
            with consortium.database.writing() as session:
                for person in people:
                    said = receiving.Received(right, "portal", "en", "x", subject_id=person)
                    references.append(receiving.receive(session, "alder", said, person).reference)
        else:
            references = [officer.record(right, codes[person]) for person in people]
        names |= dict.fromkeys(references, "REFERENCE")
        seen: list[list[str]] = [[], []]
        moment = begun
        for act, fields in LIVES[right]:
            if act in ("later", "second"):
                moment += timedelta(days=15) if act == "later" else timedelta(0)
            with clock.moved_to(moment):
                if act == "later":
                    officer.sign_in("alder")
                    continue
                if act == "second":
                    officer.sign_in("birch")
                    act = "confirm-erasure"
                for pages, reference in zip(seen, references[:2], strict=True):
                    pages.append(officer.do(reference, act, **fields))
                    pages.append(officer.open(f"/protection/requests/{reference}"))
        with clock.moved_to(moment):
            for pages, reference in zip(seen, references[:2], strict=True):
                with consortium.database.reading() as session:
                    asked = requests.by_reference(session, reference)
                    assert asked is not None
                    drafted = letters.of_request(session, asked)
                pages += [officer.open(f"/protection/requests/{reference}/letters/{each.id}") for each in drafted]
            assert seen[0] == seen[1]
            everywhere = [*PAGES, *(f"/protection/register{each}" for each in REGISTERS)]
            before = [officer.open(address) for address in everywhere]
            with_case = case_of(consortium, people[2], psychologist, state="active")
            assert [officer.open(address) for address in everywhere] == before
            assert with_case not in str(before)
