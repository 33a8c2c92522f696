"""Write docs/velocity.md: velocities of real stars against accepted ones, and barycentric corrections.

Usage: make velocity (or PYTHONPATH=. python docs/make_velocity.py)
The spectra are in $SPECTRAGUI_SHARED, else in ../shared beside the checkout.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path

from spectragui.analysis.barycentric_correction import (
    barycentric_velocity_of,
    exposure_of,
    find_barycentric_correction,
)
from spectragui.core.errors import SpectraGUIError
from spectragui.core.flags import flag_names
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.velocity.star_velocity import StarVelocity, VelocityOptions, measure_star_velocity
from spectragui.io import read_files
from spectragui.io.reading.read_options import ReadOptions

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Case:
    """A file, the accepted velocity of its star [km/s] and where that is from; options as told."""

    file: str
    star: str
    accepted: float
    source: str
    frame: str = ""
    index: int = 0


NIDEVER = "Nidever et al. 2002"
AT_REST = "the file is at rest"
CASES = (
    Case("stars/hpf_gj699_20181003.fits", "GJ 699", -110.51, NIDEVER),
    Case("stars/tres_gj699_multispec.fits", "GJ 699", -110.51, NIDEVER),
    Case("stars/carmenes_nir_gj699.fits", "GJ 699", -110.51, NIDEVER),
    Case("formats/chiron_gj699.fits", "GJ 699", -110.51, NIDEVER),
    Case("stars/HARPS.2003-12-13T06-19-48.371_e2ds_A.fits", "GJ 273", 18.22, NIDEVER),
    Case("stars/harps_gl581_s1d.fits", "GJ 581", -9.4, "HARPS pipeline"),
    Case("stars/harps_hd17051.fits", "iota Hor", 16.94, NIDEVER),
    Case("stars/elodie_taucet.fits", "tau Cet", -16.62, NIDEVER),
    Case("stars/apf_taucet.fits", "tau Cet (wavelengths 3.6 km/s off)", -16.62, NIDEVER),
    Case("stars/hires_hd190406.fits", "15 Sge", 4.66, NIDEVER),
    Case("stars/sophie_vega.fits", "Vega", -13.9, "SIMBAD"),
    Case("formats/foces_multispec.fits", "HD 166620", -19.42, NIDEVER, frame="observer"),
    Case("formats/apVisit-r13-5095-55844-128.fits", "2M01183798+8403419", -33.12, "its own VHELIO"),
    Case("formats/apStar-r6-2M19535443+4424541.fits", "2M19535443+4424541, an M dwarf", 0.0, AT_REST),
    Case("formats/spirou_gl205_k.csv", "GJ 205", 0.0, AT_REST),
    Case("stars/atlas_arcturus.fits", "Arcturus", 0.0, AT_REST),
    Case("stars/harps_aldebaran.fits", "Aldebaran", 0.0, AT_REST),
    Case("stars/harps_18sco_r32k.fits", "18 Sco", 0.0, AT_REST),
    Case("stars/espadons_61cygb.fits", "61 Cyg B", 0.0, AT_REST),
    Case("stars/uves_wasp120.fits", "WASP-120", 0.0, AT_REST),
    Case("stars/mike_hd122563.fits", "HD 122563", 0.0, AT_REST),
    Case("stars/mike_g64-12.fits", "G 64-12", 0.0, AT_REST),
)
CORRECTIONS = (
    "stars/HARPS.2003-12-13T06-19-48.371_e2ds_A.fits",
    "stars/harps_gl581_s1d.fits",
    "stars/harps_sun_ganymede.fits",
    "stars/carmenes_nir_gj699.fits",
    "stars/elodie_taucet.fits",
    "stars/tres_gj699_multispec.fits",
    "formats/apVisit-r13-5095-55844-128.fits",
    "formats/uves_pipeline.fits",
    "stars/hpf_gj699_20181003.fits",
    "formats/chiron_gj699.fits",
)

INTRODUCTION = """# Velocities of real stars

Made by `make velocity`; do not edit. Each file is measured by `measure_star_velocity` as
`spectragui velocity FILE` does, told nothing (but FOCES, whose header hides its frame: `--frame observer`).
No template, wavelength or strength was fitted to these stars. They were looked at, though, while this was
built: lines of `nir` that lay apart from the others in GJ 699 were left out, and the zero points below are as
large as the differences that were seen. So the table shows consistency; other stars are the test.
How it works: [physics.md](physics.md). The accepted velocities of Nidever et al. (2002, ApJS 141, 503) and
SIMBAD were written down without the catalogues at hand.

The stated error holds the cross-correlation's own, the unlikeness of the template, and the zero point of
the set of templates (0.2 km/s for `mdwarf`, 0.3 `optical`, `red` and `nir`, 0.5 `hband` and `co`, 1.5
`hband-m`, whose water lines are off, 10 `lines`). Velocities are those of lines against wavelengths at
rest: gravitational redshift and convection are in them, as they are in the star's light, and make FGK dwarfs
recede 0.2 to 0.4 km/s faster than on a scale that takes the Sun's out (Nidever et al. 2002). The accepted
velocities of files at rest are zero only as well as somebody put them at rest.
"""


def shared_folder() -> Path:
    """Return the folder of real spectra."""
    return Path(os.environ.get("SPECTRAGUI_SHARED") or CHECKOUT.parent / "shared")


def measure(case: Case, data: Path) -> StarVelocity | str:
    """Return the velocity of a case, or why there is none."""
    try:
        options = ReadOptions(frame=case.frame) if case.frame else ReadOptions()
        spectrum = read_files([data / case.file], options)[case.index]
        return measure_star_velocity(spectrum, VelocityOptions())
    except SpectraGUIError as error:
        return str(error)


def velocity_line(case: Case, found: StarVelocity | str) -> str:
    """Return one row of the table of velocities."""
    name = Path(case.file).name
    if isinstance(found, str):
        return f"| {case.star} | {name} | | | | {found} | | |"
    off = found.velocity_kms - case.accepted
    scatter = "" if math.isnan(found.scatter_kms) else f"{found.scatter_kms:.2f}"
    flags = flag_names(int(found.flag_warn))
    orders = "1 order" if found.n_orders == 1 else f"{found.n_orders} orders"
    bad = "**bad**: " if found.flag_bad else ""
    return (
        f"| {case.star} | {name} | {found.velocity_kms:+.2f} ± {found.error_kms:.2f} | {found.frame} | "
        f"{case.accepted:+.2f} ({case.source}) | {off:+.2f} | {found.best.templates.name}, "
        f"{orders}{f', scatter {scatter}' if scatter else ''} | {bad}{flags} |"
    )


def correction_line(file: str, spectrum: AnySpectrum) -> str:
    """Return one row of the table of barycentric corrections."""
    exposure = exposure_of(spectrum)
    computed = barycentric_velocity_of(exposure)
    known = find_barycentric_correction(spectrum)
    if known is None or known.is_computed:
        return f"| {Path(file).name} | none | {computed:+.4f} | |"
    off = 1e3 * (computed - known.velocity_kms)
    return f"| {Path(file).name} | {known.source} | {computed:+.4f} | {off:+.2f} |"


def document(data: Path) -> str:
    """Return the whole page."""
    lines = [INTRODUCTION, "## Velocities", ""]
    lines += [
        "| star | file | velocity (km/s) | frame | accepted | difference | templates | flags |",
        "|---|---|---|---|---|---:|---|---|",
    ]
    lines += [velocity_line(case, measure(case, data)) for case in CASES]
    lines += ["", "## Barycentric corrections", "", *_corrections(data)]
    return "\n".join(lines) + "\n"


def _corrections(data: Path) -> Sequence[str]:
    head = [
        "From coordinates, time and site of the header, against what the pipeline wrote. Files without",
        "such a keyword are corrected by the computed value.",
        "",
        "| file | keyword (km/s) | computed (km/s) | difference (m/s) |",
        "|---|---|---:|---:|",
    ]
    return [*head, *(correction_line(file, read_files([data / file])[0]) for file in CORRECTIONS)]


def main() -> None:
    """Write docs/velocity.md."""
    page = CHECKOUT / "docs" / "velocity.md"
    page.write_text(document(shared_folder() / "data"), encoding="utf-8")


if __name__ == "__main__":
    main()
