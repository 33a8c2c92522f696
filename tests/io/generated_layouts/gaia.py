"""Gaia: RVS and sampled BP/RP spectra, one source or in bulk."""

from __future__ import annotations

import json
from pathlib import Path

from tests.io.generated_layouts.made import (
    Made,
    Order,
    layout,
    no_bad,
    spectrum,
)


@layout("Gaia RVS, one source (DataLink)", "ecsv", "vacuum", "rest", power=11500)
def gaia_rvs_ecsv(folder: Path) -> Made:
    """ECSV with units and the retrieval type."""
    from astropy.table import Table

    truth = no_bad(spectrum(8460.0, 8700.0))
    made = Table({"wavelength": truth.wave / 10, "flux": truth.flux / 100, "flux_error": truth.sigma / 100})
    made["wavelength"].unit = "nm"
    made.meta = {"RETRIEVAL_TYPE": "RVS", "SOURCE_ID": 42}
    made.write(folder / "x.ecsv", format="ascii.ecsv")
    return Made(folder / "x.ecsv", [Order(truth.wave, truth.flux / 100, truth.sigma / 100)])


@layout("Gaia RVS, bulk CSV", "gaia-csv", "vacuum", "rest", power=11500)
def gaia_rvs_bulk(folder: Path) -> Made:
    """A source a row, arrays as JSON, wavelengths by convention: 846 to 870 nm in 0.01 nm."""
    truth = no_bad(spectrum(8460.0, 8700.0, 2401))
    lines = ["solution_id,source_id,ra,dec,flux,flux_error,combined_transits,combined_ccds,deblended_ccds"]
    for source in (11, 12):
        arrays = [json.dumps([float(v) for v in values]) for values in (truth.flux, truth.sigma)]
        lines.append(f'1,{source},1.0,2.0,"{arrays[0]}","{arrays[1]}",9,9,0')
    (folder / "x.csv").write_text("\n".join(lines) + "\n")
    return Made(folder / "x.csv", [truth], n_spectra=2)


@layout("Gaia XP sampled, bulk CSV", "gaia-csv", "vacuum", "unknown")
def gaia_xp_bulk(folder: Path) -> Made:
    """343 samples from 336 to 1020 nm."""
    truth = no_bad(spectrum(3360.0, 10200.0, 343))
    arrays = [json.dumps([float(v) for v in values]) for values in (truth.flux, truth.sigma)]
    text = f'source_id,solution_id,ra,dec,flux,flux_error\n5,1,1.0,2.0,"{arrays[0]}","{arrays[1]}"\n'
    (folder / "x.csv").write_text(text)
    return Made(folder / "x.csv", [truth])


@layout("Gaia RVS, known by its sampling", "text-columns", "vacuum", "rest", power=11500)
def gaia_rvs_csv(folder: Path) -> Made:
    """DataLink CSV: wavelength, flux, flux_error and nothing said."""
    truth = no_bad(spectrum(8460.0, 8700.0, 2401))
    rows = [
        f"{w / 10:.2f},{f!r},{s!r}\n"
        for w, f, s in zip(truth.wave.tolist(), truth.flux.tolist(), truth.sigma.tolist(), strict=True)
    ]
    (folder / "x.csv").write_text("wavelength,flux,flux_error\n" + "".join(rows))
    return Made(folder / "x.csv", [truth])
