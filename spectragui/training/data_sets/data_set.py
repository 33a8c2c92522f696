"""The data-set file: checked spectra with their labels, their stars and the split, in one archive.

A zip with ``set.toml`` (what it is), ``stars.ecsv`` (a row a spectrum) and ``spectra/*.fits``: others open it
with what they have.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.labels import LABELS, PARAMETER_LABELS
from spectragui.core.spectrum import AnySpectrum
from spectragui.core.toml_file import TomlError, parse_toml
from spectragui.training.data_sets.star_groups import PARTS

FORMAT = 1
SUFFIX = ".zip"
ABOUT, ROWS = "set.toml", "stars.ecsv"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes, whenever it is written
# Bytes, unpacked: the table is read into memory, and no spectrum that is read at all is larger.
_LARGEST_TABLE, _LARGEST_SPECTRUM = 500_000_000, 1_000_000_000
_DAMAGED = "Build it again: spectragui dataset build."


@dataclasses.dataclass(frozen=True, eq=False)
class DataSet:
    """Spectra that a network is trained or judged on.

    Attributes
    ----------
    path : pathlib.Path
    sha256 : str
        Of the file.
    about : mapping
        Where it comes from: table, chain and its hash, seed, what was left out.
    files : tuple of str
        Of the spectra, as the table of labels named them.
    stars : ndarray of int, shape (n_spectra,)
        Spectra of one star have one number.
    parts : tuple of str
        "training", "validation" or "test".
    label_names : tuple of str
    labels, errors : ndarray, shape (n_spectra, n_labels)
        NaN where missing.
    resolving_power : ndarray, shape (n_spectra,)
        By the table; NaN = from the file.
    """

    path: Path
    sha256: str
    about: Mapping[str, Any]
    files: tuple[str, ...]
    stars: NDArray[np.int64]
    parts: tuple[str, ...]
    label_names: tuple[str, ...]
    labels: NDArray[np.float64]
    errors: NDArray[np.float64]
    resolving_power: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def n_stars(self) -> int:
        """Different stars."""
        return len(np.unique(self.stars))

    def rows_of(self, *parts: str) -> NDArray[np.int64]:
        """Return the rows of some parts of the split."""
        return np.flatnonzero(np.isin(self.parts, parts))

    def spectra(self, rows: Sequence[int] | NDArray[np.int64]) -> Iterator[AnySpectrum]:
        """Read spectra one after the other.

        Raises
        ------
        TrainingError
            If one is missing or damaged.
        """
        from spectragui.io.read import read_spectrum

        with _opened(self.path) as archive, tempfile.TemporaryDirectory() as folder:
            for row in rows:
                copy = Path(folder) / "spectrum.fits"
                _unpack(archive, _entry_name(int(row)), self.path.name, copy)
                yield read_spectrum(copy)


class DataSetWriter:
    """Write a data-set file, spectrum after spectrum; the rows come last.

    Parameters
    ----------
    path : pathlib.Path
        Of a file that is renamed by the caller when all is done (`atomic_path`).
    """

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path, "w")
        self._folder = tempfile.TemporaryDirectory()
        self.n_spectra = 0

    def __enter__(self) -> DataSetWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()
        self._folder.cleanup()

    def add(self, spectrum: AnySpectrum) -> None:
        """Write the next spectrum."""
        from spectragui.io.writers import write_spectrum

        copy = Path(self._folder.name) / "spectrum.fits"
        write_spectrum(spectrum, copy)
        _put(self._archive, _entry_name(self.n_spectra), copy.read_bytes())
        self.n_spectra += 1

    def finish(self, about: Mapping[str, Any], rows: Mapping[str, Sequence[Any]]) -> None:
        """Write what the set is, and its rows, in the order of the spectra.

        Parameters
        ----------
        about : mapping
            Plain values and tables.
        rows : mapping of str to sequence
            Columns ``file``, ``star``, ``part``, ``resolving_power``, labels and their ``e_`` errors.
        """
        import tomlkit

        _put(self._archive, ABOUT, tomlkit.dumps({"format": FORMAT, **about}).encode("utf-8"))
        _put(self._archive, ROWS, _row_table(rows).encode("utf-8"))


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=1)


def _entry_name(row: int) -> str:
    return f"spectra/{row:07d}.fits"


def _row_table(rows: Mapping[str, Sequence[Any]]) -> str:
    from astropy.table import Table

    table = Table(dict(rows))
    for name in table.colnames:
        label = LABELS.get(name.removeprefix("e_"))
        if label is not None and label.unit:
            table[name].unit = label.unit
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table.write(stream, format="ascii.ecsv")
    return stream.getvalue()


def read_data_set(path: Path) -> DataSet:
    """Open a data-set file; the spectra are read when they are asked for.

    Raises
    ------
    TrainingError
        If it is missing, no data set, of a newer format, or damaged.
    """
    from astropy.table import Table

    path = Path(path)
    if not path.is_file():
        raise TrainingError(f"There is no data set {path}.", "Make one: spectragui dataset build.")
    with _opened(path) as archive:
        about = _about(_content(archive, ABOUT, path.name), path.name)
        try:
            text = _content(archive, ROWS, path.name).decode("utf-8")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                table = Table.read(text, format="ascii.ecsv")
        except Exception as error:  # noqa: BLE001 - astropy's readers raise whatever their parts raise
            raise _broken(path.name, first_sentence(error)) from error
        there = set(archive.namelist())
    needed = ("file", "star", "part", "resolving_power")
    missing = [name for name in needed if name not in table.colnames]
    names = tuple(name for name in PARAMETER_LABELS if name in table.colnames)
    if missing or not names or not len(table):
        raise _broken(path.name, f"its table has no {missing[0] if missing else 'label or no row'}")
    if any(_entry_name(row) not in there for row in range(len(table))):
        raise _broken(path.name, "spectra are missing")
    parts = tuple(str(part) for part in table["part"])
    if set(parts) - set(PARTS):
        raise _broken(path.name, "its split has a part that is not known")
    try:
        columns = {name: _floats(table, name) for name in (*names, *(f"e_{name}" for name in names))}
        power, stars = _floats(table, "resolving_power"), np.asarray(table["star"], dtype=np.int64)
    except (TypeError, ValueError) as error:
        raise _broken(path.name, "its table has words where numbers should be") from error
    return DataSet(
        path,
        hash_of(path),
        about,
        tuple(str(file) for file in table["file"]),
        stars,
        parts,
        names,
        np.stack([columns[name] for name in names], axis=1),
        np.stack([columns[f"e_{name}"] for name in names], axis=1),
        power,
    )


def _floats(table: Any, name: str) -> NDArray[np.float64]:
    if name not in table.colnames:
        return np.full(len(table), np.nan)
    return np.ma.filled(np.ma.asarray(table[name], dtype=np.float64), np.nan)


def hash_of(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise TrainingError(f"{path.name} is no data set: it is not a zip archive.", _DAMAGED) from error


def _content(archive: zipfile.ZipFile, name: str, file: str) -> bytes:
    with _unpacked(archive, name, file, _LARGEST_TABLE) as stream:
        return stream.read()


def _unpack(archive: zipfile.ZipFile, name: str, file: str, target: Path) -> None:
    """Write an entry into a file, piece by piece: what it says of its size fills no memory."""
    with _unpacked(archive, name, file, _LARGEST_SPECTRUM) as stream, target.open("wb") as copy:
        shutil.copyfileobj(stream, copy)


@contextlib.contextmanager
def _unpacked(archive: zipfile.ZipFile, name: str, file: str, most_bytes: int) -> Iterator[IO[bytes]]:
    try:
        entry = archive.getinfo(name)
        if entry.file_size > most_bytes:
            raise _broken(file, f"{name} is larger than it can be")
        with archive.open(entry) as stream:
            yield stream
    except KeyError as error:
        raise TrainingError(f"{file} is no data set: it has no {name}.", _DAMAGED) from error
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _broken(file, f"{name} cannot be unpacked") from error


def _about(content: bytes, file: str) -> dict[str, Any]:
    try:
        about = parse_toml(content.decode("utf-8"))
    except (TomlError, UnicodeDecodeError) as error:
        raise _broken(file, f"{ABOUT} is not valid TOML") from error
    number = about.get("format")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise _broken(file, f"{ABOUT} has no format")
    if number > FORMAT:
        raise TrainingError(f"The data set {file} is of a newer format ({number}).", "Update SpectraGUI.")
    return about


def _broken(file: str, why: str) -> TrainingError:
    return TrainingError(f"The data set {file} is damaged: {why}.", _DAMAGED)
