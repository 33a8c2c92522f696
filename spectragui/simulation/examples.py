"""Make the bundled example spectra: simulated, named so, and with their true labels in the header.

``python -m spectragui.simulation.examples [FOLDER]`` writes them again, bit for bit.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from spectragui.core.package_data import resource
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.layouts import write_observation
from spectragui.simulation.mock_observation import Exposure, MockObservation, observe
from spectragui.simulation.star_spectrum import Star


@dataclasses.dataclass(frozen=True)
class ExampleObservation:
    """How one example is made."""

    file: str
    instrument: str
    star: Star
    exposure: Exposure

    def observe(self) -> MockObservation:
        """Return the observation, the same each time."""
        return observe(load_instrument(self.instrument), self.star, self.exposure)


SUN_LIKE = ExampleObservation(
    "simulated_sun_like_1d.fits",
    "generic-1d",
    Star(
        {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 3.2},
        v_rad_kms=12.3,
        vmac_kms=2.5,
        name="Simulated Sun-like star",
    ),
    Exposure(snr=80.0, seed=20),
)
K_GIANT = ExampleObservation(
    "simulated_echelle_k_giant.fits",
    "generic-echelle",
    Star(
        {"teff": 4750.0, "logg": 2.6, "m_h": -0.15, "alpha_m": 0.08, "vmic": 1.5, "vsini": 4.5},
        v_rad_kms=-27.4,
        vmac_kms=3.5,
        name="Simulated K giant",
    ),
    Exposure(snr=105.0, seed=21),
)
HALO_GIANT = ExampleObservation(
    "simulated_pfs_halo_giant.fits",
    "pfs-mr",
    Star(
        {"teff": 4850.0, "logg": 2.1, "m_h": -1.3, "alpha_m": 0.3, "vmic": 1.6, "vsini": 3.0},
        v_rad_kms=-163.0,
        vmac_kms=4.0,
        name="Simulated halo giant",
    ),
    Exposure(snr=10.0, seed=22),
)
EXAMPLES = (SUN_LIKE, K_GIANT, HALO_GIANT)


def write_examples(folder: Path) -> list[Path]:
    """Write all example spectra; return their paths."""
    paths = [folder / example.file for example in EXAMPLES]
    for example, path in zip(EXAMPLES, paths, strict=True):
        write_observation(example.observe(), path)
    return paths


def main(arguments: list[str] | None = None) -> None:
    """Write the examples into a folder, by default where the program looks for them."""
    import sys

    given = sys.argv[1:] if arguments is None else arguments
    folder = Path(given[0]) if given else resource("examples")
    folder.mkdir(parents=True, exist_ok=True)
    write_examples(folder)


if __name__ == "__main__":
    main()
