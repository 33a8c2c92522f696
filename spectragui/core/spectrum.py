"""`Spectrum` and `EchelleSpectrum`: immutable values that readers make and stages transform.

Keys of ``meta`` that other parts rely on (all optional):

``file`` (path as text), ``object``, ``instrument``, ``reader`` (its registered name),
``resolving_power`` (float) and ``resolving_power_source``, ``v_rad_kms`` and ``v_rad_source``,
``uncertainty_source``, ``header`` (list of (keyword, value, comment)), ``order`` (number of an
order), ``normalised`` (True where the file says so), ``simulated`` (True) and ``simulated_source`` (what
says so), ``has_blaze`` (whether the orders still hold their blaze; missing where nothing says it),
``labels`` (of a simulated spectrum), ``notes`` (tuple of sentences: what was repaired or assumed),
``history`` (tuple of lines: the stages applied, oldest first), ``chain_hash``, ``order_length_aa`` (of a
stitched spectrum: median length of its orders), ``name``; of orders ``blaze`` (their response, an array
of the order's pixels; where ``has_blaze`` is False the reader has divided by it), ``blaze_source`` (where
it is from, in words), ``blaze_kind`` ("file", "companion"); ``denoised`` (model and version: the flux is a
network's, see `spectragui.core.denoised`) and of its orders ``correlation`` (array of the shape (n_pixels,
n_components): the errors of two pixels are correlated by the product of their rows).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import SpectralAxis, read_only

#: What ``meta`` says of an order's blaze.
BLAZE_KEYS = ("blaze", "blaze_source", "blaze_kind")
#: What ``meta`` of an order says where its flux is one divided by another: a number without unit.
RATIO = "is_ratio"
#: What ``meta`` says of errors that pixels have in common.
CORRELATION = "correlation"
#: Arrays in ``meta`` with a row for each pixel, and the keys that are nothing without them.
PIXEL_ARRAYS = {"blaze": BLAZE_KEYS, CORRELATION: (CORRELATION,)}


def _frozen(meta: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(meta))


def _is_same_meta(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    for key in PIXEL_ARRAYS:
        if (key in one) != (key in other):
            return False
        if key in one and not np.array_equal(one[key], other[key], equal_nan=True):
            return False
    rest = [{k: v for k, v in meta.items() if k not in PIXEL_ARRAYS} for meta in (one, other)]
    return rest[0] == rest[1]


def meta_at(meta: Mapping[str, Any], pixels: Any) -> Mapping[str, Any]:
    """Return ``meta`` with its arrays at some pixels: a slice, a boolean or an index array."""
    found = {key: read_only(meta[key][pixels]) for key in PIXEL_ARRAYS if meta.get(key) is not None}
    return {**meta, **found} if found else meta


@dataclasses.dataclass(frozen=True, eq=False)
class Spectrum:
    """Flux against a spectral axis, with uncertainty and mask.

    Attributes
    ----------
    spectral_axis : SpectralAxis, n_pixels long
    flux : ndarray, shape (n_pixels,), in ``flux_unit``
        float64, read-only; may hold NaN, which always is masked.
    uncertainty : ndarray, shape (n_pixels,), or None
        1 sigma in ``flux_unit``; None where the file gives none.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore the pixel.
    flux_unit : str
        astropy unit text, empty = dimensionless or unknown.
    meta : mapping
        See the module docstring.
    """

    spectral_axis: SpectralAxis
    flux: NDArray[np.float64]
    uncertainty: NDArray[np.float64] | None = None
    mask: NDArray[np.bool_] = None  # type: ignore[assignment]  # None may be given, and never is kept
    flux_unit: str = ""
    meta: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        flux = read_only(self.flux)
        mask = np.zeros(flux.shape, dtype=bool) if self.mask is None else np.array(self.mask, dtype=bool)
        sigma = None if self.uncertainty is None else read_only(self.uncertainty)
        shape = (len(self.spectral_axis),)
        for name, array in (("flux", flux), ("uncertainty", sigma), ("mask", mask)):
            if array is not None and array.shape != shape:
                raise UnitError(f"The {name} has the shape {array.shape}, the spectral axis {shape}.")
        mask |= ~np.isfinite(flux)
        if sigma is not None:
            mask |= ~(np.isfinite(sigma) & (sigma > 0))
        object.__setattr__(self, "flux", flux)
        object.__setattr__(self, "uncertainty", sigma)
        object.__setattr__(self, "mask", read_only(mask, bool))
        meta = dict(self.meta)
        for key, keys in PIXEL_ARRAYS.items():
            if key in meta and np.shape(meta[key])[:1] != shape:
                meta = {k: v for k, v in meta.items() if k not in keys}  # of other pixels
        object.__setattr__(self, "meta", _frozen(meta))

    def __len__(self) -> int:
        return self.flux.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spectrum):
            return NotImplemented
        if (self.uncertainty is None) != (other.uncertainty is None):
            return False
        same = self.spectral_axis == other.spectral_axis and self.flux_unit == other.flux_unit
        same = same and np.array_equal(self.flux, other.flux, equal_nan=True)
        same = same and np.array_equal(self.good, other.good) and _is_same_meta(self.meta, other.meta)
        if self.uncertainty is not None and other.uncertainty is not None:
            same = same and np.array_equal(self.uncertainty, other.uncertainty, equal_nan=True)
        return bool(same)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # A mappingproxy cannot be pickled; spectra cross process borders in batches.
        values = (self.spectral_axis, self.flux, self.uncertainty, self.mask, self.flux_unit, dict(self.meta))
        return type(self), values

    @property
    def wavelength_aa(self) -> NDArray[np.float64]:
        """Wavelength [Angstrom] in the axis' own medium and frame, shape (n_pixels,)."""
        return self.spectral_axis.wavelength_aa

    @property
    def good(self) -> NDArray[np.bool_]:
        """Pixels that count, shape (n_pixels,): the opposite of the mask."""
        return ~self.mask

    @property
    def name(self) -> str:
        """What to call the spectrum on screen: its name, its object, or its file."""
        for key in ("name", "object", "file"):
            if self.meta.get(key):
                return str(self.meta[key])
        return "spectrum"

    def replace(self, **changes: Any) -> Spectrum:
        """Return a copy with some attributes changed."""
        return dataclasses.replace(self, **changes)

    def with_meta(self, **entries: Any) -> Spectrum:
        """Return a copy with entries added to (or changed in) ``meta``."""
        return self.replace(meta={**self.meta, **entries})

    def in_angstrom(self) -> Spectrum:
        """Return the spectrum against wavelength in Angstrom, ascending, whatever its unit was."""
        axis = self.spectral_axis
        if axis.unit == "Angstrom":
            return self
        wavelength = axis.wavelength_aa
        order = slice(None) if wavelength[0] < wavelength[-1] else slice(None, None, -1)
        new_axis = axis.replace(
            values=wavelength[order], unit="Angstrom", unit_source=f"converted from {axis.unit}"
        )
        sigma = None if self.uncertainty is None else self.uncertainty[order]
        return self.replace(
            spectral_axis=new_axis,
            flux=self.flux[order],
            uncertainty=sigma,
            mask=self.mask[order],
            meta=meta_at(self.meta, order),
        )

    def select(self, pixels: Any) -> Spectrum:
        """Return the spectrum of some pixels: a slice, a boolean or an ascending index array."""
        axis = self.spectral_axis.replace(values=self.spectral_axis.values[pixels])
        sigma = None if self.uncertainty is None else self.uncertainty[pixels]
        return self.replace(
            spectral_axis=axis,
            flux=self.flux[pixels],
            uncertainty=sigma,
            mask=self.mask[pixels],
            meta=meta_at(self.meta, pixels),
        )

    def without_correlation(self) -> Spectrum:
        """Return a copy that says nothing of common errors: its fluxes were mixed since."""
        if CORRELATION not in self.meta:
            return self
        return self.replace(meta={k: v for k, v in self.meta.items() if k != CORRELATION})

    def without_blaze(self) -> Spectrum:
        """Return a copy that says nothing of a blaze: it is out of the flux, or of other pixels."""
        return self.replace(meta={k: v for k, v in self.meta.items() if k not in BLAZE_KEYS})


@dataclasses.dataclass(frozen=True, eq=False)
class EchelleSpectrum:
    """The orders (or arms) of one observation, in ascending wavelength.

    Attributes
    ----------
    orders : tuple of Spectrum
        May overlap, may differ in length.
    meta : mapping
        What holds for all orders (see the module docstring).
    """

    orders: tuple[Spectrum, ...]
    meta: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.orders:
            raise UnitError("An echelle spectrum needs at least one order.")
        starts = [float(np.min(order.wavelength_aa)) for order in self.orders]
        ordered = tuple(self.orders[i] for i in np.argsort(starts, kind="stable"))
        object.__setattr__(self, "orders", ordered)
        object.__setattr__(self, "meta", _frozen(self.meta))

    def __len__(self) -> int:
        return len(self.orders)

    def __iter__(self) -> Iterator[Spectrum]:
        return iter(self.orders)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.orders, dict(self.meta))

    @property
    def n_pixels(self) -> int:
        """Pixels in all orders together."""
        return sum(len(order) for order in self.orders)

    @property
    def name(self) -> str:
        """What to call the spectrum on screen: its name, its object, or its file."""
        for key in ("name", "object", "file"):
            if self.meta.get(key):
                return str(self.meta[key])
        return self.orders[0].name

    def replace(self, **changes: Any) -> EchelleSpectrum:
        """Return a copy with some attributes changed."""
        return dataclasses.replace(self, **changes)

    def with_meta(self, **entries: Any) -> EchelleSpectrum:
        """Return a copy with entries added to (or changed in) ``meta``."""
        return self.replace(meta={**self.meta, **entries})


AnySpectrum = Spectrum | EchelleSpectrum


def orders_of(spectrum: AnySpectrum) -> tuple[Spectrum, ...]:
    """Return the orders of an echelle spectrum, or the one spectrum as a tuple."""
    return spectrum.orders if isinstance(spectrum, EchelleSpectrum) else (spectrum,)


def order_name(order: Spectrum, number: int) -> str:
    """Return what an order is called: by its number in the file, else by its place."""
    label = order.meta.get("order", order.meta.get("arm"))
    if label is None:
        return f"order {number + 1}"
    return f"order {label}" if str(label).isdigit() else str(label)
