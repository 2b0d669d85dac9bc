"""The demonstration shows support as it is: cases and referrals in their states, services, and what waits."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from consent.ledger.scopes import LANGUAGES
from mhpss import caseload, cases, measuring
from mhpss.cases import Case
from mhpss.referral import referral_table
from mhpss.referral.referrals import Referral
from mhpss.services import directory, locations, verification
from portal.access import accounts
from portal.installation import open_database
from portal.settings import Settings
from vault.database import Database


@pytest.fixture(scope="module")
def made(demonstration_settings: Settings) -> tuple[Database, Path]:
    return open_database(demonstration_settings), demonstration_settings.data_dir


def test_sixty_cases_lie_across_every_state_with_referrals_in_most(made: tuple[Database, Path]) -> None:
    with made[0].reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 60
        assert set(session.scalars(select(Case.state))) == set(cases.CaseState) - {"erased"}
        ends = set(session.scalars(select(Referral.state)))
        assert ends <= set(referral_table.ReferralState)
        assert len(ends) > 15
        assert len(directory.public(session)) < len(directory.listed(session))


def test_a_psychologist_finds_work_and_curves(made: tuple[Database, Path]) -> None:
    database, folder = made
    known = json.loads((folder / "demo.json").read_text(encoding="utf-8"))["accounts"]
    name = next(each["sign_in"] for each in known if each["role"] == "psychologist")
    with database.reading() as session:
        account = accounts.find(session, name)
        assert account is not None
        held = cases.held_by(session, account.id)
        assert caseload.needs(session, held)
        assert any(len(points) > 3 for case in held for points in measuring.curves(session, case.id).values())


def test_the_directory_shows_services_in_every_condition(made: tuple[Database, Path]) -> None:
    with made[0].reading() as session:
        found = directory.listed(session)
        assert len(found) == 10
        assert all(set(service.names) == set(LANGUAGES) for service, _provider in found)
        hours = [
            place.hours for places in locations.of(session, [each.id for each, _ in found]).values() for place in places
        ]
        assert any(hours)
        made_sure = {service.names["en"]: service.is_stale() for service, _provider in found}
        assert made_sure["Rehabilitation (fictional)"]
        assert not made_sure["Trauma therapy (fictional)"]
        due, stale = verification.due(session), [service for service, _provider in found if service.is_stale()]
        assert 0 < len(due) < len(stale)
        assert any(provider.confidential for _service, provider in found)
        assert any(provider.agreement_until is None for _service, provider in found)
        assert {service.open for service, _provider in found} == {True, False}
