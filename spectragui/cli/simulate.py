"""`spectragui simulate`: a mock observation in an instrument's own layout, with the truth beside it."""

from __future__ import annotations

from pathlib import Path

import click

from spectragui.core.labels import PARAMETER_LABELS


@click.command()
@click.option("--instrument", metavar="NAME", default="", help="See --list-instruments.")
@click.option("--list-instruments", is_flag=True, help="Name the instruments and end.")
@click.option("--teff", type=float, metavar="K", help="Effective temperature.")
@click.option("--logg", type=float, metavar="DEX", help="Surface gravity.")
@click.option("--m-h", type=float, metavar="DEX", help="Metallicity.")
@click.option("--alpha-m", type=float, default=0.0, metavar="DEX", help="Alpha elements; 0 by default.")
@click.option("--vsini", type=float, default=2.0, metavar="KMS", help="Rotation; 2 km/s by default.")
@click.option("--vmic", type=float, default=1.0, metavar="KMS", help="Microturbulence; 1 km/s by default.")
@click.option("--v-rad", type=click.FloatRange(-600, 600), default=0.0, metavar="KMS",
              help="Barycentric radial velocity, positive = receding.")  # fmt: skip
@click.option("--berv", type=click.FloatRange(-40, 40), default=0.0, metavar="KMS",
              help="The observer's motion towards the star, left in the wavelengths.")  # fmt: skip
@click.option("--ebv", type=click.FloatRange(0, 10), default=0.0, metavar="MAG", help="Colour excess E(B-V).")
@click.option("--snr", type=float, metavar="S/N", help="Median over all pixels; inf = no noise.")
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
    **labels: float | None,
) -> None:
    """Simulate the observation of a star, in the file layout of an instrument's own pipeline.

    Inside 4450-5400 A (air) and the emulator's labels the lines are the star's; elsewhere they are drawn
    from a seed, said in the keyword SIMLINES and the extension SIMBITS.

    \b
    Example:
      spectragui simulate --instrument carmenes-vis --teff 4800 --logg 4.6 --m-h 0 --snr 60 \\
          --seed 1 --truth truth.fits -o mock.fits
    """
    from spectragui.simulation.instruments import instruments, load_instrument

    if list_instruments:
        for name, one in instruments().items():
            click.echo(f"{name:18s} {one.title}, R {one.resolving_power:,.0f}")
        return
    chosen = {name: labels[name] for name in PARAMETER_LABELS}
    missing = [name for name, value in {**chosen, "snr": snr}.items() if value is None]
    missing += [name for name, value in (("instrument", instrument), ("output", output)) if not value]
    if missing:
        raise click.UsageError(f"Give --{missing[0].replace('_', '-')}.")
    from spectragui.simulation.layouts import write_observation
    from spectragui.simulation.mock_observation import Exposure, observe
    from spectragui.simulation.star_spectrum import Star
    from spectragui.simulation.truth import write_truth

    assert snr is not None and output is not None
    star = Star({k: v for k, v in chosen.items() if v is not None}, v_rad, ebv=ebv, line_seed=line_seed)
    exposure = Exposure(snr, berv, not no_tellurics, seed)
    observation = observe(load_instrument(instrument), star, exposure)
    write_observation(observation, output)
    if truth is not None:
        write_truth(observation, truth)
    click.echo(f"lines: {observation.lines}", err=True)
    click.echo(f"wrote {output}" + (f" and {truth}" if truth else ""), err=True)
