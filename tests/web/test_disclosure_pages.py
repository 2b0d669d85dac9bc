"""The officer's desk, the person's pages and the documenter's, from a letter to the recipient's digests."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from consent.disclosure import asking, lists, notices, release, requests
from consent.proving import offline
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.disclosing import Disclosing, digest_of, item
from tests.web.people import Browser, staff, survivor
from vault import clock, signing
from vault.audit import AuditEntry

REQUEST = {
    "recipient": "lt-prosecution",
    "asker": "Desk 7, fictional street 1",
    "reference": "7 BJs 12/26",
    "instrument": "mla-1959",
    "purpose": "Find out who gave the orders",
    "necessity": "Nobody else has seen it",
}


def _parts(ahead: int) -> tuple[str, str, str]:
    moment = clock.now() + timedelta(days=ahead)
    return str(moment.day), str(moment.month), str(moment.year)


@pytest.fixture
def people(consortium: Consortium) -> dict[str, str]:
    with consortium.database.writing() as session:
        signing.renew_if_due(session)
    said = {"V-1": "granted", "V-2": "ask_first", "V-3": "refused"}
    subjects = {reference: consortium.enrol(reference) for reference in said}
    for reference, answer in said.items():
        consortium.answer(subjects[reference], answer, "share.prosecutor", "contact.authority")
    consortium.register(item("F-1", "V-1"), item("F-2", "V-2"), item("F-3", "V-3"), item("F-0", no_data_subject=True))
    return subjects


def send(browser: Browser, address: str, status: int = 200, **fields: object) -> str:
    """Open the page of a step and fill it in; a date is given as days from now."""
    browser.get(address)
    data: dict[str, object] = {}
    for name, value in fields.items():
        data[name] = list(_parts(value)) if isinstance(value, int) else value
    return browser.post(address, status, **data)


def register(officer: Browser) -> str:
    """Register a request; its address."""
    send(officer, "/disclosure/requests/new", **REQUEST, received_on=-3, deadline_on=20)
    return officer.path


def counts_of(page: str) -> tuple[list[int], list[int]]:
    """The numbers on the chart, and those in the table beside it."""
    chart = re.search(r"<svg class=\"chart\".*?</svg>", page, re.S)
    assert chart is not None
    drawn = [int(value) for value in re.findall(r'<text x="1000"[^>]*>(\d+)</text>', chart[0])]
    table = page[chart.end() :].partition("</table>")[0]
    return drawn, [int(value) for value in re.findall(r"<td>(\d+)</td>", table)]


def test_from_a_letter_to_the_recipients_digests(app: Flask, consortium: Consortium, people: dict[str, str]) -> None:
    first = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    second = staff(app, consortium, Role.DISCLOSURE_OFFICER, "birch")
    address = register(first)
    send(first, f"{address}/identity", how="Called back on a number we looked up")
    page = send(first, f"{address}/items", store=consortium.store.id, text="item\nF-1\nF-2\nF-3\nF-0\nF-9\nF-1")
    assert "5 items were added" in page
    assert "1 was on the list already" in page
    assert "F-9" in page
    drawn, told = counts_of(page)
    assert drawn == told == [1, 1, 1, 2]
    send(first, f"{address}/ask", words_be="Ці можна?", words_ru="Можно ли?", words_en="May it go?", answer_by=14)
    person = survivor(app, consortium, people["V-2"])
    home = person.get("/my/")
    assert "prosecution" not in home.casefold()
    (question,) = re.findall(r"/my/questions/\w+", home)
    shown = person.get(question)
    assert "May it go?" in shown
    assert "a prosecution service abroad" in shown
    assert "lt-prosecution" not in shown
    assert "lt-prosecution" in person.get(f"{question}?names=1")
    person.get(question)
    person.post(question, answer="granted")
    assert counts_of(first.get(f"{address}/check"))[0] == [1, 2, 0, 2]
    page = send(
        first,
        f"{address}/copies",
        identity="pseudonymised",
        text=f"F-1,{digest_of('copy 1')}\nF-2,{digest_of('copy 2')}",
    )
    assert "Ready to be released as things stand: 3." in page
    page = send(
        first,
        f"{address}/proposal",
        assessed_on=0,
        danger_people="Nobody in it lives within reach.",
        danger_near="A brother; he knows.",
        measures="Copies without names.",
        transfer_basis="45",
        transfer_ground="inside the EEA",
    )
    assert "You proposed this" in page
    second.get(f"{address}/decision")
    second.post(f"{address}/release")
    released = second.path
    assert "/disclosure/releases/" in released
    certificate = json.loads(second.client.get(f"{released}/certificate.json").data)
    assert offline.check(certificate).shows.startswith("3 items")
    paper = PdfReader(io.BytesIO(second.client.get(f"{released}/certificate.pdf").data))
    text = "".join(part.extract_text() for part in paper.pages)
    assert "F-2" in text
    assert digest_of("copy 2")[:16] in text
    bag = zipfile.ZipFile(io.BytesIO(second.client.get(f"{released}/package.zip").data))
    (manifest,) = [bag.read(name).decode() for name in bag.namelist() if name.endswith("/manifest-sha256.txt")]
    assert {line.split("  ")[0] for line in manifest.splitlines()} == {
        each["sha256"] for each in certificate["content"]["items"]
    }
    schedule = second.client.get(f"{released}/withheld.csv").text.lstrip("\ufeff").splitlines()
    assert schedule == ["reason,items,may_exonerate", "no_permission,1,0", "unknown,1,0"]
    send(first, f"{released}/handover", how="By courier, sealed")
    wrong = manifest.replace(digest_of("copy 1"), digest_of("other"))
    assert "1 with other bytes" in send(first, f"{released}/confirmation", 422, manifest=wrong)
    assert "Digests confirmed by the recipient" in send(first, f"{released}/confirmation", manifest=manifest)
    seen = person.get("/my/received")
    assert "a prosecution service abroad" in seen
    assert "lt-prosecution" not in seen
    assert "lt-prosecution" in person.get("/my/received?names=1")
    assert consortium.faults() == []


def test_the_page_of_a_release_names_what_may_not_go_any_more_and_leads_to_a_new_one(
    app: Flask, consortium: Consortium, people: dict[str, str]
) -> None:
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    desk = Disclosing(consortium, "lt-prosecution", "mla-1959")
    desk.list("F-1", "F-0")
    desk.copy("F-1")
    desk.propose()
    desk.release()
    done = desk.read(release.of_request)
    assert done is not None
    address = f"/disclosure/releases/{done.id}"
    assert "Not all of it may go any more" not in officer.get(address)
    consortium.withdraw(people["V-1"], "share.prosecutor")
    page = officer.get(address)
    assert re.search(r"F-1</th>\s*<td>consent was withdrawn", page)
    assert f"{address}/package.zip" not in page
    assert "There is no package" in officer.get(f"{address}/package.zip")
    refused = send(officer, f"{address}/handover", 422, how="By courier, sealed")
    assert "This may not go any more: F-1." in refused
    assert "By courier, sealed" in refused
    send(officer, f"{address}/recall", 422, why="")
    send(officer, f"{address}/recall", why="A person has withdrawn")
    page = officer.get(address)
    assert "Recalled before the handover" in page
    assert "Recalled before the handover" in officer.get("/disclosure/releases")
    assert f"{address}/handover" not in page
    assert "being worked on" in officer.get(f"/disclosure/requests/{desk.id}")


def test_the_one_who_proposed_cannot_release(app: Flask, consortium: Consortium, people: dict[str, str]) -> None:
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    desk = Disclosing(consortium)
    desk.list("F-0")
    address = f"/disclosure/requests/{desk.id}"
    send(
        officer,
        f"{address}/proposal",
        assessed_on=0,
        danger_people="a",
        danger_near="b",
        measures="c",
        transfer_basis="49",
        transfer_ground="d",
    )
    assert "A second person has to decide" in officer.post(f"{address}/release")
    with consortium.database.reading() as session:
        assert release.listed(session) == []


def test_a_form_that_is_not_whole_loses_nothing(app: Flask, consortium: Consortium, people: dict[str, str]) -> None:
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    page = send(officer, "/disclosure/requests/new", 422, **{**REQUEST, "purpose": ""}, received_on=1, deadline_on=20)
    assert "This day has not come yet" in page
    assert "Nobody else has seen it" in page
    assert "Write something here" in page


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("F-1\nNo store,F-2", "Line 2 names no item"), ("x" * 201, "Line 1 names no item")],
)
def test_a_bad_line_is_named_and_nothing_is_added(
    app: Flask, consortium: Consortium, people: dict[str, str], text: str, complaint: str
) -> None:
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    desk = Disclosing(consortium)
    page = send(officer, f"/disclosure/requests/{desk.id}/items", 422, store=consortium.store.id, text=text)
    assert complaint in page
    assert desk.read(lists.length) == 0


def test_fifty_thousand_lines_can_be_pasted_and_one_more_cannot(
    app: Flask, consortium: Consortium, people: dict[str, str]
) -> None:
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    desk = Disclosing(consortium)
    address = f"/disclosure/requests/{desk.id}/items"
    text = "\n".join(f"OS-1{number:07d}" for number in range(50_000))
    assert "50000 items were added" in send(officer, address, store=consortium.store.id, text=text)
    assert "50,000 items at most" in send(officer, address, 422, store=consortium.store.id, text="one more")
    drawn, told = counts_of(officer.get(f"/disclosure/requests/{desk.id}/check?bucket=withheld&page=500"))
    assert drawn == told == [0, 0, 0, 50_000]


def test_a_question_about_speaking_reaches_the_supporter_and_never_a_page(
    app: Flask, consortium: Consortium, people: dict[str, str]
) -> None:
    officer, documenter = staff(app, consortium, Role.DISCLOSURE_OFFICER), staff(app, consortium, Role.DOCUMENTER)
    desk = Disclosing(consortium, "lt-prosecution", "mla-1959")
    page = send(
        officer,
        f"/disclosure/requests/{desk.id}/contact",
        codes="K-0001\nK-0003\nK-9999",
        words_be="Ці хочаце гаварыць?",
        words_ru="Хотите говорить?",
        words_en="Would you speak?",
        answer_by=14,
    )
    assert "1 person is asked" in page
    assert "2 cannot be asked" in page
    assert "Would you speak?" not in survivor(app, consortium, people["V-1"]).get("/my/")
    listed = documenter.get("/people/questions")
    (address,) = re.findall(r"/people/K-0001/questions/\w+", listed)
    shown = documenter.get(address)
    assert "Asked to speak with a body: 1 time." in shown
    assert "Would you speak?" in shown
    again = documenter.post(address, status=422)
    assert "Would you speak?" in again
    with consortium.database.reading() as session:
        readings = session.scalars(select(AuditEntry.act).where(AuditEntry.act == "question.read"))
        assert len(list(readings)) == 2
    documenter.post(address, answer="refused", language="be", method="spoken_recorded")
    with consortium.database.reading() as session:
        (question,) = asking.through_documenter(session, list(people.values()))
        assert question.question.answer == "refused"


def test_another_organisations_documenter_sees_no_question(
    app: Flask, consortium: Consortium, people: dict[str, str]
) -> None:
    desk = Disclosing(consortium, "lt-prosecution", "mla-1959")
    desk.list("F-2")
    desk.ask()
    stranger = staff(app, consortium, Role.DOCUMENTER, "birch")
    assert "K-0002" not in stranger.get("/people/questions")
    (question,) = desk.read(asking.of_request)
    stranger.get(f"/people/K-0002/questions/{question.id}", 404)
    person = survivor(app, consortium, people["V-1"])
    person.get(f"/my/questions/{question.id}", 404)


def test_secrecy_hides_a_release_and_a_question_on_every_page(
    app: Flask, consortium: Consortium, people: dict[str, str]
) -> None:
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    person, documenter = survivor(app, consortium, people["V-1"]), staff(app, consortium, Role.DOCUMENTER)
    desk = Disclosing(consortium, "lt-prosecution", "mla-1959")
    desk.list("F-1")
    desk.copy("F-1")
    desk.propose()
    desk.release()
    pages = (
        (person, "/my/received?names=1"),
        (documenter, "/people/K-0001"),
        (officer, "/disclosure/figures"),
    )
    for browser, address in pages:
        assert "lt-prosecution" in browser.get(address), address
    stop = person.get("/my/choices/stop?scope=share.prosecutor")
    assert "a prosecution service abroad" in stop
    send(officer, f"/disclosure/requests/{desk.id}/secrecy", ground="Art. 1 of a fictional code", review_on=30)
    for browser, address in pages:
        assert "lt-prosecution" not in browser.get(address), address
    assert "a prosecution service abroad" not in person.get("/my/choices/stop?scope=share.prosecutor")
    officer.get(f"/disclosure/requests/{desk.id}")
    officer.post(f"/disclosure/requests/{desk.id}/secrecy/lift")
    for browser, address in pages:
        assert "lt-prosecution" in browser.get(address), address


def test_a_letter_after_a_withdrawal_is_put_into_its_last_words_and_followed(
    app: Flask, consortium: Consortium, people: dict[str, str]
) -> None:
    officer, dpo = staff(app, consortium, Role.DISCLOSURE_OFFICER), staff(app, consortium, Role.DPO)
    desk = Disclosing(consortium, "lt-prosecution", "mla-1959")
    desk.list("F-1")
    desk.copy("F-1")
    before = clock.now()
    desk.propose()
    desk.release()
    consortium.withdraw(people["V-1"], "share.prosecutor", said_at=before)
    assert "Went out between the no and its recording" in dpo.get("/protection/")
    listed = officer.get("/disclosure/notices/")
    assert "went out in between" in listed
    (address,) = re.findall(r"/disclosure/notices/\w{32}", listed)
    assert "no longer agrees" in officer.get(address)
    assert "Please return it." in officer.post(address, text="Please return it.")
    paper = PdfReader(io.BytesIO(officer.client.get(f"{address}/letter.pdf").data)).pages[0].extract_text()
    assert "Please return it." in paper
    assert "F-1" in paper
    officer.get(address)
    officer.post(f"{address}/answer")
    with consortium.database.reading() as session:
        assert [notice.state for notice in notices.listed(session)] == ["acknowledged"]


def test_rules_instruments_and_terms_are_data_that_the_desk_changes(
    app: Flask, consortium: Consortium, people: dict[str, str]
) -> None:
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    words = {"notice_be": "Спыніце", "notice_ru": "Прекратите", "notice_en": "Stop"}
    send(officer, "/disclosure/directory/classes/prosecution", identity="named", terms="Only here", **words)
    desk = Disclosing(consortium, "lt-prosecution", "mla-1959")
    desk.list("F-1")
    assert desk.buckets() == {"F-1": "go"}
    names = {"name_be": "Дамова", "name_ru": "Договор", "name_en": "Treaty"}
    assert "Treaty" in send(officer, "/disclosure/directory/instruments/new", key="treaty-1", **names)
    send(officer, "/disclosure/directory/instruments/new", 422, key="treaty-1", **names)
    entered = {"name_be": "Пракуратура", "name_ru": "Прокуратура", "name_en": "Service of Estonia", "country": "EE"}
    new = "/disclosure/directory/recipients/new"
    send(officer, new, key="ee-prosecution", recipient_class="prosecution", **entered)
    assert "Service of Estonia" in officer.get("/disclosure/directory/")
    send(officer, new, 422, key="ee-prosecution", recipient_class="prosecution", **entered)
    page = send(
        officer,
        "/disclosure/directory/recipients/lt-prosecution",
        transfer_basis="eea",
        transfer_ground="Lithuania is in the EEA",
        standing="Speciality\nNo onward transfer",
    )
    assert "Lithuania is in the EEA" in page
    desk.propose()
    certificate = desk.release()
    assert certificate["content"]["terms"] == ["Only here", "Speciality", "No onward transfer"]


def test_the_register_is_filtered_and_the_export_holds_every_line(
    app: Flask, consortium: Consortium, people: dict[str, str]
) -> None:
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    desk = Disclosing(consortium)
    desk.list("F-1", "=cmd", "F-0")
    assert desk.id in officer.get("/disclosure/requests?state=open&recipient=icc-otp")
    assert desk.id not in officer.get("/disclosure/requests?state=closed")
    lines = officer.client.get(f"/disclosure/requests/{desk.id}/check.csv").text.splitlines()
    assert [line.split(",")[1] for line in lines] == ["item", "F-1", "'=cmd", "F-0"]
    assert "F-1" in officer.get(f"/disclosure/products?store={consortium.store.id}&item=F-1&recipient=lt-prosecution")
    officer.get(f"/disclosure/products?store={consortium.store.id}&item=F-404&recipient=lt-prosecution", 422)
    send(officer, f"/disclosure/requests/{desk.id}/hold", ground="An order", review_on=60)
    send(officer, f"/disclosure/requests/{desk.id}/letters", direction="in", dated_on=-1, text="Please hurry.")
    send(officer, f"/disclosure/requests/{desk.id}/marks", text="F-1")
    assert "may exonerate" in officer.get(f"/disclosure/requests/{desk.id}/check")
    page = send(officer, f"/disclosure/requests/{desk.id}/close", ending="taken_back")
    assert "Please hurry." in page
    assert "Taken back by who asked" in page
    with consortium.database.reading() as session:
        assert requests.listed(session, state="closed")[0].id == desk.id
