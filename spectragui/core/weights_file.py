"""Weights of a model: safetensors, bounded and compared with the card before a value is read.

Only safetensors are read: a pickle can run any program when it is opened. What the format itself
does not catch (flipped bits, NaN weights, another model's tensors) is checked against the card.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.card_formats import MOST_TENSORS, MOST_WEIGHTS
from spectragui.core.errors import ModelError
from spectragui.core.model_card import ModelCard
from spectragui.core.regular_file import NotOrdinaryError, open_ordinary

WEIGHTS_FILE = "model.safetensors"
PICKLE_SUFFIXES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib")
PICKLE_STARTS = (b"\x80", b"PK\x03\x04", b"\x1f\x8b")  # pickle, torch's zip of pickles, gzip
COPY_AGAIN = "Copy the whole folder again from where it came."
MOST_BYTES = 4 * MOST_WEIGHTS + (1 << 24)  # single precision, and the list of tensors


def checksum(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_weights(folder: Path) -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    """Return checksums and tensor shapes of the weights in a folder, for a new card."""
    path = Path(folder) / WEIGHTS_FILE
    with _opened(path) as tensors:
        shapes = _shapes_of(tensors)
    return {WEIGHTS_FILE: checksum(path)}, shapes


def read_tensors(folder: Path, card: ModelCard, file_name: str = WEIGHTS_FILE) -> dict[str, NDArray[Any]]:
    """Read a file of tensors and check it against the card of its folder.

    Parameters
    ----------
    folder : path-like
    card : ModelCard
    file_name : str
        One of the files of the folder.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ModelError
        If the file is missing, truncated, too large, a pickle, does not match its checksum, has other
        tensors than the card says, or holds NaN.
    """
    path = Path(folder) / file_name
    if not path.is_file():
        raise no_weights(Path(folder), file_name)
    with _opened(path) as stream:
        shapes = _shapes_of(stream)
        _check_amount(shapes, card)
        check_checksum(path, card)
        if file_name == WEIGHTS_FILE:
            _check_shapes(shapes, card)
        tensors = {name: stream.get_tensor(name) for name in shapes}
    for name, tensor in tensors.items():
        if tensor.dtype.kind not in "fiub" or tensor.dtype.itemsize > 8:
            raise ModelError(f"The weights of {card.name} are of a type that is not read, in {name}.")
        if tensor.dtype.kind == "f" and not np.isfinite(tensor).all():
            raise ModelError(
                f"The weights of {card.name} hold values that are no numbers, in {name}.", COPY_AGAIN
            )
    return tensors


def read_metadata(folder: Path, file_name: str = WEIGHTS_FILE) -> dict[str, str]:
    """Return what stands in a file of tensors besides them."""
    with _opened(Path(folder) / file_name) as stream:
        return dict(stream.metadata() or {})


def check_checksum(path: Path, card: ModelCard) -> None:
    """Raise where a file is not the one that the card means."""
    expected = card.sha256.get(path.name)
    if expected and checksum(path) != expected:
        raise ModelError(
            f"The weights of {card.name} are not those of its card: the checksum of {path.name} differs.",
            COPY_AGAIN,
        )


def no_weights(folder: Path, file_name: str) -> ModelError:
    """Return what is said of a folder that lacks a file of its card."""
    pickles = [path for path in folder.iterdir() if path.suffix in PICKLE_SUFFIXES]
    if pickles:
        return is_pickle(pickles[0])
    return ModelError(f"The model {folder.name} lacks its weights, {file_name}.", COPY_AGAIN)


def is_pickle(path: Path) -> ModelError:
    """Return what is said of a pickle."""
    return ModelError(
        f"{path.name} is a pickle, which can run any program when it is opened, so it was not opened.",
        "Save the weights as safetensors.",
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with open_ordinary(path, MOST_BYTES) as stream:
            start = stream.read(9)
            size = stream.seek(0, 2)
        is_header_length = start[8:] == b"{" and int.from_bytes(start[:8], "little") < size
        if start.startswith(PICKLE_STARTS) and not is_header_length:
            raise is_pickle(path)
        with safe_open(path, "np") as tensors:
            yield tensors
    except NotOrdinaryError as error:
        raise ModelError(f"The weights of {path.parent.name} are not read: {error}.") from error
    except (OSError, SafetensorError, TypeError) as error:
        raise ModelError(
            f"The weights of {path.parent.name} are damaged or cut short: {error}.", COPY_AGAIN
        ) from error


def _shapes_of(tensors: Any) -> dict[str, tuple[int, ...]]:
    names = tensors.keys()
    return {name: tuple(tensors.get_slice(name).get_shape()) for name in names}


def _check_amount(shapes: Mapping[str, tuple[int, ...]], card: ModelCard) -> None:
    if len(shapes) > MOST_TENSORS or sum(map(math.prod, shapes.values())) > MOST_WEIGHTS:
        raise ModelError(
            f"The weights of {card.name} are too many: {MOST_WEIGHTS:,} numbers are allowed.",
            "Ask whoever made the model for a smaller one.",
        )


def _check_shapes(shapes: Mapping[str, tuple[int, ...]], card: ModelCard) -> None:
    if not card.tensors:
        return
    for name in sorted(set(card.tensors) ^ set(shapes)):
        word = "lack" if name in card.tensors else "also hold"
        raise ModelError(
            f"The weights of {card.name} {word} {name}: they belong to another model.", COPY_AGAIN
        )
    for name, shape in card.tensors.items():
        if shapes[name] != tuple(shape):
            raise ModelError(
                f"In the weights of {card.name} {name} has the shape {shapes[name]}, "
                f"the card says {tuple(shape)}: they belong to another model.",
                COPY_AGAIN,
            )
