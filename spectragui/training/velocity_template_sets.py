"""Compute `resources/velocity_templates`: what velocities are measured with beyond the emulator's range.

``python -m spectragui.training.velocity_template_sets SHARED_FOLDER`` (`make velocity-templates`). From the
grids of synthetic spectra (no held-out one is used), from the fitted spectra of APOGEE dwarfs and of
BT-Settl M dwarfs, and from molecular constants of CO. The atomic lines of `nir_lines.csv` need no step.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import VelocityTemplates
from spectragui.analysis.template_set import TemplateSet, line_templates, save_template_set
from spectragui.core.npz_file import read_npz
from spectragui.core.package_data import resource
from spectragui.core.spectral_axis import vacuum_to_air
from spectragui.training.h_band_spectra import ApogeeDwarfs, QuadraticDwarfs

HELD_OUT_STRIDE = 10
# Teff [K], log g, [M/H] that are looked for in the grids: the nearest spectra that are not held out.
M_DWARFS = ((2800, 5.1, -0.1), (3100, 5.1, -0.2), (3400, 4.9, -0.2), (3800, 4.7, -0.2), (4300, 4.6, -0.1))
RED_STARS = (
    (3700, 4.7, 0.0), (3800, 1.3, 0.0), (4500, 4.6, 0.0), (4600, 2.4, 0.0), (5200, 4.5, 0.0),
    (5000, 2.5, -1.0), (5800, 4.3, 0.0), (6500, 4.1, -0.3), (6000, 4.0, -1.8),
)  # fmt: skip
H_BAND_DWARFS = ((4300, 4.6, 0.0), (4900, 4.5, 0.0), (5600, 4.4, 0.0), (6300, 4.2, 0.0))
H_BAND_M_DWARFS = ((2500, 5.1, -0.1), (2900, 5.0, -0.1), (3200, 4.9, -0.1), (3500, 4.8, -0.1))
NEAR = (200.0, 0.4, 0.25)


def write_all(shared: Path, folder: Path) -> None:
    """Compute and write every set."""
    data = shared / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for one in (
        from_grid(data / "grids" / "mdwarf.npz", "mdwarf", "M dwarfs", (8620.0, 8835.0), M_DWARFS, 1.5, 0.2),
        from_grid(
            data / "grids" / "pfs.npz",
            "red",
            "F to M stars in the red",
            (7100.0, 8850.0),
            RED_STARS,
            2.0,
            0.3,
        ),
        h_band_dwarfs(data / "hband"),
        h_band_m_dwarfs(data / "hband"),
        carbon_monoxide(),
    ):
        save_template_set(one, folder / f"{one.name}.safetensors")


def from_grid(
    path: Path,
    name: str,
    title: str,
    window_aa: tuple[float, float],
    wanted: Sequence[tuple[float, float, float]],
    step_kms: float,
    zero_point_kms: float,
) -> TemplateSet:
    """Return the spectra of a grid that lie nearest to the wanted labels."""
    grid: dict[str, NDArray[Any]] = read_npz(path, ("labels", "wave", "flux"))
    labels, wave = grid["labels"][:, :3], grid["wave"]
    free = np.flatnonzero(np.arange(len(labels)) % HELD_OUT_STRIDE != 0)
    rows = [free[np.argmin(np.sum(((labels[free] - want) / NEAR) ** 2, axis=1))] for want in wanted]
    flux = grid["flux"][np.array(rows)] / 50000.0
    return TemplateSet(
        name,
        f"{title}, {window_aa[0]:.0f} to {window_aa[1]:.0f} Å",
        "synthesis",
        (window_aa,),
        VelocityTemplates.on_grid(wave, flux, step_kms),
        tuple(_label_text(labels[row]) for row in rows),
        zero_point_kms=zero_point_kms,
        source=f"PySME spectra of the grid {path.name}",
    )


def h_band_dwarfs(folder: Path) -> TemplateSet:
    """Return dwarfs of the H band from the network that was fitted to APOGEE spectra."""
    dwarfs = ApogeeDwarfs.read(folder)
    rows = dwarfs.flux([(*labels, 0.0, 0.0) for labels in H_BAND_DWARFS])
    return TemplateSet(
        "hband",
        "K to F dwarfs in the H band, 15180 to 16930 Å",
        "empirical",
        ((15180.0, 16930.0),),
        VelocityTemplates.on_grid(dwarfs.wavelength_aa, rows, 3.0),
        tuple(_label_text(labels) for labels in H_BAND_DWARFS),
        resolving_power=22500.0,
        zero_point_kms=0.5,
        source="El-Badry et al. 2018, MNRAS 476, 528: a network fitted to APOGEE dwarfs",
    )


def h_band_m_dwarfs(folder: Path) -> TemplateSet:
    """Return M dwarfs of the H band from quadratic models of BT-Settl spectra."""
    dwarfs = QuadraticDwarfs.read(folder)
    rows = dwarfs.flux(H_BAND_M_DWARFS)
    return TemplateSet(
        "hband-m",
        "M dwarfs in the H band, 15020 to 17030 Å",
        "synthesis",
        ((15020.0, 17030.0),),
        VelocityTemplates.on_grid(dwarfs.wavelength_aa, np.clip(rows, 0.0, 1.2), 1.5),
        tuple(_label_text(labels) for labels in H_BAND_M_DWARFS),
        zero_point_kms=1.5,
        source="BT-Settl (Allard et al. 2012); its water lines are off by some 1.5 km/s",
    )


def carbon_monoxide() -> TemplateSet:
    """Return the first overtone of 12C16O, as deep as in an M dwarf, a K and an M giant."""
    wave, excitation, strength = co_overtone_lines()
    rows = []
    for temperature, deepest, width in ((3200.0, 0.35, 6.0), (4000.0, 0.25, 8.0), (3600.0, 0.7, 12.0)):
        optical = strength * np.exp(-1.4388 * excitation / temperature)
        depth = 1.0 - np.exp(-2.0 * optical / np.max(optical))
        depths = (deepest * depth).tolist()
        templates = line_templates(wave.tolist(), depths, (width,), (22880.0, 24150.0), 1.5)
        rows.append(templates.depths[0])
    names = ("M dwarf, 3200 K", "K giant, 4000 K", "M giant, 3600 K")
    templates = VelocityTemplates(templates.first_wavelength_aa, 1.5, np.stack(rows))
    return TemplateSet(
        "co",
        "CO of cool stars in the K band, 22920 to 24000 Å",
        "lines",
        ((22920.0, 24000.0),),
        templates,
        names,
        zero_point_kms=0.5,
        source="line positions from the constants of Huber & Herzberg 1979 and Mantz & Maillard 1975",
    )


def co_overtone_lines() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return wavelengths [Angstrom, air], lower energies [1/cm] and line strengths of 12C16O, dv = 2.

    Notes
    -----
    Strength: Hoenl-London factor times (v+1)(v+2), the harmonic scaling of the overtone.
    """
    wave, lower, strength = [], [], []
    for v in range(4):
        for j in range(111):
            for j_up in (j - 1, j + 1):
                if j_up < 0:
                    continue
                wavenumber = _co_energy(v + 2, j_up) - _co_energy(v, j)
                air = float(vacuum_to_air(1e8 / wavenumber))
                if 22880.0 < air < 24150.0:
                    wave.append(air)
                    lower.append(_co_energy(v, j) - _co_energy(0, 0))
                    strength.append(max(j, j_up) * (v + 1) * (v + 2))
    order = np.argsort(wave)
    return np.array(wave)[order], np.array(lower)[order], np.array(strength, dtype=float)[order]


def _co_energy(v: int, j: int) -> float:
    """Return a rovibrational energy of 12C16O [1/cm]."""
    x, y = v + 0.5, j * (j + 1.0)
    vibration = 2169.81358 * x - 13.28831 * x**2 + 0.010511 * x**3 + 5.74e-5 * x**4
    rotation = 1.93128087 - 0.01750441 * x + 5.487e-7 * x**2
    stretching = 6.12147e-6 + 1.153e-9 * x
    return vibration + rotation * y - stretching * y**2 + 5.83e-12 * y**3


def _label_text(labels: Sequence[float] | NDArray[np.float64]) -> str:
    teff, logg, m_h = (float(value) for value in labels)
    return f"{teff:.0f} K, log g {logg:.1f}, [M/H] {m_h:+.1f}".replace("-", "\N{MINUS SIGN}")


def main() -> None:
    """Write the sets beside the bundled resources."""
    write_all(Path(sys.argv[1]), resource("velocity_templates"))


if __name__ == "__main__":
    main()
