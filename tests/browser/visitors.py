"""What the browser tests do again and again: signing in, and asking axe what is wrong with a page."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import WSGIRequestHandler, make_server

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
Visit = Callable[..., Page]
_VIOLATIONS_ALONE = {"resultTypes": ["violations"], "selectors": False}
_LOOK = """async asked => ({
    lang: document.documentElement.lang,
    overflows: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    violations: (await axe.run(asked)).violations.flatMap(
        each => each.nodes.map(node => `${each.id}: ${node.html}`)
    ),
})"""


class _Quiet(WSGIRequestHandler):
    """A test server's log would only hide the tests' own words."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve `app` on a free port of this machine; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def sign_in(page: Page, name: str, passphrase: str, totp_secret: str | None = None) -> None:
    """Sign in, with the second factor where there is one."""
    page.goto("/sign-in")
    page.locator("[name=sign_in]").fill(name)
    page.locator("[name=passphrase]").fill(passphrase)
    page.locator("main form button").click()
    if totp_secret is not None:
        page.locator("[name=code]").fill(pyotp.TOTP(totp_secret).now())
        page.locator("main form button").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def violations(page: Page, axe: str, but: str = "") -> list[str]:
    """What axe-core finds wrong with the page (WCAG 2.2 A and AA), a line each; `but` names a rule to leave out."""
    lines: list[str] = found_on(page, axe, but)["violations"]
    return lines


def found_on(page: Page, axe: str, but: str = "") -> dict[str, Any]:
    """What a page looks like in one look: its `lang`, whether it `overflows` the screen, and its `violations`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    # What passed is neither looked up nor sent: nobody asks for it, and it is most of the answer.
    asked = {"runOnly": tags, "rules": {but: {"enabled": False}} if but else {}, **_VIOLATIONS_ALONE}
    found: dict[str, Any] = page.evaluate(_LOOK, asked)
    return found
