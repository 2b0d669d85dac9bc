"""`demo.json`: where the demonstration is served, and how everybody in it signs in."""

import json
import os
from pathlib import Path
from typing import Any

from portal.settings import Settings


def file(settings: Settings) -> Path:
    """Where it lies; its being there marks the installation as a demonstration."""
    return settings.data_dir / "demo.json"


def read(settings: Settings) -> dict[str, Any]:
    """What it says."""
    content: dict[str, Any] = json.loads(file(settings).read_text(encoding="utf-8"))
    return content


def write(settings: Settings, content: dict[str, Any]) -> None:
    """Replace it as a whole, readable by its owner alone."""
    new = file(settings).with_suffix(".new")
    with open(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=2)
    new.replace(file(settings))


def keep_address(settings: Settings, base_url: str) -> None:
    """Say where it is served now."""
    content = read(settings)
    if content["base_url"] != base_url:
        write(settings, content | {"base_url": base_url})
