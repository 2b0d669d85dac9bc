"""What a request says of the browser that it comes from."""

from urllib.parse import urlsplit

from flask import Response, current_app, request

from portal.access.passkeys import Site

_YEAR = 365 * 24 * 3600


def network() -> str:
    """The network the request comes from: an IPv4 address, or the first 64 bits of an IPv6 one."""
    address = request.remote_addr or ""
    return ":".join(address.split(":")[:4]) if ":" in address else address


def passkey_site() -> Site:
    """The host and origin that a passkey used in this request is bound to."""
    return Site(urlsplit(request.host_url).hostname or "", request.host_url.rstrip("/"))


def device_token() -> str:
    """The token by which a device of staff is known again; empty where there is none."""
    return request.cookies.get(_device_cookie(), "")


def keep_device_token(response: Response, token: str) -> None:
    """Let the browser bring `token` again, for a year."""
    secure = current_app.config["ZHODA"].secure_cookies
    response.set_cookie(
        _device_cookie(), token, max_age=_YEAR, httponly=True, samesite="Strict", secure=secure, path="/"
    )


def _device_cookie() -> str:
    return "__Host-d" if current_app.config["ZHODA"].secure_cookies else "d"
