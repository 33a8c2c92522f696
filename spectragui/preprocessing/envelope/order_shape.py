"""The shape that the orders of an echelle have in common: the blaze, seen through lines and bands.

One order alone cannot tell a broad line from its blaze; its neighbours can, since the blaze of a
grating changes slowly from order to order and lines do not stay at one place of the detector.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.kept_bytes import forgettable
from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.preprocessing.envelope.alpha_shape import roll_wheel
from spectragui.preprocessing.envelope.blocks import average_blocks
from spectragui.preprocessing.envelope.coarse_continuum import estimate_coarse_continuum
from spectragui.preprocessing.envelope.joint_blaze import joint_sinc2
from spectragui.preprocessing.envelope.order_ends import find_dim_ends
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.pixel_stage import in_angstrom
from spectragui.preprocessing.stage import StageResult
from spectragui.preprocessing.stitching.overlap_blaze import correct_by_overlaps

LONGEST_ORDER_AA = 400.0  # longer spectra are no orders, and have no blaze
PASSES = 2
SMALL_REST = 0.03  # of ln flux: less is not told from what lines do to envelopes
NEIGHBOURS = 5  # on each side
LEAST_ORDERS = 5
N_PLACES = 41
LEAST_PIXELS = 30
UNLIKE = 0.35  # median difference of logarithms from the neighbours
MOST_UNLIKE = 0.3  # of the orders: fewer are lines, bands and bad orders, more have no common shape
ORDER_RADII = 1.5  # radius of the wheel in lengths of an order
HIGH_SIGMA = 3.0
KEY = "order_shape"
OF_ENVELOPES = "order_shape_of_envelopes"  # not a grating's: beyond what was seen of an order it is a guess


def with_order_shapes(spectrum: AnySpectrum) -> AnySpectrum:
    """Return the spectrum with each order's shape, ascending in wavelength, in ``meta["order_shape"]``."""
    if isinstance(spectrum, Spectrum):
        return _with_shape(spectrum, None, True)
    shapes, is_family = _order_shapes(spectrum)
    pairs = zip(spectrum.orders, shapes, strict=True)
    orders = tuple(_with_shape(order, shape, not is_family) for order, shape in pairs)
    return spectrum.replace(orders=orders)


def without_order_shapes(result: StageResult) -> StageResult:
    """Return a stage's result without what `with_order_shapes` put in."""

    def stripped(order: Spectrum) -> Spectrum:
        return order.replace(meta={k: v for k, v in order.meta.items() if k not in (KEY, OF_ENVELOPES)})

    spectrum = result.spectrum
    if isinstance(spectrum, EchelleSpectrum):
        changed: AnySpectrum = spectrum.replace(orders=tuple(stripped(order) for order in spectrum.orders))
    else:
        changed = stripped(spectrum)
    return dataclasses.replace(result, spectrum=changed)


def order_shapes(spectrum: EchelleSpectrum) -> list[FloatArray | None]:
    """Return the smooth shape of each order, level about one; None for what is no order.

    Notes
    -----
    A sinc² fitted to all orders together (`spectragui.preprocessing.envelope.joint_blaze`), corrected by what
    neighbours say where they overlap (`overlap_blaze`), or, where they do not, times what the envelopes
    of neighbouring orders still have in common. Where the orders are no such family, the
    logarithms of their upper envelopes, over the fraction of the pixels, are fitted by straight lines
    along neighbouring orders, least absolute deviations. Orders may come in halves: then every second
    one is a neighbour, whichever makes them more alike.
    """
    return _order_shapes(spectrum)[0]


@forgettable
@functools.lru_cache(maxsize=2)
def _order_shapes(spectrum: EchelleSpectrum) -> tuple[list[FloatArray | None], bool]:
    """Return the shapes, and whether they are those of one grating."""
    places = np.linspace(0.0, 1.0, N_PLACES)
    uprights = [_upright(order) for order in spectrum.orders]
    shapes = [None if order is None else own_shape(order) for order in uprights]
    known = [index for index, shape in enumerate(shapes) if shape is not None]
    if len(known) < LEAST_ORDERS:
        return shapes, False
    envelopes = [shape for shape in shapes if shape is not None]
    family = _family(envelopes, [order for order in uprights if order is not None])
    if family is None:
        shapes = _shared(uprights, shapes, places)
        # Once more with better envelopes: the wheel's, on orders that are nearly flat by now.
        better = [_rolled(order, shape) for order, shape in zip(uprights, shapes, strict=True)]
        return _shared(uprights, better, places), False
    for index, shape in zip(known, family, strict=True):
        shapes[index] = shape
    return shapes, True


def _family(envelopes: list[FloatArray], orders: list[Spectrum]) -> list[FloatArray] | None:
    """Return a sinc² fitted to all orders, times what neighbouring orders' envelopes still have in common."""
    places = np.linspace(0.0, 1.0, N_PLACES)
    stride = _stride(np.array([_logarithm(envelope, places) for envelope in envelopes]))
    wavelengths = [order.wavelength_aa for order in orders]
    bright = [bright_pixels(order) for order in orders]
    blazes = joint_sinc2(wavelengths, envelopes, bright, stride)
    for _ in range(PASSES):
        if blazes is None:
            return None
        # Better envelopes: the wheel's, on orders that are nearly flat by now.
        rolled = [_rolled(order, blaze) for order, blaze in zip(orders, blazes, strict=True)]
        envelopes = [envelope for envelope in rolled if envelope is not None]
        blazes = joint_sinc2(wavelengths, envelopes, bright, stride)
    if blazes is None:
        return None
    if stride == 1:  # halves of orders overlap with no neighbour of their kind
        corrected = correct_by_overlaps(orders, blazes)
        if corrected is not None:
            return corrected
    rest = [envelope / blaze for envelope, blaze in zip(envelopes, blazes, strict=True)]
    shared = _along_orders(np.array([_logarithm(one, places) for one in rest]), stride)
    shared = np.sign(shared) * np.maximum(np.abs(shared) - SMALL_REST, 0.0)
    return [
        blaze * _on_pixels(wavelength, places, row)
        for blaze, wavelength, row in zip(blazes, wavelengths, shared, strict=True)
    ]


def _shared(
    orders: list[Spectrum | None], shapes: list[FloatArray | None], places: FloatArray
) -> list[FloatArray | None]:
    """Return the orders' shapes as their neighbours have them."""
    known = [index for index, shape in enumerate(shapes) if shape is not None]
    own = np.array([_logarithm(shapes[index], places) for index in known])
    shared = _along_orders(own, _stride(own))
    unlike = np.median(np.abs(own - shared), axis=1) > UNLIKE
    if np.mean(unlike) > MOST_UNLIKE:
        shared[unlike] = own[unlike]
    result: list[FloatArray | None] = [None] * len(orders)
    for index, row in zip(known, shared, strict=True):
        order = orders[index]
        assert order is not None
        result[index] = _on_pixels(order.wavelength_aa, places, row)
    return result


def _rolled(order: Spectrum | None, shape: FloatArray | None) -> FloatArray | None:
    """Return an order's envelope by a wheel on its flux over its shape."""
    if order is None or shape is None:
        return None
    sigma = order.uncertainty if order.uncertainty is not None else estimate_noise(order.flux, order.mask)
    level = shape * max(float(np.percentile(np.abs(order.flux / shape)[order.good], 90)), 1e-300)
    blocks = average_blocks(order.wavelength_aa, order.flux / level, sigma / level, bright_pixels(order))
    length = float(order.wavelength_aa[-1] - order.wavelength_aa[0])
    curve, _ = roll_wheel(order.wavelength_aa, blocks, ORDER_RADII * length, HIGH_SIGMA)
    return np.asarray(shape * np.maximum(curve, 1e-3))


def own_shape(order: Spectrum) -> FloatArray:
    """Return the smooth upper envelope of one order in ascending Angstrom, shape (n_pixels,)."""
    bright = bright_pixels(order)
    flux = np.where(bright, order.flux, 0.0)
    sigma = order.uncertainty if order.uncertainty is not None else estimate_noise(flux, ~bright)
    scale = max(float(np.median(np.abs(flux[bright]))), 1e-300) if bright.any() else 1.0
    envelope = estimate_coarse_continuum(order.wavelength_aa, flux / scale, sigma / scale, ~bright)
    return np.maximum(envelope, 1e-4 * np.max(envelope[bright]) if bright.any() else 1e-4)


def bright_pixels(order: Spectrum) -> BoolArray:
    """Return the good pixels of an order without its dim ends, shape (n_pixels,)."""
    if order.wavelength_aa[-1] - order.wavelength_aa[0] > LONGEST_ORDER_AA:
        return order.good
    bright = order.good & ~find_dim_ends(np.where(order.mask, 0.0, order.flux), order.mask)
    return bright if np.count_nonzero(bright) >= LEAST_PIXELS else order.good


def _with_shape(order: Spectrum, shape: FloatArray | None, is_of_envelopes: bool) -> Spectrum:
    return order if shape is None else order.with_meta(**{KEY: shape, OF_ENVELOPES: is_of_envelopes})


def _upright(order: Spectrum) -> Spectrum | None:
    try:
        upright = in_angstrom(order)
    except StageError:
        return None
    length = upright.wavelength_aa[-1] - upright.wavelength_aa[0]
    return upright if length < LONGEST_ORDER_AA and upright.good.sum() >= LEAST_PIXELS else None


def _logarithm(shape: FloatArray | None, places: FloatArray) -> FloatArray:
    assert shape is not None
    values = np.log(np.maximum(np.interp(places, np.linspace(0.0, 1.0, shape.size), shape), 1e-300))
    return np.asarray(values - np.median(values[N_PLACES // 4 : -N_PLACES // 4]))


def _on_pixels(wavelength_aa: FloatArray, places: FloatArray, row: FloatArray) -> FloatArray:
    from scipy.interpolate import CubicSpline

    fraction = np.linspace(0.0, 1.0, wavelength_aa.size)
    return np.asarray(np.exp(CubicSpline(places, row)(fraction)))


def _stride(own: FloatArray) -> int:
    """Return 2 where every second order is alike (halves of orders), else 1."""
    if own.shape[0] < 2 * LEAST_ORDERS:
        return 1
    unlikeness = [float(np.median(np.abs(own[stride:] - own[:-stride]))) for stride in (1, 2)]
    return 2 if unlikeness[1] < 0.6 * unlikeness[0] else 1


def _along_orders(own: FloatArray, stride: int) -> FloatArray:
    """Fit straight lines along the orders around each by least absolute deviations."""
    count = own.shape[0]
    result = np.empty_like(own)
    for index in range(count):
        near = np.arange(index % stride, count, stride)
        near = near[np.argsort(np.abs(near - index), kind="stable")[: 2 * NEIGHBOURS + 1]]
        distance = (near - index) / max(float(np.max(np.abs(near - index))), 1.0)
        values = own[near]
        weight = np.ones_like(values)
        level = np.median(values, axis=0)
        for _ in range(8):
            total = weight.sum(axis=0)
            mean_x = (weight * distance[:, None]).sum(axis=0) / total
            mean_y = (weight * values).sum(axis=0) / total
            dx, dy = distance[:, None] - mean_x, values - mean_y
            slope = (weight * dx * dy).sum(axis=0) / ((weight * np.square(dx)).sum(axis=0) + 1e-3 * total)
            level = mean_y - slope * mean_x
            weight = 1.0 / np.maximum(np.abs(values - level - slope * distance[:, None]), 0.003)
        result[index] = level
    return result
