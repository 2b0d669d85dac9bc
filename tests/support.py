"""Short ways to a support case in tests: somebody who agreed to it, and the case in somebody's hands."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mhpss import cases, on_call
from mhpss.cases import Case, Intake
from mhpss.on_call import Duty
from mhpss.services import directory
from portal.access import accounts
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.web.people import create_staff
from vault import clock
from vault.database import Database
from vault.policy.settings import Setting

INTAKE = Intake("to sleep again", "Signal, 18:00 to 21:00; never by phone", support_person="Vera")


def account_id(consortium: Consortium, role: Role, organisation: str = "alder") -> str:
    """The account of a member of staff."""
    name = create_staff(consortium, role, organisation)
    with consortium.database.reading() as session:
        account = accounts.find(session, name)
        assert account is not None
        return account.id


def person_with_consent(consortium: Consortium, reference: str = "V-1", *scopes: str) -> str:
    """Somebody who allows a case and to be referred."""
    subject_id = consortium.enrol(reference)
    consortium.answer(subject_id, "granted", *(scopes or ("mhpss.case", "mhpss.refer")))
    return subject_id


def case_of(
    consortium: Consortium, subject_id: str, psychologist: str, supervisor: str | None = None, state: str = "assigned"
) -> str:
    """A case of that person, taken as far as `state`; its number."""
    with consortium.database.writing() as session:
        case = cases.begin(
            session,
            subject_id,
            "alder",
            INTAKE,
            language="en",
            remote=True,
            psychologist=psychologist,
            author=psychologist,
        )
        if state != "intake":
            cases.open_case(session, case, 3, psychologist)
        if state not in ("intake", "open"):
            cases.assign(session, case, psychologist, supervisor, "coordinator")
        if state == "active":
            cases.move(session, case, "begin_support", psychologist)
        return case.number


def put_on_call(session: object, account_id: str = "d" * 32, organisation: str = "alder") -> Duty:
    """Somebody who is on call today."""
    today = clock.now().date()
    return on_call.put_on(session, organisation, account_id, today, today)  # type: ignore[arg-type]


def get(session: object, number: str) -> Case:
    """The case of that number."""
    found = cases.by_number(session, number)  # type: ignore[arg-type]
    assert found is not None
    return found


def rows_of(database: Database, table: str) -> str:
    """Everything in a table, as one text to look for traces in."""
    with database.engine.connect() as connection:
        return repr(connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall())


def service_of(consortium: Consortium, *, confidential: bool = False, **changed: object) -> str:
    """A service for trauma therapy in Vilnius, with an agreement for a year; its id."""
    content: dict[str, object] = {
        "names": dict.fromkeys(("be", "ru", "en"), "Trauma therapy"),
        "about": {},
        "needs": ["psychological"],
        "layer": 3,
        "languages": ["be", "ru"],
        "country": "LT",
        "place": "Vilnius",
        "remote": True,
        "genders": ["woman"],
        "least_age": 18,
        "greatest_age": 99,
        "cost": "free",
        "accessible": True,
        "capacity": "free",
        "waiting_days": 7,
        "public": not confidential,
        **changed,
    }
    with consortium.database.writing() as session:
        until = clock.now().date() + timedelta(days=365)
        provider = directory.enter_provider(
            session, "Linden House (fictional)", "LT", "by letter", confidential=confidential, agreement_until=until
        )
        return directory.enter_service(session, provider, **content).id


def with_default(setting: Setting[Any], value: Any) -> Setting[Any]:
    """A setting of law and policy that is `value` until somebody sets another."""
    return replace(setting, default=value, least=min(setting.least, value), most=max(setting.most, value))
