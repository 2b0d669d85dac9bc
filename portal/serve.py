"""Serving: gunicorn in this process, its workers, and in each worker a thread for what runs by the clock.

Tasks are leased, so several workers do no harm; a worker that dies is replaced, and with it its clock.
"""

import gc
import ipaddress
import socket
from contextlib import closing
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi as responses
from rich.console import Console
from rich.table import Table

from consent.catalogue import forms
from portal import demonstration, installation
from portal.app import create_app
from portal.demo import making, sign_ins
from portal.jobs import schedule
from portal.outbox.opening import post_of
from portal.settings import Settings
from vault.key_backups import KeyBackups

THREADS = 16
_BACKLOG = 512
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to by itself  # nosec B104


class CannotServe(Exception):
    """The server cannot start; the message says why."""


def serve(settings: Settings, *, demo: bool, host: str, port: int, workers: int) -> None:
    """Prepare the installation and serve it until told to stop. Does not return.

    Raises:
        CannotServe: the address is taken or is none of this machine's, `demo` is asked of an installation with real
            people, or a demonstration is to be reached from other machines.
        portal.settings.BadSetting: the settings say another thing than the database (`demonstration.refuse_disguise`).
    """
    listener = _take(host, port)
    if settings.demo and not ipaddress.ip_address(listener.getsockname()[0]).is_loopback:
        raise CannotServe(
            "everybody knows the passphrases of a demonstration, so it listens on this machine alone: "
            "leave out --host, or set it to 127.0.0.1"
        )
    shown = "127.0.0.1" if host in _EVERYWHERE else host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    console = Console(stderr=True)
    if demo:
        with console.status("Making the fictional consortium"):
            try:
                making.make(settings)
            except making.NotADemonstration as error:
                raise CannotServe(str(error)) from error
    _prepare(settings)
    if settings.demo:
        sign_ins.keep_address(settings, address)
        _show_sign_ins(settings)
    _listen(listener)
    print(f"Serving at {address}", flush=True)
    Server(settings, listener, workers).run()


def _take(host: str, port: int) -> socket.socket:
    """The address, ours before anything is prepared; nobody is let in yet."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, protocol)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError as error:
        raise CannotServe(f"{host}:{port}: {error.strerror or error}") from error
    return taken


def _listen(taken: socket.socket) -> None:
    try:
        taken.listen(_BACKLOG)
    except OSError as error:
        raise CannotServe(f"{error.strerror}") from error


def _prepare(settings: Settings) -> None:
    # Each worker opens its own after the fork: a connection must not be shared between processes.
    with closing(installation.prepare(settings)) as database:
        demonstration.refuse_disguise(settings, database)
        if database.keys.come_back():
            raise CannotServe("the key store holds keys that were destroyed: run `zhoda key destroy-again`")
        with database.writing() as session:
            forms.ship(session)


def _show_sign_ins(settings: Settings) -> None:
    terminal = Console(highlight=False, markup=False)
    console = terminal if terminal.is_terminal else Console(width=200, highlight=False, markup=False)
    table = Table(title="Fictional people of the demonstration", box=None, title_justify="left")
    for heading in ("role", "organisation", "sign-in", "passphrase", "second factor", "language"):
        table.add_column(heading, overflow="fold")
    for account in sign_ins.read(settings)["accounts"]:
        names = ("role", "organisation", "sign_in", "passphrase", "totp_secret", "language")
        table.add_row(*(account[name] or "" for name in names))
    console.print(table)


class Server(BaseApplication):
    """gunicorn with the portal's settings, none from files or the environment."""

    def __init__(self, settings: Settings, listener: socket.socket, workers: int) -> None:
        self._settings = settings
        self._options = {
            "bind": [f"fd://{listener.detach()}"],
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": False,
            "timeout": 60,
            "graceful_timeout": 5,
            "keepalive": 5,
            # Addresses and paths of people are kept out of every log.
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "limit_request_line": 4094,
            "limit_request_fields": 60,
            "limit_request_field_size": 8190,
            "control_socket_disable": True,
            # What was imported lives as long as the worker: looking through it again only delays its end.
            "post_worker_init": lambda _worker: gc.freeze(),
            "worker_exit": lambda _server, _worker: self._stop_clock(),
        }
        self._clock: Any = None
        super().__init__()

    def load_config(self) -> None:
        """Set the options that this gunicorn knows."""
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one worker, with its own database and clock."""
        _hide_server_name()
        app = create_app(self._settings)
        backups = KeyBackups(self._settings.key_backup_dir, self._settings.key_backup_days)
        self._clock = schedule.start(app.extensions["database"], backups, post_of(self._settings))
        return app

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.shutdown(wait=False)


def _hide_server_name() -> None:
    shown = responses.Response.default_headers

    def without_server(response: responses.Response) -> list[str]:
        return [header for header in shown(response) if not header.startswith("Server:")]

    setattr(responses.Response, "default_headers", without_server)  # noqa: B010 - its stub forbids the plain form
