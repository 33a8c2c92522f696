"""Results of steps on disk, so that an interrupted run goes on: JSON, arrays beside it, no pickles."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.npz_file import NpzError, read_npz

_ARRAY = "__array__"
_LARGEST_JSON = 50_000_000


class ResultStore:
    """A folder of results, each with the signature of what it was made from.

    Parameters
    ----------
    folder : pathlib.Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, signature: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a result; None where there is none, a damaged one, or one of another signature."""
        arrays: dict[str, NDArray[Any]] = {}
        try:
            path = self._json(name)
            if path.stat().st_size > _LARGEST_JSON:
                return None
            content = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(content, dict) or content.get("signature") != json.loads(json.dumps(signature)):
                return None
            if content.get("arrays"):
                arrays = dict(read_npz(self._npz(name), [str(key) for key in content["arrays"]]))
            found = _restored(content["result"], arrays)
        except (OSError, ValueError, KeyError, NpzError):
            return None
        return found if isinstance(found, dict) else None

    def write(self, name: str, signature: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Keep a result: a tree of dicts and lists of numbers, texts and arrays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, NDArray[Any]] = {}
        tree = _plain(result, arrays)
        if arrays:
            with atomic_path(self._npz(name)) as temporary, temporary.open("wb") as stream:
                np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
        content = {"signature": dict(signature), "arrays": sorted(arrays), "result": tree}
        write_text_atomically(self._json(name), json.dumps(content))

    def remove(self, name: str) -> None:
        """Forget a result."""
        for path in (self._json(name), self._npz(name)):
            with contextlib.suppress(OSError):
                path.unlink()

    def _json(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _npz(self, name: str) -> Path:
        return self.folder / f"{name}.npz"


def _plain(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {_ARRAY: name}
    if isinstance(value, Mapping):
        return {str(key): _plain(one, arrays) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one, arrays) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def _restored(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        if _ARRAY in value:
            return arrays[str(value[_ARRAY])]
        return {key: _restored(one, arrays) for key, one in value.items()}
    if isinstance(value, list):
        return [_restored(one, arrays) for one in value]
    return value
