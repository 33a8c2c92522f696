"""`spectragui simulate`: a mock observation in an instrument's own layout, with the truth beside it."""

from __future__ import annotations

import math
from pathlib import Path

import click

from spectragui.cli.terminal import echo
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.spectral_axis import FASTEST_STAR_KMS


@click.command()
@click.option("--instrument", metavar="NAME", default="", help="See --list-instruments.")
@click.option("--list-instruments", is_flag=True, help="Name the instruments and end.")
@click.option("--teff", type=float, metavar="K", help="Effective temperature.")
@click.option("--logg", type=float, metavar="DEX", help="Surface gravity.")
@click.option("--m-h", type=float, metavar="DEX", help="Metallicity.")
@click.option("--alpha-m", type=float, default=0.0, metavar="DEX", help="Alpha elements; 0 by default.")
@click.option("--vsini", type=float, default=2.0, metavar="KMS", help="Rotation; 2 km/s by default.")
@click.option("--vmic", type=float, default=1.0, metavar="KMS", help="Microturbulence; 1 km/s by default.")
@click.option("--v-rad", type=click.FloatRange(-FASTEST_STAR_KMS, FASTEST_STAR_KMS), default=0.0,
              metavar="KMS", help="Barycentric radial velocity, positive = receding.")  # fmt: skip
@click.option("--berv", type=click.FloatRange(-40, 40), default=0.0, metavar="KMS",
              help="The observer's motion towards the star, left in the wavelengths.")  # fmt: skip
@click.option("--ebv", type=click.FloatRange(0, 10), default=0.0, metavar="MAG", help="Colour excess E(B-V).")
@click.option("--snr", type=float, metavar="S/N", help="Median over all pixels; inf = no noise.")
@click.option("--magnitude", type=float, metavar="MAG",
              help="i band, AB, in place of --snr, where photons are counted (pfs-mr).")  # fmt: skip
@click.option("--exposures", type=click.IntRange(1), metavar="N", help="Added up; 20 by default.")
@click.option("--exposure-time", type=float, metavar="S", help="Of one exposure; 900 s by default.")
@click.option("--seeing", type=float, metavar="ARCSEC", help="FWHM at the zenith; 0.8 by default.")
@click.option("--zenith", type=float, metavar="DEG", help="Zenith angle of the star; 30 by default.")
@click.option("--field-angle", type=float, metavar="DEG", help="Of the fibre from the axis; 0.3 by default.")
@click.option("--moon-zenith", type=float, metavar="DEG", help="Zenith angle of the Moon; 60 by default.")
@click.option("--moon-target", type=float, metavar="DEG", help="Angle between Moon and star; 120 by default.")
@click.option("--moon-phase", type=float, metavar="P", help="0 = new, 0.25 = half; 0.1 by default.")
@click.option("--no-tellurics", is_flag=True, help="Leave out the Earth's atmosphere.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Of everything drawn at random.")
@click.option("--line-seed", type=click.IntRange(min=0), default=1,
              help="Of lines where no emulator reaches: the same for exposures of one star.")  # fmt: skip
@click.option("--truth", type=click.Path(path_type=Path), metavar="TRUTH.fits",
              help="Write the noise-free spectrum too; its table TRUTH has NORMALISED, CONTINUUM, TELLURIC "
                   "and BITS for the same pixels.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.fits")
def simulate(
    instrument: str,
    list_instruments: bool,
    v_rad: float,
    berv: float,
    ebv: float,
    snr: float | None,
    no_tellurics: bool,
    seed: int,
    line_seed: int,
    truth: Path | None,
    output: Path | None,
    **others: float | None,
) -> None:
    """Simulate the observation of a star, in the file layout of an instrument's own pipeline.

    Inside the instrument's emulator (4439-5411 A in air, for pfs-mr 7063-8897 A) and its labels the lines
    are the star's; elsewhere they are drawn from a seed, said in the keyword SIMLINES and the extension
    SIMBITS. An instrument within the emulator has none: pixels shifted beyond it are masked.
    Photons are counted for pfs-mr: --magnitude, seeing, Moon and exposures decide the noise; --snr in place
    of a magnitude finds the one that gives it.

    \b
    Example:
      spectragui simulate --instrument carmenes-vis --teff 4800 --logg 4.6 --m-h 0 --snr 60 \\
          --seed 1 --truth truth.fits -o mock.fits
    """
    from spectragui.simulation.instruments import instruments, load_instrument

    if list_instruments:
        for name, one in instruments().items():
            echo(f"{name:18s} {one.title}, R {one.resolving_power:,.0f}")
        return
    chosen = {name: others.get(name) for name in PARAMETER_LABELS}
    told = {name: value for name, value in others.items() if name not in chosen and value is not None}
    if snr is not None and "magnitude" in told:
        raise click.UsageError("Give --snr or --magnitude, not both: one follows from the other.")
    noise = {} if "magnitude" in told else {"snr": snr}
    missing = [name for name, value in {**chosen, **noise}.items() if value is None]
    missing += [name for name, value in (("instrument", instrument), ("output", output)) if not value]
    if missing:
        raise click.UsageError(f"Give --{missing[0].replace('_', '-')}.")
    from spectragui.simulation.layouts import write_observation
    from spectragui.simulation.mock_observation import Exposure, observe
    from spectragui.simulation.night_conditions import NightConditions
    from spectragui.simulation.star_spectrum import Star
    from spectragui.simulation.truth import write_truth

    assert output is not None
    star = Star({k: v for k, v in chosen.items() if v is not None}, v_rad, ebv=ebv, line_seed=line_seed)
    night = NightConditions(**told) if told else None  # type: ignore[arg-type]
    exposure = Exposure(math.nan if snr is None else snr, berv, not no_tellurics, seed, night)
    observation = observe(load_instrument(instrument), star, exposure)
    write_observation(observation, output)
    if truth is not None:
        write_truth(observation, truth)
    echo(f"lines: {observation.lines}", err=True)
    if math.isfinite(observation.snr):
        echo(f"median S/N {observation.snr:.1f}", err=True)
    if observation.is_cut:
        echo(f"masked: pixels that {v_rad:g} km/s shifts beyond the emulator's spectra", err=True)
    echo(f"wrote {output}" + (f" and {truth}" if truth else ""), err=True)
