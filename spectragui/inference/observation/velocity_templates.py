"""What velocities are measured with: emulator spectra, and templates where the emulator does not reach."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import VelocityTemplates
from spectragui.analysis.template_set import TemplateSet, line_templates, load_template_set
from spectragui.core.errors import ModelError, SettingsError
from spectragui.core.labels import STAR_LABELS
from spectragui.core.model_card import OPTICAL_EMULATOR
from spectragui.core.model_folder import find_model, read_card
from spectragui.core.package_data import resource
from spectragui.core.spectral_axis import air_to_vacuum
from spectragui.io.line_lists.line_lists import stellar_lines
from spectragui.simulation.emulator import Emulator, load_emulator

STEP_KMS = 1.5

# teff [K], logg, m_h, alpha_m, vmic [km/s]: dwarfs and giants, solar and metal-poor, to the hot edge.
TEMPLATE_LABELS = (
    (4000.0, 1.2, -0.3, 0.1, 1.6),
    (4100.0, 4.6, 0.0, 0.0, 0.8),
    (4600.0, 2.4, 0.0, 0.0, 1.4),
    (4600.0, 1.4, -1.8, 0.3, 1.8),
    (4900.0, 4.5, 0.0, 0.0, 0.8),
    (5100.0, 2.8, -0.7, 0.2, 1.4),
    (5700.0, 4.4, 0.0, 0.0, 1.0),
    (5700.0, 4.3, -0.9, 0.2, 1.0),
    (5900.0, 3.8, -2.0, 0.3, 1.4),
    (6500.0, 4.1, 0.0, 0.0, 1.6),
    (6500.0, 4.1, -1.3, 0.2, 1.6),
    (7600.0, 4.0, 0.0, 0.0, 2.5),
    (7600.0, 4.0, -1.0, 0.1, 2.5),
    (9000.0, 4.0, 0.0, 0.0, 2.0),
    (9300.0, 3.9, -1.0, 0.0, 2.0),
)
SUN_LIKE_TEMPLATE = 6
FILE_SETS = ("mdwarf", "red", "hband", "hband-m", "co")
TEMPLATE_SETS = ("optical", *FILE_SETS, "nir", "lines")
TEMPLATE_TITLES = {
    "optical": "A to K stars, 4450 to 5400 Å",
    "mdwarf": "M dwarfs, 8620 to 8835 Å",
    "red": "F to M stars in the red, 7100 to 8850 Å",
    "hband": "K to F dwarfs in the H band, 15180 to 16930 Å",
    "hband-m": "M dwarfs in the H band, 15020 to 17030 Å",
    "co": "CO of cool stars in the K band, 22920 to 24000 Å",
    "nir": "Atomic lines of cool stars, 0.96 to 2.3 µm",
    "lines": "Strong lines, 3600 to 10100 Å",
}
FALLBACK = "lines"  # template-free: a few strong lines, coarse

NIR_WINDOWS_AA = ((9660.0, 13320.0), (15100.0, 16770.0), (22040.0, 22970.0))
_ABUNDANCE = {"Ti": 0.0, "Fe": 2.55, "K": -0.4, "Na": 1.0, "Ca": 1.1, "Al": 1.4, "Mg": 2.65, "Mn": 0.5}
_NIR_TEMPERATURES_K = (3100.0, 3800.0)
_REFERENCE = ("Ti", 10396.80, 0.5)  # a line of this element and wavelength is so deep
_LINES_RANGE_AA = (3600.0, 10100.0)
N_DEEP = 40
_LINES_WIDTHS_KMS = (60.0, 250.0, 900.0)


@functools.lru_cache(maxsize=4)
def emulated_templates(emulator: Emulator) -> VelocityTemplates:
    """Return spectra of an emulator on a grid of constant velocity step, in its medium (cached)."""
    flux = emulator.normalised_flux(template_points(emulator))
    return VelocityTemplates.on_grid(emulator.wavelength_aa, np.asarray(flux, dtype=np.float64), STEP_KMS)


def template_points(emulator: Emulator) -> NDArray[np.float64]:
    """Return the labels of an emulator's templates, shape (n_templates, n_labels).

    Those of `TEMPLATE_LABELS` that lie in its ranges; fewer than three: a line through its range,
    from the lower ends to the upper ones.
    """
    names = emulator.label_names
    low, high = np.array([emulator.label_ranges[name] for name in names]).T
    columns = [STAR_LABELS.index(name) for name in names]
    points = np.asarray(TEMPLATE_LABELS)[:, columns]
    points = points[np.all((points >= low) & (points <= high), axis=1)]
    if len(points) >= 3:
        return points
    return np.asarray(low + (high - low) * np.linspace(0.1, 0.9, 5)[:, None])


def usual_template(templates: VelocityTemplates) -> int:
    """Return the template that stands for a star of which nothing is known."""
    n_templates = len(templates.depths)
    return SUN_LIKE_TEMPLATE if n_templates == len(TEMPLATE_LABELS) else n_templates // 2


def templates_in(name: str, medium: str, emulator: Callable[[], Emulator]) -> VelocityTemplates:
    """Return the templates that a model's card names, in the model's medium.

    Parameters
    ----------
    name : str
        Of a bundled set, or "emulator".
    medium : {"air", "vacuum"}
    emulator : callable
        Gives the model's own.

    Raises
    ------
    ModelError
        If there is no such set.
    """
    if name == "emulator":
        return emulated_templates(emulator())
    try:
        templates = template_set(name).templates
    except SettingsError as error:
        raise ModelError(error.message, error.hint) from error
    return templates if medium == "air" else _in_vacuum(templates)


def _in_vacuum(templates: VelocityTemplates) -> VelocityTemplates:
    vacuum = air_to_vacuum(templates.wavelength_aa)
    return VelocityTemplates.on_grid(vacuum, 1.0 - templates.depths, templates.step_kms)


@functools.cache
def template_set(name: str) -> TemplateSet:
    """Return a bundled set by its name (cached).

    Raises
    ------
    SettingsError
        If there is none of that name.
    """
    if name == "optical":
        return _optical()
    if name == "nir":
        return _near_infrared()
    if name == "lines":
        return _strong_lines()
    if name in FILE_SETS:
        return load_template_set(resource("velocity_templates", f"{name}.safetensors"))
    raise SettingsError(
        f"There are no velocity templates named {name!r}.",
        f"Use one of {', '.join(TEMPLATE_SETS)}, or a file with a spectrum.",
    )


def _optical() -> TemplateSet:
    names = tuple(
        f"{teff:.0f} K, log g {logg:.1f}, [M/H] {m_h:+.1f}".replace("-", "\N{MINUS SIGN}")
        for teff, logg, m_h, *_ in TEMPLATE_LABELS
    )
    return TemplateSet(
        "optical",
        TEMPLATE_TITLES["optical"],
        "emulator",
        (read_card(find_model(OPTICAL_EMULATOR)).window_aa,),
        emulated_templates(load_emulator(OPTICAL_EMULATOR)),
        names,
        zero_point_kms=0.3,
        source="the emulator",
    )


def _near_infrared() -> TemplateSet:
    text = resource("velocity_templates", "nir_lines.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    wavelengths = [float(row["wavelength_air_aa"]) for row in rows]
    templates, names = [], []
    for temperature in _NIR_TEMPERATURES_K:
        depths = _line_depths(rows, temperature)
        templates.append(line_templates(wavelengths, depths, (6.0,), (9550.0, 23100.0), 2.0).depths[0])
        names.append(f"atomic lines at {temperature:.0f} K")
    return TemplateSet(
        "nir",
        TEMPLATE_TITLES["nir"],
        "lines",
        NIR_WINDOWS_AA,
        VelocityTemplates(9550.0, 2.0, np.stack(templates)),
        tuple(names),
        zero_point_kms=0.3,
        source="laboratory wavelengths (resources/velocity_templates/nir_lines.csv)",
    )


def _line_depths(rows: list[dict[str, str]], temperature_k: float) -> list[float]:
    """Return central depths: Boltzmann and gf, saturated, on the scale of one well-known line."""
    theta = 5040.0 / temperature_k

    def strength(row: dict[str, str]) -> float:
        logarithm = _ABUNDANCE[row["element"]] + float(row["log_gf"]) - theta * float(row["excitation_ev"])
        return float(10.0**logarithm * float(row["wavelength_air_aa"]) / 1e4)

    element, wavelength, depth = _REFERENCE
    reference = next(
        row for row in rows if row["element"] == element and float(row["wavelength_air_aa"]) == wavelength
    )
    scale = -np.log(1.0 - depth / 0.7) / strength(reference)
    return [float(0.7 * (1.0 - np.exp(-scale * strength(row)))) for row in rows]


def _strong_lines() -> TemplateSet:
    low, high = _LINES_RANGE_AA
    lines = [line for line in stellar_lines() if line.kind == "line"]
    # The list begins with the most useful, which also are the deepest.
    depths = {line: 0.7 if place < N_DEEP else 0.3 for place, line in enumerate(lines)}
    chosen = [line for line in lines if low < line.wavelength_air_aa < high]
    templates = line_templates(
        [line.wavelength_air_aa for line in chosen],
        [depths[line] for line in chosen],
        _LINES_WIDTHS_KMS,
        (low - 20.0, high + 40.0),
        10.0,
    )
    return TemplateSet(
        "lines",
        TEMPLATE_TITLES["lines"],
        "lines",
        (_LINES_RANGE_AA,),
        templates,
        tuple(f"lines {width:.0f} km/s wide" for width in _LINES_WIDTHS_KMS),
        zero_point_kms=10.0,
        source="resources/lines/stellar.csv",
    )


def template_set_of_file(path: Path) -> TemplateSet:
    """Return a set of one template from a file with a spectrum, which is taken to be at rest.

    Raises
    ------
    ReadError, ModelError
        If the file cannot be read or holds nothing that a velocity can be measured with.
    """
    from spectragui.analysis.template_set import template_set_of
    from spectragui.core.spectrum import orders_of
    from spectragui.inference.observation.segments import normalised_segments
    from spectragui.io.read import read_files

    spectrum = read_files([path])[0]
    orders = []
    for order in orders_of(spectrum):
        order = order.in_angstrom()
        axis = order.spectral_axis
        axis = axis if axis.is_medium_known else axis.replace(medium="air", medium_source="assumed")
        orders.append(order.replace(spectral_axis=axis.in_medium("air")))
    ends = [end for order in orders for end in (order.wavelength_aa[0], order.wavelength_aa[-1])]
    return template_set_of(normalised_segments(orders, (min(ends), max(ends))), path.name)
