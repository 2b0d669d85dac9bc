"""What every answer carries and what no request gets past: headers, cookies, hosts, proxies, limits, files."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from portal.access import permissions
from portal.access.accounts import Role
from portal.access.readings import nothing
from portal.app import create_app
from portal.fields import uploads
from portal.frame import hosts
from portal.frame.web import own_path
from portal.settings import BadSetting, Settings
from tests.consortium import Consortium
from tests.web.people import PASSPHRASE, Browser, create_staff, create_survivor, staff, survivor
from vault.database import Database
from vault.documents import Opened

HOSTS = {"survivors": "my.example", "staff": "desk.example", "stores": "api.example", "public": "info.example"}
ONION = "http://" + "a2b3c4d5" * 7 + ".onion"


@pytest.fixture
def secure(settings: Settings, database: Database) -> Flask:
    """The portal as it is in production: secure cookies, behind one proxy, with an onion address."""
    return create_app(
        replace(settings, demo=False, secure_cookies=True, trusted_proxies=1, onion_location=ONION), database
    )


def test_the_headers_of_a_page(secure: Flask) -> None:
    headers = secure.test_client().get("/sign-in").headers
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture"):
        assert f"{feature}=()" in headers["Permissions-Policy"]


def test_the_policy_names_this_site_and_the_way_out_alone(secure: Flask) -> None:
    policy = secure.test_client().get("/sign-in").headers["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules == {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "form-action": ["'self'", "https://www.wikipedia.org"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }


def test_errors_and_machines_answers_carry_the_same_headers(secure: Flask) -> None:
    client = secure.test_client()
    for address, status in (("/nothing", 404), ("/api/v1/changes", 401), ("/people/", 302), ("/health", 200)):
        answer = client.get(address)
        assert answer.status_code == status
        for name in ("Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options"):
            assert name in answer.headers, (address, name)
        assert answer.headers["Cache-Control"] == "no-store"


def test_cookies_are_bound_to_the_host_hidden_from_scripts_and_sent_nowhere_else(
    secure: Flask, consortium: Consortium
) -> None:
    create_staff(consortium, Role.DPO)
    client = secure.test_client()
    page = client.get("/sign-in", base_url="https://localhost")
    for cookie in page.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-s=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


def test_a_change_sent_from_another_site_is_refused_beside_the_token(app: Flask, consortium: Consortium) -> None:
    person = survivor(app, consortium, consortium.enrol("V-1"))
    person.get("/my/choices/several")
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 302), ("none", 302)):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', person.page.text)  # type: ignore[union-attr]
        assert token
        answer = person.client.post(
            "/my/access/sessions/end-others",
            data={"csrf_token": token[1]},
            headers={"Sec-Fetch-Site": site},
        )
        assert answer.status_code == status, site


def test_forms_work_over_https_though_pages_send_no_referrer(secure: Flask, consortium: Consortium) -> None:
    number = create_survivor(consortium, consortium.enrol("V-1"))
    client = secure.test_client()
    page = client.get("/sign-in", base_url="https://localhost")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    fields = {"csrf_token": token[1], "sign_in": number, "passphrase": PASSPHRASE}
    assert client.post("/sign-in", data=fields, base_url="https://localhost").status_code == 302


def test_signing_out_and_leaving_clear_what_the_browser_keeps(app: Flask, consortium: Consortium) -> None:
    officer = staff(app, consortium, Role.DPO)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', officer.page.text)  # type: ignore[union-attr]
    assert token
    out = officer.client.post("/sign-out", data={"csrf_token": token[1]})
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    person = survivor(app, consortium, consortium.enrol("V-1"))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', person.page.text)  # type: ignore[union-attr]
    assert token
    left = person.client.post("/leave", data={"csrf_token": token[1]})
    assert left.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert left.headers["Location"] == "https://www.wikipedia.org/"


def test_a_proxys_word_is_believed_only_where_one_is_configured(app: Flask, secure: Flask, settings: Settings) -> None:
    @secure.get("/test-address")
    @permissions.public(reads=nothing("an address"))
    def where() -> str:
        from flask import request

        return f"{request.remote_addr} {request.scheme} {request.host}"

    app.view_functions["health.alive"] = where
    said = {"X-Forwarded-For": "203.0.113.9, 198.51.100.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "x.test"}
    assert secure.test_client().get("/test-address", headers=said).text == "198.51.100.1 https x.test"
    assert app.test_client().get("/health", headers=said).text == "127.0.0.1 http localhost"


def test_the_onion_address_is_offered_on_pages_and_not_on_itself(secure: Flask) -> None:
    client = secure.test_client()
    assert client.get("/sign-in").headers["Onion-Location"] == f"{ONION}/sign-in"
    assert "Onion-Location" not in client.get("/health").headers
    assert "Onion-Location" not in client.get("/sign-in", base_url=ONION).headers


@pytest.mark.parametrize("address", ["http://short.onion", "https://example.org", ONION + "/path"])
def test_an_onion_address_that_is_none_is_refused_at_start(address: str, settings: Settings) -> None:
    with pytest.raises(BadSetting, match="ONION_LOCATION"):
        Settings.from_environment({"DATA_DIR": str(settings.data_dir), "ONION_LOCATION": address})


def test_hosts_are_kept_apart_all_or_none(settings: Settings) -> None:
    base = {"DATA_DIR": str(settings.data_dir)}
    named = {f"{area.upper()}_HOST": host for area, host in HOSTS.items()}
    assert Settings.from_environment(base | named).hosts == HOSTS
    for wrong in (named | {"STAFF_HOST": ""}, named | {"STAFF_HOST": "my.example"}):
        with pytest.raises(BadSetting, match="SURVIVORS_HOST"):
            Settings.from_environment(base | wrong)


def test_each_host_answers_what_is_its_own_as_if_there_were_nothing_else(
    settings: Settings, database: Database, consortium: Consortium
) -> None:
    client = create_app(replace(settings, hosts=HOSTS), database).test_client()
    wanted = {
        "/sign-in": {"my.example", "desk.example"},
        "/my/": {"my.example"},
        "/people/": {"desk.example"},
        "/protection/": {"desk.example"},
        "/api/v1/changes": {"api.example"},
        "/health": {*HOSTS.values(), "unknown.example"},
    }
    for address, where in wanted.items():
        for host in (*HOSTS.values(), "unknown.example"):
            status = client.get(address, base_url=f"http://{host}").status_code
            assert (status != 404) == (host in where), (address, host, status)


def test_an_account_signs_in_at_its_own_host_alone_and_the_refusal_says_nothing(
    settings: Settings, database: Database, consortium: Consortium
) -> None:
    app = create_app(replace(settings, hosts=HOSTS), database)
    number = create_survivor(consortium, consortium.enrol("V-1"))
    create_staff(consortium, Role.DPO)
    for host, name, gets_in in (
        ("my.example", number, True),
        ("desk.example", number, False),
        ("my.example", "dpo.alder@example.org", False),
        ("desk.example", "dpo.alder@example.org", True),
    ):
        client = app.test_client()
        page = client.get("/sign-in", base_url=f"http://{host}")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token
        fields = {"csrf_token": token[1], "sign_in": name, "passphrase": PASSPHRASE}
        assert client.post("/sign-in", data=fields, base_url=f"http://{host}").status_code == (302 if gets_in else 422)


def test_what_is_printed_for_a_person_leads_to_the_survivors_host(settings: Settings, database: Database) -> None:
    for named, expected in ((HOSTS, "http://my.example/again/x"), ({}, "http://desk.example/again/x")):
        app = create_app(replace(settings, hosts=named), database)
        with app.test_request_context(base_url="http://desk.example"):
            assert hosts.address("survivors", "papers.renew", code="x") == expected


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "\\evil", "evil", ""])
def test_redirects_lead_to_own_paths_only(app: Flask, consortium: Consortium, target: str) -> None:
    assert own_path(target) == "/"
    answer = app.test_client().get("/language/en", query_string={"next": target})
    assert answer.headers["Location"] == "/"


def test_a_form_with_too_many_fields_is_refused(app: Flask) -> None:
    browser = Browser(app.test_client())
    browser.get("/sign-in")
    parts = {f"field{number}": "x" for number in range(1100)}
    answer = browser.client.post("/sign-in", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "DELETE", "PUT"])
def test_a_method_that_a_page_does_not_know_is_refused(app: Flask, method: str) -> None:
    assert app.test_client().open("/sign-in", method=method).status_code == 405


def packed(*names: str, size: int = 10) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, b"\0" * size)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\xff\xd8\xff\xe0 ...", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n ...", "image/png"),
        ("Ліст па-беларуску\n".encode(), "text/plain"),
        (packed("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (packed("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (packed("word/document.xml", "word/vbaProject.bin"), None),
        (packed("anything.exe"), None),
        (b"MZ\x90\x00", None),
        (b"<html><script>alert(1)</script>", None),
        (b" <svg onload=alert(1)>", None),
        (b"\x00\x01", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, media_type: str | None) -> None:
    assert uploads.sniff(content) == media_type


def test_a_file_is_taken_by_its_bytes_and_not_by_its_name() -> None:
    with pytest.raises(uploads.NotAllowed):
        uploads.take(FileStorage(io.BytesIO(b"MZ\x90\x00"), "letter.pdf", content_type="application/pdf"))
    with pytest.raises(uploads.NotAllowed):
        uploads.take(FileStorage(io.BytesIO(b"%PDF-1.7"), "letter.pdf"), {"image/png"})
    assert uploads.take(FileStorage(io.BytesIO(b"%PDF-1.7"), "x.exe")).media_type == "application/pdf"


def test_a_file_too_large_packed_or_unpacked_is_refused() -> None:
    with pytest.raises(uploads.TooLarge):
        uploads.take(FileStorage(io.BytesIO(b"%PDF-" + b"x" * uploads.LARGEST)))
    with pytest.raises(uploads.TooLarge):
        uploads.sniff(packed("word/document.xml", size=uploads._LARGEST_UNPACKED + 1))


def test_a_stored_file_comes_back_as_an_attachment_under_a_name_that_says_nothing() -> None:
    answer = uploads.give_back(Opened("testimony of Anna.pdf", "application/pdf", b"%PDF-1.7"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="document.pdf"'
    assert answer.mimetype == "application/pdf"
