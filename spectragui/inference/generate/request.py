"""What is asked of a generating model: labels, observing, pixels."""

from __future__ import annotations

import dataclasses
import math

from spectragui.core.model_card import OPTICAL_EMULATOR
from spectragui.core.parameters import param
from spectragui.core.spectral_axis import FASTEST_STAR_KMS, SPEED_OF_LIGHT_KMS

CVAE, EMULATOR = "optical-cvae", OPTICAL_EMULATOR
LARGEST_SAMPLES = 1000


@dataclasses.dataclass(frozen=True)
class GenerateRequest:
    """What is generated; labels outside the trained range are refused unless that is allowed."""

    teff: float = param(5772.0, label="Teff", help="Effective temperature.", unit="K", minimum=1.0, step=50.0)
    logg: float = param(
        4.44, label="log g", help="log10 of the surface gravity in cgs.", unit="dex", step=0.05
    )
    m_h: float = param(0.0, label="[M/H]", help="Metallicity, all metals scaled.", unit="dex", step=0.05)
    alpha_m: float = param(
        0.0, label="[α/M]", help="O Ne Mg Si S Ca Ti relative to the metals.", unit="dex", step=0.05
    )
    vmic: float = param(1.0, label="ξ", help="Microturbulence.", unit="km/s", minimum=0.0, step=0.1)
    vsini: float = param(
        0.0, label="v sin i", help="Total rotational broadening.", unit="km/s", minimum=0.0, step=1.0
    )
    resolving_power: float = param(
        115_000.0, label="R", help="Wavelength / FWHM; 0 = no instrument (emulator only).", minimum=0.0
    )
    v_rad: float = param(
        0.0,
        label="v_rad",
        help="Radial velocity, positive = receding.",
        unit="km/s",
        minimum=-FASTEST_STAR_KMS,
        maximum=FASTEST_STAR_KMS,
        step=1.0,
    )
    snr: float = param(0.0, label="S/N", help="Median signal / noise a pixel; 0 = no noise.", minimum=0.0)
    extra_fwhm: float = param(
        0.0, label="extra broadening", help="FWHM of one more Gaussian.", unit="km/s", minimum=0.0, step=1.0
    )
    samples: int = param(
        0,
        label="samples",
        help="Spectra drawn from the latent space.",
        minimum=0,
        maximum=LARGEST_SAMPLES,
    )
    seed: int = param(0, label="seed", help="Of noise and samples.", minimum=0)
    model: str = param(
        CVAE,
        label="model",
        help=f"What generates: {CVAE}, {EMULATOR}, or a trained generator by name or folder.",
    )
    start_aa: float = param(4450.0, label="from", help="First pixel.", unit="Å", minimum=1.0)
    stop_aa: float = param(
        5400.0, label="to", help="Where the pixels end; itself left out.", unit="Å", minimum=1.0
    )
    step_aa: float = param(0.05, label="step", help="Step of the pixels.", unit="Å", minimum=1e-4)
    medium: str = param("air", label="medium", help="Of the wavelengths.", choices=("air", "vacuum"))
    frame: str = param(
        "",
        label="frame",
        help="Of the wavelengths; left alone: rest without a velocity, else the observer's.",
        choices=("", "observer", "barycentric", "heliocentric", "rest", "unknown"),
    )
    allow_extrapolation: bool = param(
        False, label="extrapolate", help="Generate outside the trained range too, and say so."
    )

    @property
    def axis_frame(self) -> str:
        """Frame of the generated wavelengths: the one asked for, else what the velocity implies."""
        return self.frame or ("observer" if self.v_rad else "rest")

    @property
    def labels(self) -> dict[str, float]:
        """The labels that the models see; extra broadening counts in the resolving power."""
        # Late: the window's state holds a request, and the window starts without any model.
        from spectragui.simulation.generator import GENERATOR_LABELS

        values = {name: float(getattr(self, name)) for name in GENERATOR_LABELS}
        if self.extra_fwhm > 0:
            fwhm = SPEED_OF_LIGHT_KMS / self.resolving_power if self.resolving_power > 0 else 0.0
            values["resolving_power"] = SPEED_OF_LIGHT_KMS / math.hypot(fwhm, self.extra_fwhm)
        return values
