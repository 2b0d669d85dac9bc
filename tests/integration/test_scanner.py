"""A scanner from the package registry (Wapiti) goes over the demonstration, signed in with each role."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.access import accounts, sessions
from portal.access.accounts import Role
from portal.app import create_app
from portal.installation import open_database
from portal.settings import Settings
from tests.browser.visitors import serving
from tests.lengths import WHOLE
from vault.database import Database

SCANNER = Path(__file__).parents[2] / ".venv" / "scanner" / "bin" / "wapiti"
# What a page of ours could be open to; what looks for other people's products is left out.
MODULES = "cookieflags,crlf,csp,csrf,exec,file,http_headers,permanentxss,redirect,sql,xss"
# Following these would end the scanner's own way in.
NEVER = ("/sign-out*", "/leave*", "*end*", "*close*", "*passphrase*", "*/words*", "/language/*", "/api/*")
CRAWLING, EACH_MODULE, AT_MOST = 6, 2, 90
INFORMATIONAL = 0
# The demonstration is served over plain HTTP on loopback; test_hardening holds the cookies of an installation to more.
OF_PLAIN_HTTP = {"Secure Flag cookie"}

pytestmark = pytest.mark.skipif(not SCANNER.exists(), reason="`make test-setup` installs the scanner")


@pytest.fixture(scope="module")
def demonstration(demonstration_settings: Settings) -> Iterator[tuple[Flask, Database]]:
    database = open_database(demonstration_settings)
    yield create_app(demonstration_settings, database), database
    database.close()


# Whoever is signed out, and the desks with the most forms; `make whole` scans as everybody.
SCANNED = [None, *Role] if WHOLE else [None, Role.SURVIVOR, Role.DPO]


@pytest.mark.parametrize("role", SCANNED)
def test_the_scanner_finds_nothing_in_a_roles_pages(
    demonstration: tuple[Flask, Database], role: Role | None, tmp_path: Path
) -> None:
    app, database = demonstration
    with serving(app) as where:
        report = scan(where, cookie_of(app, database, role), tmp_path)
    found = {
        kind: entries for kind, entries in report["vulnerabilities"].items() if entries and kind not in OF_PLAIN_HTTP
    }
    serious = {
        f"{kind}: {entry['method']} {entry['path']} {entry['parameter']} {entry['info']}"
        for kind, entries in found.items()
        for entry in entries
        if entry["level"] > INFORMATIONAL
    }
    assert serious == set()
    assert report["anomalies"].get("Internal Server Error", []) == []
    assert report["infos"]["crawled_pages_nbr"] > (1 if role is None else 3)


def cookie_of(app: Flask, database: Database, role: Role | None) -> str:
    """The cookie of somebody signed in with that role."""
    if role is None:
        return ""
    with database.writing() as session:
        query = session.query(accounts.Account).filter_by(role=role)
        visitor = sessions.begin(session, query.order_by(accounts.Account.id).first() or pytest.fail(role))
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"s={serializer.dumps({'_user_id': visitor.token, '_fresh': True})}"


def scan(where: str, cookie: str, folder: Path) -> dict[str, Any]:
    """What the scanner reports. Where its notes are locked, or it does not come to an end, it begins anew."""
    said = ""
    for attempt in range(5):
        own = folder / str(attempt)
        own.mkdir()
        try:
            done = subprocess.run(
                command(where, cookie, own),
                env={**os.environ, "HOME": str(own), "NO_PROXY": "*"},
                capture_output=True,
                text=True,
                timeout=AT_MOST,
            )
        except subprocess.TimeoutExpired:
            continue
        if (own / "report.json").exists():
            report: dict[str, Any] = json.loads((own / "report.json").read_text(encoding="utf-8"))
            return report
        said = done.stdout[-2000:] + done.stderr[-2000:]
    raise AssertionError(said)


def command(where: str, cookie: str, folder: Path) -> list[str]:
    """A scan that stays on this machine, and within its time."""
    words = [str(SCANNER), "-u", f"{where}/", "-m", MODULES, "-f", "json", "-o", str(folder / "report.json")]
    words += ["--no-bugreport", "--flush-session", "--store-session", str(folder), "--store-config", str(folder)]
    words += ["--max-scan-time", str(CRAWLING), "--max-attack-time", str(EACH_MODULE), "--tasks", "4", "-d", "4"]
    words += ["--max-links-per-page", "40", "-v", "0", "--endpoint", f"{where}/none/", "--dns-endpoint", "localhost"]
    words += ["-H", f"Cookie: {cookie}"] if cookie else []
    for path in NEVER:
        words += ["-x", f"{where}{path}" if path.startswith("/") else f"{where}/{path}"]
    return words
