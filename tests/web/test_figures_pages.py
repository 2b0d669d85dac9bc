"""Figures on the coordinator's desk: read, released, kept and taken along, in every language."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader

from portal.access.accounts import Role
from portal.cli import main
from portal.settings import Settings
from tests.consortium import Consortium
from tests.figures import NOW, supported
from tests.integration.test_figures import APRIL, weeks
from tests.web.people import Browser, staff
from vault import audit, clock

RELEASE = "/figures/release/2025-04/2025-06"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def desk(app: Flask, consortium: Consortium) -> Browser:
    for number in range(24):
        partner = ("alder", "birch")[number % 2]
        supported(consortium, APRIL, weeks(1), partner=partner, country="PL")
    return staff(app, consortium, Role.COORDINATOR)


def test_a_coordinator_reads_releases_and_takes_along(app: Flask, consortium: Consortium, desk: Browser) -> None:
    assert "Figures" in desk.get("/coordination/")
    page = desk.get("/figures/?period=2025-Q2&by=partner")
    assert "quarter 2 of 2025" in page
    assert "<td>24</td>" in page
    assert RELEASE in page
    assert "quarter 4 of 2025" in desk.get("/figures/")
    desk.get(RELEASE)
    assert "Write what it is for" in desk.post(RELEASE, status=422, recipient="a donor (fictional)")
    page = desk.post(RELEASE, purpose="=report of the spring", recipient="a donor (fictional)")
    assert "as it went out" in page
    assert desk.path.startswith("/figures/released/")
    own = desk.path
    assert "a donor (fictional)" in desk.get("/figures/released/")
    assert "Poland" in desk.get(f"{own}?by=country")
    with consortium.database.reading() as session:
        acts = [(each.act, each.subject_id, each.target) for each in audit.latest(session)]
    assert ("figures.release", None, None) in acts
    read_files(desk, own)


def read_files(desk: Browser, own: str) -> None:
    """The three files say the same, run no formula, and stand in the reader's language."""
    rows = list(csv.reader(io.StringIO(desk.client.get(f"{own}.csv").text)))
    assert ["People supported", "by partner", "All", "people", "24"] in rows
    assert any(row[-1] == "*" for row in rows)
    book = load_workbook(io.BytesIO(desk.client.get(f"{own}.xlsx").data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert 24 in [cell.value for cell in cells]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    desk.client.get("/language/ru")
    answer = desk.client.get(f"{own}.pdf")
    assert answer.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert "24" in text
    assert "Польша" in text
    assert "People" not in text


def test_the_page_shows_quarters_that_have_ended_and_no_periods_that_overlap(desk: Browser) -> None:
    page = desk.get("/figures/")
    assert re.findall(r'<option value="([^"]+)"', page)[:2] == ["2025-Q4", "2025-Q3"]
    for asked in ("period=2025", "period=2026-Q1", "period=soon"):
        assert "<table" not in desk.get(f"/figures/?{asked}", status=422)
    assert "quarter 4 of 2025" in desk.get("/figures/?first=2025-04&last=2025-05")


def test_a_report_of_other_months_is_released_by_choosing_them(desk: Browser) -> None:
    assert "/figures/release/" in desk.get("/figures/")
    desk.get("/figures/release/")
    for asked in ("first=2025-06&last=2025-04", "first=June&last=2025-04", "first=2025-06"):
        desk.get(f"/figures/release/?{asked}", status=422)
    assert "April 2025 to May 2025" in desk.get("/figures/release/?first=2025-04&last=2025-05")
    assert desk.path == "/figures/release/2025-04/2025-05"


def test_what_is_said_of_a_report_stays_text_in_the_workbook(desk: Browser) -> None:
    desk.get(RELEASE)
    desk.post(RELEASE, purpose="²", recipient="2025")
    book = load_workbook(io.BytesIO(desk.client.get(f"{desk.path}.xlsx").data))
    head = {name.value: text.value for name, text in book.worksheets[0].iter_rows()}
    assert (head["What is it for?"], head["Who receives it?"]) == ("²", "2025")


def test_nearly_the_same_people_are_refused_with_the_way_to_the_report_that_went_out(
    consortium: Consortium, desk: Browser
) -> None:
    desk.get(RELEASE)
    desk.post(RELEASE, purpose="spring", recipient="a donor (fictional)")
    supported(consortium, APRIL + timedelta(days=1), weeks(1))
    desk.get(RELEASE)
    page = desk.post(RELEASE, status=422, purpose="spring", recipient="another donor (fictional)")
    assert "nearly the same people" in page
    assert "/figures/released/" in page
    desk.get("/figures/release/2026-01/2026-03")
    page = desk.post("/figures/release/2026-01/2026-03", status=422, purpose="x", recipient="y")
    assert "has not ended" in page
    desk.get("/figures/release/2020-01/2020-03")
    assert "nothing could be shown" in desk.post(
        "/figures/release/2020-01/2020-03", status=422, purpose="x", recipient="y"
    )


def test_the_command_line_releases_and_refuses_as_the_page_does(
    consortium: Consortium, settings: Settings, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("ZHODA_DEMO", "1")
    asked = ["figures", "report", "--data-dir", str(settings.data_dir), "--from", "2025-04", "--to", "2025-06"]
    asked += ["--purpose", "spring", "--recipient", "a donor (fictional)", "--organisation", "alder"]
    run = CliRunner().invoke(main, [*asked, "--language", "ru"])
    assert run.exit_code == 0, run.output
    assert "по партнёрам,Все,люди,24" in run.output
    assert "Польша,люди,*" in run.output
    assert "quarter 2 of 2025" in desk.get("/figures/released/")
    asked[asked.index("2025-06")] = "2026-12"
    refused = CliRunner().invoke(main, asked)
    assert (refused.exit_code, "has not ended" in refused.output) == (2, True)
    asked[asked.index("2026-12")] = "2025-01"
    assert CliRunner().invoke(main, asked).exit_code == 2


def test_nobody_else_reads_figures(app: Flask, consortium: Consortium) -> None:
    somebody = staff(app, consortium, Role.DPO)
    for address in ("/figures/", "/figures/released/", "/figures/release/", RELEASE):
        somebody.get(address, status=403)
