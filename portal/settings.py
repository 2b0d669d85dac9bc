"""Settings from the environment, typed and checked at start."""

import os
import re
import secrets
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_SECRET_BYTES = 32
_SECRET_CHARACTERS = 8
_MAIL_SCHEMES = ("smtp+starttls", "smtps", "smtp")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
AREAS = ("survivors", "staff", "stores", "public")


class BadSetting(Exception):
    """A setting that cannot be; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how the portal presents itself.

    `time_zone` is the one of whoever has none, and whose partner has none. An empty `site_name` leaves the desks with
    their ordinary name in the reader's language. `demo` marks an installation with fictional people: it shows a banner
    and allows plain HTTP, and is served on loopback alone.
    """

    data_dir: Path
    database_url: str
    keys_database_url: str
    site_name: str
    leave_url: str
    secure_cookies: bool
    demo: bool
    secret_key: str
    key_encryption: str
    key_backup_dir: Path
    key_backup_days: int
    destruction_list: Path
    hosts: Mapping[str, str]
    onion_location: str
    trusted_proxies: int
    mail_server: str
    mail_from: str
    notice_command: str
    time_zone: str

    @property
    def key_file(self) -> Path:
        """The key-encryption keys, apart from both databases."""
        return self.data_dir / "keys" / "wrapping.json"

    @property
    def measures_dir(self) -> Path:
        """The clinic's own measures, and what it changes of those that ship (TOML)."""
        return self.data_dir / "measures"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; DATA_DIR (default `var`) holds whatever is not set otherwise.

        Raises:
            BadSetting: a value that cannot be used.
        """
        data_dir = Path(environment.get("DATA_DIR", "var")).absolute()
        demo = (data_dir / "demo.json").exists() or environment.get("ZHODA_DEMO") == "1"
        leave_url = environment.get("LEAVE_URL", "https://www.wikipedia.org/")
        if not leave_url.startswith("https://"):
            raise BadSetting("LEAVE_URL must be an address that begins with https://")
        onion = environment.get("ONION_LOCATION", "")
        if onion and not re.fullmatch(r"https?://[a-z2-7]{56}\.onion", onion):
            raise BadSetting("ONION_LOCATION must be http:// and an onion address of 56 letters, without a path")
        return cls(
            data_dir=data_dir,
            database_url=environment.get("DATABASE_URL", f"sqlite:///{data_dir / 'zhoda.sqlite'}"),
            keys_database_url=environment.get("KEYS_DATABASE_URL", f"sqlite:///{data_dir / 'keys' / 'keys.sqlite'}"),
            site_name=environment.get("SITE_NAME", ""),
            leave_url=leave_url,
            secure_cookies=not demo,
            demo=demo,
            secret_key=_secret(environment, data_dir, guessable=demo),
            key_encryption=environment.get("KEY_ENCRYPTION", "file"),
            key_backup_dir=Path(environment.get("KEY_BACKUP_DIR", data_dir / "key-backups")).absolute(),
            key_backup_days=_whole(environment, "KEY_BACKUP_DAYS", 7, range(1, 8)),
            destruction_list=Path(environment.get("DESTRUCTION_LIST", data_dir / "destroyed.list")).absolute(),
            hosts=_hosts(environment),
            onion_location=onion,
            trusted_proxies=_whole(environment, "TRUSTED_PROXIES", 0, range(5)),
            mail_server=_mail_server(environment),
            mail_from=environment.get("MAIL_FROM", ""),
            notice_command=environment.get("NOTICE_COMMAND", ""),
            time_zone=_zone(environment.get("TIME_ZONE", "UTC")),
        )


def _zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise BadSetting("TIME_ZONE must be a name of the time zone database, such as Europe/Vilnius")
    return name


def _whole(environment: Mapping[str, str], name: str, default: int, allowed: range) -> int:
    text = environment.get(name, str(default))
    if not text.isdigit() or int(text) not in allowed:
        raise BadSetting(f"{name} must be a number from {allowed.start} to {allowed.stop - 1}")
    return int(text)


def _mail_server(environment: Mapping[str, str]) -> str:
    """The mail server, with its sender set too; a password goes over no wire that is not encrypted."""
    server = environment.get("MAIL_SERVER", "")
    if not server:
        return ""
    parts = urlsplit(server)
    if parts.scheme not in _MAIL_SCHEMES or not parts.hostname:
        raise BadSetting(f"MAIL_SERVER must be {', '.join(f'{each}://HOST:PORT' for each in _MAIL_SCHEMES)}")
    if parts.scheme == "smtp" and (parts.username or parts.hostname not in _LOOPBACK):
        raise BadSetting(
            "MAIL_SERVER may be smtp:// on this machine and without a password alone: use smtp+starttls://"
        )
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", environment.get("MAIL_FROM", "")):
        raise BadSetting("MAIL_FROM must be the address that messages come from, a neutral one")
    return server


def _hosts(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The host of each area, where they are kept apart: none of them, or all with a name of its own."""
    named = {area: environment.get(f"{area.upper()}_HOST", "").lower() for area in AREAS}
    given = [host for host in named.values() if host]
    if not given:
        return {}
    if len(set(given)) < len(AREAS):
        raise BadSetting(f"set all of {', '.join(f'{area.upper()}_HOST' for area in AREAS)}, each to another name")
    return named


def _secret(environment: Mapping[str, str], data_dir: Path, *, guessable: bool) -> str:
    """What signs cookies. Whoever guesses it is anybody they like, so only a demonstration's may be guessed."""
    secret = environment.get("SECRET_KEY") or _kept_secret(data_dir)
    if not guessable and (len(secret.encode()) < _SECRET_BYTES or len(set(secret)) < _SECRET_CHARACTERS):
        raise BadSetting(
            f"SECRET_KEY must be random and have {_SECRET_BYTES} bytes or more; where it is not set, one is made and "
            f"kept in {_secret_file(data_dir)} (remove that file if it is damaged)"
        )
    return secret


def _secret_file(data_dir: Path) -> Path:
    return data_dir / "keys" / "cookies.key"


def _kept_secret(data_dir: Path) -> str:
    path = _secret_file(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
