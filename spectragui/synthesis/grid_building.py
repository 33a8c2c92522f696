"""`spectragui grid build`: a training grid of synthetic spectra, resumable, in one ``.npz``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import ReadError, SettingsError, first_sentence
from spectragui.core.labels import STAR_LABELS
from spectragui.core.npz_file import NpzError, read_npz
from spectragui.core.parameters import check_parameters, param
from spectragui.core.progress import Progress, no_progress
from spectragui.core.regular_file import read_text
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.toml_file import TomlError, parse_toml
from spectragui.synthesis.atmospheres import AtmosphereGrid
from spectragui.synthesis.pysme_synthesis import read_line_list, synthesize

FLUX_SCALE = 50000.0  # normalised flux is stored as uint16 / FLUX_SCALE
N_CONTINUUM_KNOTS = 40


@dataclasses.dataclass(frozen=True)
class GridConfig:
    """What a grid holds and what it is computed from.

    Paths are relative to the configuration file. Labels are drawn uniformly in the box, where the
    atmosphere grid has models.
    """

    line_list: str = param("", label="Line list", help="FITS table of lines")
    atmospheres: str = param("", label="Atmospheres", help="grid of model atmospheres, .npz")
    output: str = param("grid.npz", label="Output", help="the grid that is written")
    n_spectra: int = param(100, label="Spectra", help="how many to compute", minimum=1)
    seed: int = param(0, label="Seed", help="of the labels drawn", minimum=0)
    start_aa: float = param(
        4439.0, label="Start", unit="Angstrom", help="first wavelength, air", minimum=1000.0
    )
    stop_aa: float = param(5411.0, label="Stop", unit="Angstrom", help="last wavelength, air", minimum=1000.0)
    step_kms: float = param(
        1.2, label="Step", unit="km/s", help="constant pixel step", minimum=0.1, maximum=50.0
    )
    teff: tuple[float, float] = (3900.0, 9750.0)
    logg: tuple[float, float] = (0.5, 5.0)
    m_h: tuple[float, float] = (-2.5, 0.5)
    alpha_m: tuple[float, float] = (-0.1, 0.5)
    vmic: tuple[float, float] = (0.0, 4.0)
    checkpoint_every: int = param(10, label="Save every", help="spectra between two saves", minimum=1)


def read_grid_config(path: Path) -> GridConfig:
    """Read a grid configuration (TOML); its relative paths become absolute.

    Raises
    ------
    ReadError, SettingsError
        If the file is missing or no TOML, or holds an unknown key or a value out of limits.
    """
    try:
        values: dict[str, Any] = parse_toml(read_text(path))
    except (OSError, UnicodeDecodeError, TomlError) as error:
        raise ReadError(
            f"{path.name} could not be read: {first_sentence(error)}.", "It must be a TOML file."
        ) from error
    fields = {field.name for field in dataclasses.fields(GridConfig)}
    unknown = sorted(set(values) - fields)
    if unknown:
        raise SettingsError(
            f"{path.name}: {unknown[0]!r} is not a key of a grid.", f"Known: {', '.join(sorted(fields))}."
        )
    for name in STAR_LABELS:
        if name in values:
            values[name] = _range_of(path, name, values[name])
    for name in ("line_list", "atmospheres", "output"):
        if values.get(name):
            values[name] = str((path.parent / Path(values[name]).expanduser()).resolve())
    config = GridConfig(**values)
    check_parameters(config)
    return config


def _range_of(path: Path, name: str, value: Any) -> tuple[float, float]:
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(v, (int, float)) for v in value)):
        raise SettingsError(f"{path.name}: {name} must be two numbers, [low, high].")
    low, high = float(value[0]), float(value[1])
    if low > high:
        raise SettingsError(f"{path.name}: the range of {name} is upside down ({low:g} > {high:g}).")
    return low, high


def log_wavelengths(start_aa: float, stop_aa: float, step_kms: float) -> NDArray[np.float64]:
    """Return wavelengths [Angstrom] of constant velocity step, shape (n_pixels,)."""
    step = step_kms / SPEED_OF_LIGHT_KMS
    n_pixels = int(np.log(stop_aa / start_aa) / step) + 1
    return np.asarray(start_aa * np.exp(step * np.arange(n_pixels)))


def draw_labels(config: GridConfig, atmospheres: AtmosphereGrid) -> NDArray[np.float64]:
    """Draw labels uniformly in the box, where atmospheres exist, shape (n_spectra, 5).

    Raises
    ------
    SettingsError
        If hardly any point of the box has a model atmosphere.
    """
    generator = np.random.default_rng(config.seed)
    low, high = np.transpose([getattr(config, name) for name in STAR_LABELS])
    drawn: list[NDArray[np.float64]] = []
    for _ in range(1000 * config.n_spectra):
        point = generator.uniform(low, high)
        if atmospheres.contains(*point[:3]):
            drawn.append(point)
            if len(drawn) == config.n_spectra:
                return np.asarray(drawn)
    raise SettingsError(
        "The atmosphere grid has hardly any model in the label box.", "Widen or move the box."
    )


def build_grid(config: GridConfig, progress: Progress = no_progress) -> Path:
    """Compute the spectra of a grid, save as it goes, and go on where an earlier run ended.

    Returns
    -------
    Path
        The ``.npz``: wave, flux (uint16, normalised flux = flux / 50000), cont at wave[cont_index],
        labels, label_names, dv; the layout of the training grids.

    Raises
    ------
    ReadError, SettingsError, SpectraGUIError
        Bad inputs; PySME not installed.
    """
    atmospheres = AtmosphereGrid.load(Path(config.atmospheres))
    labels = draw_labels(config, atmospheres)
    wavelength = log_wavelengths(config.start_aa, config.stop_aa, config.step_kms)
    knots = np.linspace(0, wavelength.size - 1, N_CONTINUUM_KNOTS).astype(np.int64)
    output = Path(config.output)
    flux, continuum = _resume(output, labels, wavelength.size)
    line_list = read_line_list(Path(config.line_list))
    for i in range(len(flux), config.n_spectra):
        progress(i / config.n_spectra, f"spectrum {i + 1} of {config.n_spectra}")
        point = dict(zip(STAR_LABELS, labels[i].tolist(), strict=True))
        atmosphere = atmospheres.interpolate(*labels[i, :3])
        spectrum, level = synthesize(wavelength, line_list, atmosphere, point)
        flux.append(np.round(np.clip(spectrum, 0.0, 1.3) * FLUX_SCALE).astype(np.uint16))
        continuum.append(level[knots].astype(np.float32))
        if (i + 1) % config.checkpoint_every == 0 or i + 1 == config.n_spectra:
            _save(output, wavelength, knots, labels[: i + 1], flux, continuum, config.step_kms)
    progress(1.0, "grid complete")
    return output


def _resume(
    output: Path, labels: NDArray[np.float64], n_pixels: int
) -> tuple[list[NDArray[np.uint16]], list[NDArray[np.float32]]]:
    if not output.exists():
        return [], []
    try:
        file = read_npz(output, ("labels", "flux", "cont"))
    except (OSError, NpzError) as error:
        raise SettingsError(
            f"{output.name} is in the way, and is no grid: {first_sentence(error)}.",
            "Choose another output, or move it away.",
        ) from error
    done, flux = np.asarray(file["labels"], dtype=np.float64), file["flux"]
    is_same = flux.ndim == 2 and flux.shape[1] == n_pixels
    is_same = is_same and done.ndim == 2 and done.shape[1] == labels.shape[1] and len(done) <= len(labels)
    if not is_same or not np.allclose(done, labels[: len(done)], rtol=1e-5, atol=1e-5):
        raise SettingsError(
            f"{output.name} exists and was built with other settings.",
            "Choose another output, or move it away.",
        )
    return list(flux.astype(np.uint16)), list(file["cont"].astype(np.float32))


def _save(
    output: Path,
    wavelength: NDArray[np.float64],
    knots: NDArray[np.int64],
    labels: NDArray[np.float64],
    flux: list[NDArray[np.uint16]],
    continuum: list[NDArray[np.float32]],
    step_kms: float,
) -> None:
    with atomic_path(output) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            wave=wavelength,
            flux=np.asarray(flux),
            cont=np.asarray(continuum),
            cont_index=knots,
            labels=labels.astype(np.float32),
            label_names=np.array(STAR_LABELS),
            dv=np.float64(step_kms),
        )
