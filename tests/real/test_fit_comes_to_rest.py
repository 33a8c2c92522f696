"""Whether a fit came to rest does not hang on rounding: with it the velocity would jump."""

import numpy as np

from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.io.read import read_spectrum

FILE = "formats/lamost_spec-55862-B6212_sp06-006.fits"
CHANGE = 1e-4  # of the flux, a hundredth of its noise


def test_rounding_does_not_decide_the_velocity(shared_data):
    spectrum = read_spectrum(shared_data / FILE)
    chance = np.random.default_rng(3)
    rows = []
    for _ in range(5):
        flux = spectrum.flux * (1.0 + CHANGE * chance.normal(size=len(spectrum)))
        rows.append(predict_spectrum(spectrum.replace(flux=flux)).row)
    velocities = [row["v_rad"] for row in rows]
    assert max(velocities) - min(velocities) < 0.05 * rows[0]["e_v_rad"]
