"""`Denoiser`: the model folder of a denoiser, opened; noisy pixels to states, spectra and covariances."""

from __future__ import annotations

import dataclasses
import operator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import ModelError
from spectragui.core.kept_bytes import KeptBytes
from spectragui.core.kept_models import kept_while_unchanged
from spectragui.core.model_card import ModelCard
from spectragui.core.model_folder import ModelEntry, find_model, list_models, read_card, read_weights
from spectragui.core.weights_file import COPY_AGAIN
from spectragui.inference.denoise.alarms import Alarms, alarms_of
from spectragui.inference.denoise.basis_check import check_basis, check_error_calibration
from spectragui.inference.denoise.basis_file import MIXING, basis_of
from spectragui.networks.spectrum_basis import SpectrumBasis
from spectragui.simulation.emulator import load_emulator

if TYPE_CHECKING:
    from spectragui.networks.denoising_autoencoder import PosteriorCorrection
    from spectragui.networks.spectrum_posterior import PosteriorSolver

KIND = "denoiser"
ERROR_CALIBRATION = "error_calibration"  # tensors of the model's file
CALIBRATION_POWERS = "calibration_powers"
Floats = NDArray[np.float64]
CHUNK = 8
#: Of the bases on axes, all denoisers together, 60 to 150 MB each: a night's, and that of what is beside it.
MOST_SOLVER_BYTES = 320 << 20
SINGLE = (1e-10, 1e10)  # fluxes whose covariances single precision holds

_solvers: KeptBytes[PosteriorSolver] = KeptBytes(MOST_SOLVER_BYTES, operator.attrgetter("n_bytes"))


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """The denoised spectra of one axis; rows are spectra.

    Attributes
    ----------
    flux, level : ndarray, shape (n, n_pixels)
        Denoised flux and its continuum, in the units of the input.
    factor : ndarray, shape (n, n_pixels, k)
        factor @ factor.T is the covariance of ``flux``.
    shift_kms, e_shift_kms : ndarray, shape (n,)
        c ln(lambda / lambda_rest).
    velocity_gain : ndarray, shape (n,)
        By how much chi2 is smaller than at the second best velocity.
    surprise : ndarray, shape (n,)
        Mean square of the components' distance from the stars trained on; 1 is as expected.
    leverage : ndarray, shape (n, n_pixels)
        Part of a pixel's own noise that is left in its denoised flux.
    error_scale : ndarray, shape (n,)
        By what the calibration multiplied the errors: ``factor / error_scale`` is the noise's alone.
    resolving_power : float
        Of the components that were fitted; 0 = that of the model, which serves no other.
    """

    flux: Floats
    level: Floats
    factor: NDArray[np.floating]
    shift_kms: Floats
    e_shift_kms: Floats
    velocity_gain: Floats
    surprise: Floats
    leverage: Floats
    error_scale: Floats
    resolving_power: float = 0.0


class Denoiser:
    """A denoiser, read once.

    Parameters
    ----------
    folder : pathlib.Path
    card : ModelCard
    basis : SpectrumBasis
    correction : PosteriorCorrection or None
        Network that knows what the Gaussian prior does not.
    device : str
    error_calibration : ndarray, shape (2, n_knots) or (n_powers, 2, n_knots), optional
        ln of a spectrum's median relative error, ascending, and ln of what its errors are multiplied with;
        for each of ``calibration_powers`` where there are such.
    calibration_powers : ndarray, shape (n_powers,), optional
        Resolving powers, ascending.
    """

    def __init__(
        self,
        folder: Path,
        card: ModelCard,
        basis: SpectrumBasis,
        correction: PosteriorCorrection | None,
        device: str = "cpu",
        error_calibration: Floats | None = None,
        calibration_powers: Floats | None = None,
    ) -> None:
        self.folder, self.card, self.basis, self.device = folder, card, basis, device
        self.error_calibration, self.calibration_powers = error_calibration, calibration_powers
        self.correction = correction
        self.alarms = alarms_of(card)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Denoiser:
        """Read a model folder.

        Raises
        ------
        ModelError
            If it is damaged, or no denoiser.
        """
        card = read_card(folder)
        if card.kind != KIND:
            raise ModelError(
                f"The model {card.name} is of the kind {card.kind!r}: it does not denoise.",
                f"Choose: {', '.join(entry.card.name for entry in denoiser_models())}.",
            )
        tensors = read_weights(folder, card)
        try:
            emulator = load_emulator(card.companions.emulator) if MIXING in tensors else None
            basis = basis_of(tensors, emulator, float(card.network.get("resolving_power", 0.0)))
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(
                f"The tensors of the denoiser {card.name} do not fit together.", COPY_AGAIN
            ) from error
        check_basis(basis, card)
        from spectragui.networks.denoising_autoencoder import correction_of

        known, powers = (
            None if name not in tensors else tensors[name].astype(np.float64)
            for name in (ERROR_CALIBRATION, CALIBRATION_POWERS)
        )
        if known is not None:
            check_error_calibration(known, card.name, powers)
        correction = correction_of(tensors, device, basis.n_lines + basis.n_level)
        return cls(folder, card, basis, correction, device, known, powers)

    @property
    def window_aa(self) -> tuple[float, float]:
        """Pixels that it denoises [Angstrom, vacuum, frame of the spectrum]."""
        return float(self.basis.level_aa[0]), float(self.basis.level_aa[-1])

    @property
    def own_power(self) -> float:
        """Resolving power of its components, which it can broaden; 0 = it serves no other one."""
        return float(self.card.network.get("resolving_power", 0.0))

    def alarms_at(self, resolving_power: float = 0.0, snr: float = 0.0) -> Alarms:
        """Return the limits for spectra of a resolving power (0 = that of its components) and S/N."""
        return alarms_of(self.card, resolving_power or self.own_power, snr)

    def basis_at(self, resolving_power: float = 0.0) -> SpectrumBasis:
        """Return the basis as spectra of a resolving power have it; 0 = that of its components."""
        return self.basis.at_resolution(
            self.own_power, min(resolving_power or self.own_power, self.own_power)
        )

    def solver(
        self, wavelength_aa: ArrayLike, free_level: float = 0.0, resolving_power: float = 0.0
    ) -> PosteriorSolver:
        """Return the basis on an axis (vacuum, ascending); those used last are kept."""
        from spectragui.networks.spectrum_posterior import PosteriorSolver

        wavelength = np.ascontiguousarray(wavelength_aa, dtype=np.float64)
        power = min(resolving_power or self.own_power, self.own_power)
        key = (self, wavelength.tobytes(), free_level, power)
        return _solvers.get(
            key, lambda: PosteriorSolver(self.basis_at(power), wavelength, self.device, free_level)
        )

    def estimate(
        self,
        wavelength_aa: ArrayLike,
        flux: ArrayLike,
        sigma: ArrayLike,
        shift_kms: ArrayLike | None = None,
        free_level: float = 0.0,
        *,
        resolving_power: float = 0.0,
        with_factor: bool = True,
    ) -> Estimate:
        """Denoise spectra of one axis.

        Parameters
        ----------
        wavelength_aa : array_like, shape (n_pixels,), Angstrom, vacuum, ascending
        flux, sigma : array_like, shape (n, n_pixels)
            Per frequency, any scale; sigma infinite where a pixel is masked.
        shift_kms : array_like, shape (n,), optional
            c ln(lambda / lambda_rest) where the velocity is known.
        free_level : float
            Width of the prior of an additional smooth factor: for flux that is not calibrated.
        resolving_power : float
            Of the spectra, where the model serves several; 0 = that of its components.
        with_factor : bool
            False = no covariances (their arrays have no columns).
        """
        import torch

        solver = self.solver(wavelength_aa, free_level, resolving_power)
        values = np.atleast_2d(np.asarray(flux, dtype=np.float64))
        errors = np.atleast_2d(np.asarray(sigma, dtype=np.float64))
        scaled, inverse_variances, scale = _of_unit_size(values, errors)
        pixels = torch.as_tensor(scaled, device=self.device)
        weights = torch.as_tensor(inverse_variances, device=self.device)
        with torch.no_grad():
            posterior = solver.solve(pixels, weights, shift_kms)
            corrected = posterior
            if self.correction is not None:
                arrays = posterior.state, posterior.covariance, weights, solver
                state, covariance = self.correction.corrected(*arrays)
                corrected = dataclasses.replace(posterior, state=state, covariance=covariance)
            power = min(resolving_power or self.own_power, self.own_power)
            return self._estimate(solver, posterior, corrected, weights, scale, power, with_factor)

    def _estimate(
        self,
        solver: Any,
        posterior: Any,
        corrected: Any,
        weights: Any,
        scale: Floats,
        resolving_power: float,
        with_factor: bool,
    ) -> Estimate:
        import torch

        state, covariance = corrected.state, corrected.covariance
        n_z = self.basis.n_lines + self.basis.n_level
        n, n_pixels = len(state), weights.shape[1]
        k = state.shape[1] if with_factor else 0
        flux, level = np.empty((n, n_pixels)), np.empty((n, n_pixels))
        # Large arrays are filled in pieces that stay in the processor's cache.
        factor, leverage = np.empty((n, n_pixels, k), np.float32), np.zeros((n, n_pixels))
        moved = self.correction is not None
        root = plain = torch.empty(0)
        if with_factor:
            root = torch.linalg.cholesky(covariance).float()
            plain = torch.linalg.cholesky(posterior.covariance).float() if moved else root
        for start in range(0, n, CHUNK):
            rows = slice(start, start + CHUNK)
            flux[rows] = (solver.flux(state[rows]) if moved else posterior.flux[rows]).cpu().numpy()
            level[rows] = (solver.continuum(state[rows]) if moved else posterior.level[rows]).cpu().numpy()
            if with_factor:
                columns = solver.factors(state[rows], root[rows])
                own = solver.factors(state[rows], plain[rows]) if moved else columns
                factor[rows] = columns.cpu().numpy()
                leverage[rows] = (own.square().sum(dim=2) * weights[rows]).cpu().numpy()
        error_scale = self._error_scale(flux, factor, resolving_power)
        flux *= scale
        level *= scale
        return Estimate(
            flux,
            level,
            _scaled(factor, scale[:, 0] * error_scale),
            state[:, -1].double().cpu().numpy(),
            covariance[:, -1, -1].sqrt().cpu().numpy() * error_scale,
            posterior.velocity_gain.double().cpu().numpy(),
            posterior.state[:, :n_z].square().mean(dim=1).double().cpu().numpy(),
            leverage,
            error_scale,
            resolving_power,
        )

    def _error_scale(self, flux: Floats, factor: NDArray[np.float32], resolving_power: float) -> Floats:
        """Return by what the errors of spectra are multiplied so that they hold, shape (n,)."""
        if self.error_calibration is None or not factor.shape[2]:
            return np.ones(len(flux))
        relative = relative_error(flux, factor)
        return error_scale(self.error_calibration, relative, self.calibration_powers, resolving_power)


def _of_unit_size(values: Floats, errors: Floats) -> tuple[NDArray[Any], NDArray[Any], Floats]:
    """Return fluxes over their scale, inverse variances (0 = masked), and the scales, shape (n, 1)."""
    pixels, weights = np.empty(values.shape, np.float32), np.empty(values.shape, np.float32)
    scale = np.empty((len(values), 1))
    for row, (flux, sigma) in enumerate(zip(values, errors, strict=True)):
        good = np.isfinite(flux) & np.isfinite(sigma) & (sigma > 0)
        if not good.all():
            flux, sigma = np.where(good, flux, 0.0), np.where(good, sigma, np.inf)
        scale[row] = _size(flux[good], sigma[good])
        pixels[row], weights[row] = flux / scale[row], np.square(scale[row] / sigma)
    return pixels, weights, scale


def _size(flux: Floats, sigma: Floats) -> float:
    """Return the median of fluxes; where it is none, the size of their weighted mean."""
    size = float(np.median(flux)) if flux.size else 1.0
    if not size > 0:
        size = abs(float(np.sum(flux / sigma**2) / np.sum(sigma**-2.0))) if flux.size else 1.0
    return size if size > 0 else 1.0


def _scaled(factor: NDArray[np.float32], scale: Floats) -> NDArray[np.floating]:
    """Return factors times a scale of each spectrum, in double precision where squares would be too small."""
    if scale.min() < SINGLE[0] or scale.max() > SINGLE[1]:
        return np.asarray(factor.astype(np.float64) * scale[:, None, None])
    factor *= scale[:, None, None].astype(np.float32)
    return factor


def relative_error(flux: Floats, factor: NDArray[np.float32]) -> Floats:
    """Return the median over pixels of the relative error of spectra, shape (n,)."""
    sigma = np.sqrt(np.einsum("npk,npk->np", factor, factor))
    return np.asarray(np.median(sigma / np.abs(flux), axis=1))


def error_scale(
    calibration: Floats, relative: Floats, powers: Floats | None = None, resolving_power: float = 0.0
) -> Floats:
    """Return what a calibration multiplies errors with, shape (n,).

    Parameters
    ----------
    calibration : ndarray, shape (2, n_knots) or (n_powers, 2, n_knots)
    relative : ndarray, shape (n,)
        Median relative errors that are expected.
    powers : ndarray, shape (n_powers,), optional
    resolving_power : float
        Between two of them the factors are interpolated, in logarithms.
    """
    logarithm = np.log(np.maximum(relative, 1e-12))
    if calibration.ndim == 2 or powers is None:
        return np.exp(np.interp(logarithm, *calibration))
    each = np.stack([np.interp(logarithm, *one) for one in calibration])
    place = float(np.interp(np.log(max(resolving_power, 1.0)), np.log(powers), np.arange(len(powers))))
    low = int(place)
    high, part = min(low + 1, len(powers) - 1), place - low
    return np.asarray(np.exp((1.0 - part) * each[low] + part * each[high]))


def denoiser_models() -> list[ModelEntry]:
    """Return the denoisers that are installed."""
    return [entry for entry in list_models() if entry.card.kind == KIND]


@kept_while_unchanged(4)
def _opened(folder: Path, device: str) -> Denoiser:
    return Denoiser.load(folder, device)


def open_denoiser(name: str, device: str = "cpu") -> Denoiser:
    """Open a denoiser by its name or folder, once a process.

    Raises
    ------
    ModelError
        If there is none, it is damaged, or no denoiser.
    """
    return _opened(find_model(name), device)
