"""`zhoda serve`: started by a user's own hands, and stopped by them."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest
from sqlalchemy import select

from portal import installation
from portal.demo import sign_ins
from portal.jobs import leases, tasks
from portal.settings import BadSetting, Settings
from tests.conftest import bare_settings

ROOT = Path(__file__).parents[2]
SERVE = [sys.executable, "-c", "from portal.cli import main; main()", "serve"]


@pytest.fixture
def data_dir(demonstration_template: Path, tmp_path: Path) -> Path:
    shutil.copytree(demonstration_template, tmp_path / "data")
    return tmp_path / "data"


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    return {**os.environ, "DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT), **settings}


def refused(data_dir: Path, *arguments: str, **settings: str) -> str:
    """The one line with which `zhoda serve` refuses."""
    done = subprocess.run(
        [*SERVE, "--port", "0", *arguments],
        cwd=ROOT,
        env=environment(data_dir, **settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"zhoda: .+\n", done.stderr)
    return done.stderr


def refused_elsewhere(data_dir: Path, **settings: str) -> str:
    """What another WSGI server is told last when it wants the portal."""
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env=environment(data_dir, **settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


class Served:
    """A running `zhoda serve`, and what it printed until it served."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*SERVE, "--port", "0", *arguments],
            cwd=ROOT,
            env=environment(data_dir),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if address := re.match(r"Serving at (http://\S+)", line):
                self.address = address[1]
                return
        raise AssertionError(self.printed)

    def get(self, path: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        try:
            with urlopen(Request(self.address + path, headers={"Accept": "*/*"}), timeout=20) as response:
                return response.status, response.headers, response.read()
        except HTTPError as error:
            return error.code, error.headers, error.read()

    def stop(self, number: signal.Signals) -> tuple[int, float]:
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(15), time.monotonic() - began


def workers_of(served: Served, expected: int) -> list[psutil.Process]:
    """The worker processes, once all of them are there."""
    master = psutil.Process(served.process.pid)
    deadline = time.monotonic() + 10
    while len(master.children()) < expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(master.children()) == expected
    return master.children()


def runs(process: psutil.Process) -> bool:
    """Whether it still does anything: one that has ended stays listed until somebody asks for its status."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def serve(data_dir: Path) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(*arguments: str) -> Served:
        started.append(Served(data_dir, *arguments))
        return started[-1]

    yield start
    for served in started:
        served.process.kill()
        served.process.wait()
        if served.process.stdout:
            served.process.stdout.close()


def test_it_serves_the_demonstration_and_shows_every_sign_in(serve: Callable[..., Served], data_dir: Path) -> None:
    served = serve("--demo")
    status, headers, body = served.get("/health")
    assert (status, json.loads(body)) == (200, {"alive": True})
    assert "Server" not in headers
    assert served.get("/sign-in")[0] == 200
    content = sign_ins.read(bare_settings(data_dir))
    assert content["base_url"] == served.address
    for account in content["accounts"]:
        for shown in (account["sign_in"], account["passphrase"], account["totp_secret"] or ""):
            assert shown in served.printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_and_quickly_even_while_somebody_waits(
    serve: Callable[..., Served], number: signal.Signals
) -> None:
    served = serve()
    assert served.get("/health")[0] == 200
    children = workers_of(served, 2)
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as waiting:
        waiting.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        status, took = served.stop(number)
    assert status == 0
    assert took < 8
    assert [child for child in children if runs(child)] == []
    assert served.process.stdout is not None
    assert "Traceback" not in served.process.stdout.read()


def test_a_taken_port_is_a_plain_line_and_status_2(serve: Callable[..., Served], data_dir: Path) -> None:
    served = serve()
    port = served.address.rpartition(":")[2]
    second = subprocess.run(
        [*SERVE, "--demo", "--port", port], cwd=ROOT, env=environment(data_dir), capture_output=True, text=True
    )
    assert second.returncode == 2
    assert second.stderr == f"zhoda: 127.0.0.1:{port}: Address already in use\n"
    assert second.stdout == ""
    assert served.get("/health")[0] == 200


def test_a_worker_that_is_killed_is_replaced_with_its_clock(serve: Callable[..., Served], data_dir: Path) -> None:
    served = serve("--workers", "1")
    assert served.get("/ready")[0] == 200
    (worker,) = psutil.Process(served.process.pid).children()
    worker.kill()
    assert served.get("/ready")[0] == 200
    database = installation.open_database(bare_settings(data_dir))
    names = {task.name for task in tasks.TASKS}
    end = time.monotonic() + 20
    held: set[str] = set()
    while held != names and time.monotonic() < end:
        time.sleep(0.1)
        with database.reading() as session:
            held = set(session.scalars(select(leases.JobLease.name)))
    database.close()
    assert held == names


def test_lines_and_headers_beyond_measure_are_refused(serve: Callable[..., Served]) -> None:
    served = serve()
    assert served.get("/health?" + "x" * 5000)[0] == 414
    host, port = served.address.removeprefix("http://").split(":")
    for headers in (b"".join(b"X-%d: 1\r\n" % number for number in range(80)), b"X: " + b"x" * 10_000 + b"\r\n"):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 431")


def test_an_installation_that_is_in_use_is_not_served_as_a_demonstration(tmp_path: Path) -> None:
    init = [*SERVE[:-1], "init", "--partner", "elm", "Elm Archive", "DK"]
    subprocess.run(init, cwd=ROOT, env=environment(tmp_path), check=True, capture_output=True)
    assert "needs a folder of its own" in refused(tmp_path, "--demo")
    for told in (refused(tmp_path, ZHODA_DEMO="1"), refused_elsewhere(tmp_path, ZHODA_DEMO="1")):
        assert "unset ZHODA_DEMO" in told


def test_a_demonstration_is_known_by_its_database_and_not_by_a_file(data_dir: Path, tmp_path: Path) -> None:
    (data_dir / "demo.json").unlink()
    database = f"sqlite:///{data_dir / 'zhoda.sqlite'}"
    keys = f"sqlite:///{data_dir / 'keys' / 'keys.sqlite'}"
    shutil.copytree(data_dir / "keys", tmp_path / "other" / "keys")
    for told in (
        refused(data_dir),
        refused(tmp_path / "other", DATABASE_URL=database, KEYS_DATABASE_URL=keys),
        refused_elsewhere(data_dir),
    ):
        assert "set DATABASE_URL or DATA_DIR" in told


@pytest.mark.parametrize("host", ["0.0.0.0", "::", socket.gethostname()])
def test_a_demonstration_is_reached_from_no_other_machine(data_dir: Path, host: str) -> None:
    if host == socket.gethostname() and socket.gethostbyname(host).startswith("127."):
        pytest.skip("the machine's own name leads to the machine alone")
    for arguments in ((), ("--demo",)):
        assert "set it to 127.0.0.1" in refused(data_dir, "--host", host, *arguments)
    assert "zhoda serve --demo" in refused_elsewhere(data_dir)


def test_nobody_serves_people_with_a_secret_that_can_be_guessed(tmp_path: Path) -> None:
    for told in (refused(tmp_path, SECRET_KEY="x"), refused_elsewhere(tmp_path, SECRET_KEY="x")):
        assert "SECRET_KEY must" in told
    for secret in ("x" * 64, "0123456789abcdef", "password" * 8):
        with pytest.raises(BadSetting, match="SECRET_KEY must"):
            Settings.from_environment({"DATA_DIR": str(tmp_path), "SECRET_KEY": secret})


def test_an_empty_folder_becomes_an_installation_that_names_nobody(tmp_path: Path) -> None:
    served = Served(tmp_path / "new")
    try:
        assert served.get("/health")[0] == 200
        assert served.printed == f"Serving at {served.address}\n"
    finally:
        assert served.stop(signal.SIGTERM)[0] == 0
        if served.process.stdout:
            served.process.stdout.close()
