"""Bands and tables of photometry: what a catalogue holds once it is read."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SettingsError
from spectragui.core.package_data import resource
from spectragui.core.toml_file import TomlError, read_toml

MICROJANSKY_ZERO_POINT = 23.9  # AB magnitude of 1 uJy
MAGNITUDES_OF_E = 2.5 / np.log(10.0)  # error of a magnitude = this x error of the flux / flux
_MOST_BANDS = 500


@dataclasses.dataclass(frozen=True, eq=False)
class Band:
    """A filter.

    Attributes
    ----------
    name : str
    pivot_aa, width_aa : float
        Pivot wavelength and full width at half maximum [Angstrom].
    curve : (ndarray, ndarray) or None
        Wavelengths [Angstrom] and response to photons, 1 at its largest; None where nobody gave it.
    also : tuple of str
        Other names that catalogues give its magnitudes.
    depth : float
        AB magnitude of a faint source at 5 sigma; NaN where it is not known.
    """

    name: str
    pivot_aa: float
    width_aa: float
    curve: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    also: tuple[str, ...] = ()
    depth: float = np.nan


@dataclasses.dataclass(frozen=True, eq=False)
class BandSet:
    """The bands of a survey, in its order.

    Attributes
    ----------
    name, title : str
    bands : tuple of Band
    reference : str
        Name of the band by which brightness is told (F814W).
    source : str
        Where its numbers are from.
    """

    name: str
    bands: tuple[Band, ...]
    reference: str
    source: str
    title: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its bands."""
        return tuple(band.name for band in self.bands)

    @property
    def pivots_aa(self) -> NDArray[np.float64]:
        """Pivot wavelengths [Angstrom], shape (n_bands,)."""
        return np.array([band.pivot_aa for band in self.bands])

    @property
    def reference_index(self) -> int:
        """Index of the reference band."""
        return self.names.index(self.reference)

    def __len__(self) -> int:
        return len(self.bands)


@dataclasses.dataclass(frozen=True, eq=False)
class PhotometricTable:
    """Objects with magnitudes in the bands of one set; one row an object, in the catalogue's order.

    Attributes
    ----------
    band_set : BandSet
    ids : ndarray of str, shape (n,)
    magnitudes, errors : ndarray of float32, shape (n, n_bands)
        AB magnitudes and 1 sigma; NaN where not detected or not observed.
    limits : ndarray of float32, shape (n, n_bands)
        Where a band was looked at and nothing was detected: the magnitude of 1 sigma; else NaN.
    morphology, reference, flags : mapping of str to ndarray, shape (n,)
        Columns by role (`CATALOGUE_ROLES`): size and shape; what the catalogue says of redshift, mass, type
        ...; its flags. NaN where empty. ``log_mass`` is log10 of solar masses whatever the catalogue had.
    columns : mapping of str to ndarray, shape (n,)
        The whole catalogue, as it was read.
    units : mapping of str to str
        Units of ``columns`` that the file gives.
    file, file_sha256 : str
    mapping : object or None
        The `spectragui.io.catalogues.CatalogueMapping` that it was read with.
    remarks : tuple of str
        What was assumed, left out or converted, in sentences.
    meta : mapping
    """

    band_set: BandSet
    ids: NDArray[Any]
    magnitudes: NDArray[np.float32]
    errors: NDArray[np.float32]
    limits: NDArray[np.float32]
    morphology: Mapping[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    reference: Mapping[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    flags: Mapping[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    columns: Mapping[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    units: Mapping[str, str] = dataclasses.field(default_factory=dict)
    file: str = ""
    file_sha256: str = ""
    mapping: Any = None
    remarks: tuple[str, ...] = ()
    meta: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("magnitudes", "errors", "limits"):
            values = np.asarray(getattr(self, name), dtype=np.float32)
            if values.shape != (len(self.ids), len(self.band_set)):
                raise ValueError(f"{name} has the shape {values.shape}")
            object.__setattr__(self, name, values)
        for name in ("morphology", "reference", "flags", "columns", "units", "meta"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __len__(self) -> int:
        return len(self.ids)

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return _table_from_fields, (
            {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in fields.items()},
        )

    @property
    def detected(self) -> NDArray[np.bool_]:
        """Where there is a magnitude with an error, shape (n, n_bands)."""
        return np.isfinite(self.magnitudes) & np.isfinite(self.errors)

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Where there is a magnitude or a limit, shape (n, n_bands)."""
        return self.detected | np.isfinite(self.limits)

    @property
    def reference_magnitude(self) -> NDArray[np.float32]:
        """Magnitudes in the reference band; NaN where it has none, shape (n,)."""
        return self.magnitudes[:, self.band_set.reference_index]

    def fluxes(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return fluxes and 1 sigma [uJy], shape (n, n_bands).

        A band without a detection has the flux 0 and the sigma of its limit; one that was not observed
        has NaN in both.
        """
        flux = 10 ** (-0.4 * (self.magnitudes - np.float32(MICROJANSKY_ZERO_POINT)))
        sigma = flux * self.errors / np.float32(MAGNITUDES_OF_E)
        limit = 10 ** (-0.4 * (self.limits - np.float32(MICROJANSKY_ZERO_POINT)))
        is_limit = ~self.detected & np.isfinite(self.limits)
        flux = np.where(self.detected, flux, np.where(is_limit, 0.0, np.nan))
        sigma = np.where(self.detected, sigma, np.where(is_limit, limit, np.nan))
        return flux.astype(np.float32), sigma.astype(np.float32)

    def rows(self, index: Any) -> PhotometricTable:
        """Return some of its objects; ``index`` is a slice, a mask, an array of indices, or one index."""
        chosen = np.atleast_1d(index) if np.isscalar(index) else index
        parts: dict[str, Any] = {
            name: getattr(self, name)[chosen] for name in ("ids", "magnitudes", "errors", "limits")
        }
        for name in ("morphology", "reference", "flags", "columns"):
            parts[name] = {key: values[chosen] for key, values in getattr(self, name).items()}
        return dataclasses.replace(self, **parts)


def _table_from_fields(fields: dict[str, Any]) -> PhotometricTable:
    return PhotometricTable(**fields)


@dataclasses.dataclass(frozen=True)
class CatalogueRole:
    """What a column of a catalogue may be, beside magnitudes, errors and limit flags.

    Attributes
    ----------
    group : {"object", "morphology", "reference", "flags"}
    unit, description : str
    is_text : bool
    """

    group: str
    unit: str
    description: str
    is_text: bool = False


#: Roles beside the bands': F365W, its error e_F365W, its limit flag l_F365W.
CATALOGUE_ROLES: Mapping[str, CatalogueRole] = MappingProxyType(
    {
        "id": CatalogueRole("object", "", "name or number of the object", is_text=True),
        "ra": CatalogueRole("object", "deg", "right ascension"),
        "dec": CatalogueRole("object", "deg", "declination"),
        "area": CatalogueRole("morphology", "pix2", "isophotal area"),
        "fwhm": CatalogueRole("morphology", "pix", "full width at half maximum"),
        "stell": CatalogueRole("morphology", "", "stellarity by SExtractor, 0 to 1"),
        "ell": CatalogueRole("morphology", "", "ellipticity"),
        "rk": CatalogueRole("morphology", "", "Kron radius"),
        "rf": CatalogueRole("morphology", "pix", "radius of half the light"),
        "s2n": CatalogueRole("morphology", "", "signal-to-noise ratio of the detection"),
        "z": CatalogueRole("reference", "", "redshift that the catalogue gives"),
        "z_lower": CatalogueRole("reference", "", "lower end of the catalogue's redshift"),
        "z_upper": CatalogueRole("reference", "", "upper end of the catalogue's redshift"),
        "odds": CatalogueRole("reference", "", "odds of the catalogue's redshift"),
        "type": CatalogueRole("reference", "", "spectral type that the catalogue gives"),
        "log_mass": CatalogueRole("reference", "dex(Msun)", "log10 of the stellar mass"),
        "m_abs_b": CatalogueRole("reference", "mag", "absolute B magnitude, AB"),
        "star": CatalogueRole("reference", "", "1 = star or QSO, 0 = galaxy, by the catalogue"),
        "kind": CatalogueRole("reference", "", "galaxy, star or qso, by the catalogue", is_text=True),
        "parent_id": CatalogueRole("reference", "", "what it was simulated from"),
        "donor": CatalogueRole("reference", "", "1 = sizes of the mock were drawn from it"),
        "photoflag": CatalogueRole("flags", "", "photometric flag"),
        "satur_flag": CatalogueRole("flags", "", "saturation flag"),
        "stellar_flag": CatalogueRole("flags", "", "the survey's own statistical stellarity, 0 to 1"),
        "nfobs": CatalogueRole("flags", "", "number of bands observed"),
    }
)


def band_sets() -> tuple[str, ...]:
    """Return the names of the bundled band sets."""
    return tuple(sorted(path.stem for path in resource("bands").glob("*.toml")))


def band_set(name: str) -> BandSet:
    """Return a band set: a bundled one by its name, else a TOML file of one's own by its path.

    Raises
    ------
    SettingsError
        If there is none, or the file describes none.
    """
    if name in band_sets():
        return _bundled_set(name)
    path = Path(name)
    if path.suffix != ".toml":
        raise SettingsError(
            f"There is no band set {name!r}.",
            f"Known: {', '.join(band_sets())}; or give a file BANDS.toml as resources/bands/ has them.",
        )
    return read_band_set(path)


@functools.lru_cache(maxsize=8)
def _bundled_set(name: str) -> BandSet:
    return read_band_set(resource("bands", f"{name}.toml"))


def read_band_set(path: Path) -> BandSet:
    """Return the band set that a TOML file describes.

    Raises
    ------
    SettingsError
        If it cannot be read, or describes none.
    """
    try:
        content = read_toml(path)
    except (OSError, TomlError) as error:
        raise SettingsError(f"The band set {path.name} could not be read: {error}.", "Check it.") from error
    try:
        return _parse(content, path.stem)
    except (KeyError, TypeError, ValueError) as error:
        said = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise SettingsError(
            f"The band set {path.name} is wrong: {said}.", "Compare it with resources/bands/alhambra.toml."
        ) from error


def _parse(content: Mapping[str, Any], stem: str) -> BandSet:
    entries = content["band"]
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MOST_BANDS:
        raise ValueError(f"it needs 1 to {_MOST_BANDS} tables [[band]]")
    bands = tuple(_band(entry) for entry in entries)
    names = [band.name for band in bands]
    if len(set(names)) < len(names):
        raise ValueError("two of its bands have one name")
    reference = str(content.get("reference", names[-1]))
    if reference not in names:
        raise ValueError(f"its reference {reference!r} is none of its bands")
    name = str(content.get("name", stem))
    return BandSet(name, bands, reference, str(content.get("source", "")), str(content.get("title", name)))


def _band(entry: Mapping[str, Any]) -> Band:
    name, also = entry["name"], entry.get("also", [])
    if not isinstance(name, str) or not name or not all(isinstance(other, str) for other in also):
        raise TypeError("the name of a band is a text")
    pivot, width = float(entry["pivot_aa"]), float(entry["width_aa"])
    if not (0 < width < pivot < 1e8):
        raise ValueError(f"the band {name} has the pivot {pivot:g} and the width {width:g}")
    curve = None
    if "wave_aa" in entry:
        wave = np.array(entry["wave_aa"], dtype=np.float64)
        response = np.array(entry["transmission"], dtype=np.float64)
        if wave.ndim != 1 or wave.shape != response.shape or wave.size < 2 or not (np.diff(wave) > 0).all():
            raise ValueError(f"the curve of the band {name} is none")
        if not (np.isfinite(response).all() and response.max() > 0):
            raise ValueError(f"the curve of the band {name} has no response")
        wave.flags.writeable = response.flags.writeable = False
        curve = (wave, response)
    return Band(name, pivot, width, curve, tuple(also), float(entry.get("depth", np.nan)))
