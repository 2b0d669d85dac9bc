"""Settings from the environment, typed and checked at start."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadSetting(Exception):
    """A setting that cannot be; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how the portal presents itself.

    An empty `site_name` leaves the desks with their ordinary name in the reader's language. `demo` marks an
    installation with fictional people: it shows a banner and allows plain HTTP on loopback.
    """

    data_dir: Path
    database_url: str
    keys_database_url: str
    site_name: str
    leave_url: str
    secure_cookies: bool
    demo: bool
    secret_key: str

    @property
    def key_file(self) -> Path:
        """The key-encryption keys, apart from both databases."""
        return self.data_dir / "keys" / "wrapping.json"

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
        return cls(
            data_dir=data_dir,
            database_url=environment.get("DATABASE_URL", f"sqlite:///{data_dir / 'zhoda.sqlite'}"),
            keys_database_url=environment.get("KEYS_DATABASE_URL", f"sqlite:///{data_dir / 'keys' / 'keys.sqlite'}"),
            site_name=environment.get("SITE_NAME", ""),
            leave_url=leave_url,
            secure_cookies=not demo,
            demo=demo,
            secret_key=environment.get("SECRET_KEY") or _kept_secret(data_dir),
        )


def _kept_secret(data_dir: Path) -> str:
    path = data_dir / "keys" / "cookies.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
