"""`TemplateSet`: rest-frame spectra of one wavelength range that velocities are measured with."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import VelocityTemplates
from spectragui.core.errors import ModelError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum

_SCALE = 20000.0  # depths are stored as uint16: 1 - flux from -0.5 to 2.7


@dataclasses.dataclass(frozen=True, eq=False)
class TemplateSet:
    """Templates of one range, and what is known about them.

    Attributes
    ----------
    name : str
        As on the command line ("mdwarf").
    title : str
        For people ("M dwarfs, 8620 to 8835 Å").
    kind : {"emulator", "synthesis", "empirical", "lines"}
    windows_aa : tuple of (float, float)
        Ranges [Angstrom, air, rest frame] in which spectra are compared; between them are tellurics
        or nothing.
    templates : VelocityTemplates
        In air.
    names : tuple of str
        One for each template ("3013 K, log g 4.96, [M/H] -0.28").
    resolving_power : float
        Of the templates themselves; infinite for synthetic ones.
    zero_point_kms : float
        How far velocities found with them are wrong as a whole (1 sigma), measured on stars.
    source : str
        What they were computed from.
    """

    name: str
    title: str
    kind: str
    windows_aa: tuple[tuple[float, float], ...]
    templates: VelocityTemplates
    names: tuple[str, ...]
    resolving_power: float = np.inf
    zero_point_kms: float = 0.1
    source: str = ""

    @property
    def range_aa(self) -> tuple[float, float]:
        """First and last wavelength [Angstrom, air]."""
        return self.windows_aa[0][0], self.windows_aa[-1][1]

    def coverage_aa(self, low_aa: float, high_aa: float) -> float:
        """Return how many Angstrom of the windows lie between two wavelengths."""
        return sum(max(0.0, min(high, high_aa) - max(low, low_aa)) for low, high in self.windows_aa)


def save_template_set(one: TemplateSet, path: Path) -> None:
    """Write a set as safetensors: depths as uint16, everything else as metadata."""
    from safetensors.numpy import save_file

    depths = np.clip(np.round((one.templates.depths + 0.5) * _SCALE), 0, 65535).astype(np.uint16)
    facts = {
        "name": one.name, "title": one.title, "kind": one.kind, "windows_aa": one.windows_aa,
        "names": one.names, "zero_point_kms": one.zero_point_kms, "source": one.source,
        "resolving_power": one.resolving_power if np.isfinite(one.resolving_power) else 0.0,
        "first_wavelength_aa": one.templates.first_wavelength_aa, "step_kms": one.templates.step_kms,
    }  # fmt: skip
    save_file({"depths": depths}, path, metadata={"facts": json.dumps(facts, ensure_ascii=False)})
    path.chmod(0o644)


def load_template_set(path: Path) -> TemplateSet:
    """Read a set that `save_template_set` wrote.

    Raises
    ------
    ModelError
        If the file is damaged or is none.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            facts = json.loads((file.metadata() or {})["facts"])
            depths = file.get_tensor("depths").astype(np.float64) / _SCALE - 0.5
        return TemplateSet(
            facts["name"],
            facts["title"],
            facts["kind"],
            tuple((float(low), float(high)) for low, high in facts["windows_aa"]),
            VelocityTemplates(float(facts["first_wavelength_aa"]), float(facts["step_kms"]), depths),
            tuple(facts["names"]),
            float(facts["resolving_power"]) or np.inf,
            float(facts["zero_point_kms"]),
            facts["source"],
        )
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise ModelError(
            f"The velocity templates {path.name} are damaged.",
            "Reinstall SpectraGUI to get the bundled ones.",
        ) from error


def template_set_of(segments: Sequence[Spectrum], name: str, step_kms: float = 1.5) -> TemplateSet:
    """Return a set of one template: a normalised spectrum, which is taken to be at rest.

    Parameters
    ----------
    segments : sequence of Spectrum
        Flux of order one, wavelengths in air [Angstrom].
    name : str
        Of the file, for the report.
    step_kms : float

    Raises
    ------
    ModelError
        If there is no segment, or none with a good pixel.
    """
    segments = [segment for segment in segments if segment.good.any()]
    if not segments:
        raise ModelError(f"{name} holds nothing that could be a velocity template.", "Choose another file.")
    low = min(float(segment.wavelength_aa[0]) for segment in segments)
    high = max(float(segment.wavelength_aa[-1]) for segment in segments)
    grid = low * np.exp(
        np.arange(np.log(high / low) * SPEED_OF_LIGHT_KMS / step_kms) * step_kms / SPEED_OF_LIGHT_KMS
    )
    depth = np.zeros(grid.size)
    for segment in segments:
        inside = (grid >= segment.wavelength_aa[0]) & (grid <= segment.wavelength_aa[-1])
        good = segment.good
        depth[inside] = 1.0 - np.interp(grid[inside], segment.wavelength_aa[good], segment.flux[good])
    windows = _joined([(float(s.wavelength_aa[0]), float(s.wavelength_aa[-1])) for s in segments])
    templates = VelocityTemplates(low, step_kms, np.clip(depth, -0.5, 1.2)[None])
    title = f"{name}, {low:.0f} to {high:.0f} Å"
    return TemplateSet(name, title, "spectrum", windows, templates, (name,), zero_point_kms=0.0, source=name)


def _joined(ranges: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    joined: list[tuple[float, float]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1.0:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def line_templates(
    wavelengths_aa: Sequence[float],
    depths: Sequence[float],
    widths_kms: Sequence[float],
    range_aa: tuple[float, float],
    step_kms: float,
) -> VelocityTemplates:
    """Return templates of Gaussian absorption lines, one for each width (FWHM).

    Parameters
    ----------
    wavelengths_aa, depths : sequences of float, shape (n_lines,)
        Air, rest frame; central depth 0 to 1.
    widths_kms : sequence of float
        FWHM of all lines, one template each.
    range_aa : (float, float)
    step_kms : float
    """
    n_pixels = int(np.log(range_aa[1] / range_aa[0]) * SPEED_OF_LIGHT_KMS / step_kms) + 1
    pixels = np.arange(n_pixels) * step_kms
    centres = np.log(np.asarray(wavelengths_aa) / range_aa[0]) * SPEED_OF_LIGHT_KMS
    rows: list[NDArray[np.float64]] = []
    for width in widths_kms:
        sigma = width / 2.3548200450309493
        through = np.ones(n_pixels)
        for centre, depth in zip(centres, depths, strict=True):
            near = slice(*np.searchsorted(pixels, (centre - 5 * sigma, centre + 5 * sigma)))
            through[near] *= 1.0 - depth * np.exp(-0.5 * ((pixels[near] - centre) / sigma) ** 2)
        rows.append(1.0 - through)
    return VelocityTemplates(float(range_aa[0]), step_kms, np.stack(rows))
