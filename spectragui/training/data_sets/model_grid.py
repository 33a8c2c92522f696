"""A grid of model files (PHOENIX-ACES, BT-Settl, plain) as a data set, seen as an instrument would see it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from spectragui.core.errors import SpectraGUIError, TrainingError, first_sentence
from spectragui.core.labels import PARAMETER_LABELS, LabelSet
from spectragui.core.numerics import average_even_grid, log_grid, pixel_edges
from spectragui.core.parameters import param
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.io import read_files
from spectragui.simulation.broadening import broaden
from spectragui.training.data_sets.build_data_set import DataPlan
from spectragui.training.data_sets.data_check import DataCheck, Problem
from spectragui.training.data_sets.label_table import LabelTable
from spectragui.training.data_sets.made_spectra import MadeSpectrum, build_made_set

PIXELS_PER_FWHM = 2.5
_LEAST_PIXELS = 64
_ENDINGS = (".fits", ".fits.gz", ".fit", ".spec.7", ".7", ".txt", ".dat", ".csv", ".ecsv", ".vot", ".xml")
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
# Usual names; the hyphen before log g of PHOENIX's is no sign.
_USUAL = (
    re.compile(
        r"lte(?P<teff>\d{4,5})-(?P<logg>\d\.\d+)(?P<m_h>[+-]\d\.\d)(?:\.Alpha=(?P<alpha_m>[+-]\d\.\d+))?"
    ),
    re.compile(
        r"lte(?P<teff>\d{3}(?:\.\d)?)-(?P<logg>\d\.\d+)(?P<m_h>[+-]\d\.\d+)(?:a(?P<alpha_m>[+-]\d\.\d+))?"
    ),
)


@dataclasses.dataclass(frozen=True)
class ModelGridSettings:
    """How labels of model files are found, and as what instrument would see them."""

    pattern: str = param(
        "", label="File names",
        help="Labels in the names: t{teff}g{logg}.txt, * for anything; empty = headers, and usual names.",
    )  # fmt: skip
    resolving_power: float = param(
        50_000.0, label="Resolving power", minimum=1000.0, maximum=1e6,
        help="To which the models are broadened; they must be sharper.",
    )  # fmt: skip
    snr: float = param(
        100.0, label="S/N", minimum=0.0, maximum=2000.0, help="Noise a pixel that is added; 0 = none."
    )
    seed: int = param(1, label="Seed of the noise", minimum=0, help="Of the noise.")


def labels_from_name(name: str, pattern: str = "") -> dict[str, float]:
    """Return the labels in a file's name; empty where it does not follow the pattern.

    Parameters
    ----------
    name : str
    pattern : str
        With {teff}, {logg}, {m_h}, {alpha_m}, {vmic} or {vsini} where numbers stand, * for anything; empty =
        the usual names of PHOENIX-ACES and BT-Settl.

    Raises
    ------
    TrainingError
        If the pattern names no label, or one that is not known.
    """
    if not pattern:
        for usual in _USUAL:
            if (found := usual.match(name)) is not None:
                labels = {key: float(value) for key, value in found.groupdict().items() if value is not None}
                if labels["teff"] < 1000.0:  # in units of 100 K
                    labels["teff"] *= 100.0
                return labels
        return {}
    match = _compiled(pattern).fullmatch(name)
    return {key: float(value) for key, value in match.groupdict().items()} if match is not None else {}


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", pattern)
    names = parts[1::2]
    unknown = [name for name in names if name not in PARAMETER_LABELS]
    if unknown or not names or len(set(names)) != len(names):
        what = f"names {unknown[0]!r}, which is no label" if unknown else "names no label, or one twice"
        raise TrainingError(
            f"The pattern {pattern!r} {what}.", f"Write {{teff}} and the like: {', '.join(PARAMETER_LABELS)}."
        )
    words = [
        f"(?P<{part}>{_NUMBER})" if number % 2 else ".*?".join(map(re.escape, part.split("*")))
        for number, part in enumerate(parts)
    ]
    return re.compile("".join(words))


def model_files(folder: Path) -> list[Path]:
    """Return the files of a grid; those of wavelengths are read with the others.

    Raises
    ------
    TrainingError
        If there is none.
    """
    if not folder.is_dir():
        raise TrainingError(f"There is no folder {folder}.", "Choose the folder of the models.")
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file()
        and path.name.lower().endswith(_ENDINGS)
        and not path.name.upper().startswith("WAVE")
    ]
    if not found:
        raise TrainingError(
            f"The folder {folder} has no model spectra.", f"They end in {', '.join(_ENDINGS)}."
        )
    return found


class GridReader:
    """Read the models of a grid one after the other; what cannot be used is kept with the reason.

    Parameters
    ----------
    files : list of pathlib.Path
    settings : ModelGridSettings
    window_aa : (float, float), Angstrom, vacuum
        That is cut out, with a margin.
    table : LabelTable, optional
        Gives the labels by file name, instead of names and headers.
    """

    def __init__(
        self,
        files: list[Path],
        settings: ModelGridSettings,
        window_aa: tuple[float, float],
        table: LabelTable | None = None,
    ) -> None:
        self.files, self.settings, self.window_aa = files, settings, window_aa
        self.problems: dict[str, list[str]] = {}
        self._told: dict[str, dict[str, float]] = {}
        if table is not None:
            for file, row in zip(table.files, table.labels.tolist(), strict=True):
                known = {n: v for n, v in zip(table.label_names, row, strict=True) if np.isfinite(v)}
                self._told[Path(file).name] = known

    def __iter__(self) -> Iterator[MadeSpectrum]:
        rng = np.random.default_rng([self.settings.seed, 43])
        for path in self.files:
            try:
                spectrum = read_files([path])[0]
                labels = self._labels(path, spectrum.meta)
                seen = as_observed(spectrum, self.settings, self.window_aa, rng)
            except SpectraGUIError as error:
                reason = first_sentence(error.message).replace(path.name, "the file")
                self.problems.setdefault(reason, []).append(path.name)
                continue
            yield MadeSpectrum(path.name, labels, seen)

    def _labels(self, path: Path, meta: Mapping[str, object]) -> dict[str, float]:
        if self._told:
            labels = self._told.get(path.name, {})
        else:
            labels = labels_from_name(path.name, self.settings.pattern)
            known = meta.get("labels")
            if not labels and not self.settings.pattern and isinstance(known, LabelSet):
                labels = {name: value for name, value in known.values.items() if np.isfinite(value)}
        if not labels:
            raise TrainingError("no label in its name or header")
        return labels


def as_observed(
    spectrum: AnySpectrum,
    settings: ModelGridSettings,
    window_aa: tuple[float, float],
    rng: np.random.Generator,
) -> Spectrum:
    """Return a model as an instrument would record it: broadened, on its pixels, with noise.

    Raises
    ------
    TrainingError
        If it does not cover the window, or its pixels are too wide.
    """
    order = orders_of(spectrum)[0]
    wave, flux = order.wavelength_aa, order.flux.astype(np.float64)
    low, high = window_aa[0] - 15.0, window_aa[1] + 15.0
    good = ~order.mask & np.isfinite(flux) & (wave >= low) & (wave <= high)
    if good.sum() < _LEAST_PIXELS:
        raise TrainingError(f"nothing in {window_aa[0]:.0f}-{window_aa[1]:.0f} Å")
    wave, flux = wave[good], flux[good]
    rising = np.argsort(wave)
    wave, flux = wave[rising], flux[rising]
    width = SPEED_OF_LIGHT_KMS / settings.resolving_power
    step = float(np.median(np.diff(np.log(wave)))) * SPEED_OF_LIGHT_KMS
    if step > 0.6 * width:
        raise TrainingError(
            f"its pixels of {step:.1f} km/s are too wide for R = {settings.resolving_power:g}"
        )
    dv = min(step, width / 6.0)
    fine = log_grid(float(wave[0]), float(wave[-1]), dv)
    scale = float(np.median(flux))
    if not scale > 0:
        raise TrainingError("its flux is not positive")
    values = np.asarray(
        broaden(np.interp(fine, wave, flux / scale), dv, resolving_power=settings.resolving_power)
    )
    pixels = log_grid(
        float(wave[0]) * (1.0 + 2.0 * width / SPEED_OF_LIGHT_KMS),
        float(wave[-1]) * (1.0 - 2.0 * width / SPEED_OF_LIGHT_KMS),
        width / PIXELS_PER_FWHM,
    )
    place = np.log(pixel_edges(pixels) / fine[0]) * SPEED_OF_LIGHT_KMS / dv
    seen = np.asarray(average_even_grid(values, place), dtype=np.float64)
    sigma = None
    if settings.snr > 0:
        sigma = np.maximum(seen, 0.05) / settings.snr
        seen = seen + sigma * rng.standard_normal(seen.size)
    axis = SpectralAxis(
        pixels, "Angstrom", order.spectral_axis.medium, "rest", unit_source="model", medium_source="model",
        frame_source="model",
    )  # fmt: skip
    return Spectrum(axis, seen, sigma, meta={"resolving_power": settings.resolving_power, "simulated": True})


def build_grid_set(
    folder: Path,
    settings: ModelGridSettings,
    plan: DataPlan,
    output: Path | None,
    table: LabelTable | None = None,
    progress: Progress = no_progress,
) -> DataCheck:
    """Bring a grid of model files through the chain of data, check and split them, write the data-set file.

    Parameters
    ----------
    folder : pathlib.Path
        Of the models.
    settings : ModelGridSettings
    plan : DataPlan
        Its model's window is cut out; its chain is applied.
    output : pathlib.Path or None
    table : LabelTable, optional
        Labels by file name.
    progress : Progress

    Raises
    ------
    TrainingError
        If no model can be used.
    """
    files = model_files(folder)
    if plan.model is None:
        raise TrainingError("No model is named whose window is cut out of the grid.", "Name one: --model.")
    reader = GridReader(files, settings, plan.model.window_aa, table)
    try:
        check = build_made_set(f"grid {folder.name}", iter(reader), len(files), plan, output, progress)
    except TrainingError as error:
        if reader.problems:
            reason, named = next(iter(reader.problems.items()))
            raise TrainingError(
                f"No model of {folder.name} can be used. {Problem(reason, tuple(named)).sentence}", error.hint
            ) from error
        raise
    more = tuple(Problem(reason, tuple(named)) for reason, named in reader.problems.items())
    return dataclasses.replace(check, n_rows=len(files), problems=(*check.problems, *more))
