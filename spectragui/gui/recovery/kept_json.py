"""Lists that a session left on the disk: what is damaged is no list, and never an exception."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_list(path: Path) -> list[Any]:
    """Return the list in a JSON file; empty where there is none, or it cannot be read."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return stored if isinstance(stored, list) else []


def is_damaged(path: Path) -> bool:
    """Return whether a file is there that should hold a JSON list and does not."""
    try:
        return path.exists() and not isinstance(json.loads(path.read_text(encoding="utf-8")), list)
    except (OSError, ValueError, RecursionError):
        return True
