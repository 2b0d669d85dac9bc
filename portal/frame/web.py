"""What every answer carries: strict headers, and nothing for a cache or a history to keep."""

import gzip
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, current_app, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter, Map

from portal.settings import Settings

_COMPRESSIBLE = ("text/html", "text/css", "image/svg+xml", "application/json")
_SMALLEST_COMPRESSED = 600


def refuse_null_characters() -> None:
    """Refuse what no database can look up: a null character in an address (before_request). Forms say so themselves."""
    if any("\x00" in value for value in (request.path, *request.args.values())):
        abort(400)


def refuse_other_sites() -> None:
    """Refuse a change that another site's page sends, beside the form tokens (before_request).

    Browsers say where a request comes from in Sec-Fetch-Site (our pages send no referrer, on purpose); a browser too
    old to say so still needs the token.
    """
    sent_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method not in ("GET", "HEAD", "OPTIONS") and sent_from not in ("same-origin", "none"):
        abort(403)


def take_as_empty() -> None:
    """Let a form that was too large to be read be an empty one for whoever looks at it again."""
    request.form, request.files = ImmutableMultiDict(), ImmutableMultiDict()


def harden(response: Response) -> Response:
    """Add the headers that ASVS 5.0 chapter 3.4 asks for, forbid storing, and compress what is worth it."""
    settings: Settings = current_app.config["ZHODA"]
    headers = response.headers
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(settings.leave_url))
    headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        f"form-action 'self' {origin}; frame-ancestors 'none'; base-uri 'none'"
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    headers["X-Frame-Options"] = "DENY"
    headers["Permissions-Policy"] = (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
        "publickey-credentials-create=(self), publickey-credentials-get=(self)"
    )
    if settings.onion_location and response.mimetype == "text/html" and not request.host.endswith(".onion"):
        headers["Onion-Location"] = settings.onion_location + request.full_path.rstrip("?")
    if settings.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if request.endpoint == "static":
        headers["Cache-Control"] = "public, max-age=86400"
    else:
        headers["Cache-Control"] = "no-store"
    return _compressed(response)


def _compressed(response: Response) -> Response:
    # BREACH needs a secret and the attacker's own text in one compressed body: form tokens are others in each page.
    if (
        response.status_code != 200
        or (response.is_streamed and request.endpoint != "static")
        or response.mimetype not in _COMPRESSIBLE
        or "gzip" not in request.headers.get("Accept-Encoding", "")
        or "Content-Encoding" in response.headers
    ):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < _SMALLEST_COMPRESSED:
        return response
    response.set_data(gzip.compress(body, 6))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response


# What every client and both databases can hold exactly.
_LARGEST_NUMBER = 2**53 - 1


class Count(IntegerConverter):
    """The numbers in addresses: none that no database could hold, so that such an address finds nothing."""

    def __init__(self, url_map: Map, **kwargs: Any) -> None:
        super().__init__(url_map, **{"max": _LARGEST_NUMBER, **kwargs})


def count(text: str) -> int:
    """A number that stands in a query.

    Raises:
        ValueError: it is none that could be meant.
    """
    number = int(text)
    if abs(number) > _LARGEST_NUMBER:
        raise ValueError(text)
    return number


def own_path(target: str) -> str:
    """`target` where it is a path of this site, else the front page: no redirect leads away."""
    if not target.isprintable():
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    return target
