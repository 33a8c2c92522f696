"""`meta` of a spectrum as JSON text and back, without losing tuples, labels or NaN."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from spectragui.core.labels import LabelSet


def meta_to_json(meta: Mapping[str, Any]) -> str:
    """Return ``meta`` as one line of ASCII JSON; entries that JSON cannot hold are left out."""
    kept = {key: _encoded(value) for key, value in meta.items() if _can_be_kept(value)}
    return json.dumps(kept)


def meta_from_json(text: str) -> dict[str, Any]:
    """Return the ``meta`` that `meta_to_json` wrote.

    Raises
    ------
    ValueError
        If the text is damaged.
    """
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("the stored meta is no mapping")
    return {key: _decoded(value) for key, value in values.items()}


def _can_be_kept(value: Any) -> bool:
    if value is None or isinstance(value, (bool, int, float, str, np.generic, LabelSet)):
        return True
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _can_be_kept(item) for key, item in value.items())
    return isinstance(value, (tuple, list)) and all(map(_can_be_kept, value))


def _encoded(value: Any) -> Any:
    if isinstance(value, LabelSet):
        return {"__labels__": dict(value.values), "errors": dict(value.errors)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        return {"__tuple__": [_encoded(item) for item in value]}
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _encoded(item) for key, item in value.items()}
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if isinstance(value, dict) and "__tuple__" in value:
        return tuple(_decoded(item) for item in value["__tuple__"])
    if isinstance(value, dict) and "__labels__" in value:
        return LabelSet(value["__labels__"], value["errors"])
    if isinstance(value, dict):
        return {key: _decoded(item) for key, item in value.items()}
    return value
