"""Masks by hand and of tellurics: in which frame and medium they are put."""

import numpy as np
import pytest

from spectragui.core.errors import StageError
from spectragui.core.spectral_axis import SpectralAxis, air_to_vacuum, doppler_factor
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.observer_frame import observer_factor
from spectragui.preprocessing.stages.mask_ranges import MaskRanges
from spectragui.preprocessing.stages.mask_tellurics import MaskTellurics

WAVELENGTH = np.arange(6800.0, 7000.0, 0.05)


def make(medium="air", frame="observer", **meta):
    axis = SpectralAxis(WAVELENGTH, medium=medium, frame=frame)
    return Spectrum(axis, np.ones(WAVELENGTH.size), 0.01 * np.ones(WAVELENGTH.size), meta=meta)


def masked_from(spectrum):
    return spectrum.wavelength_aa[spectrum.mask].min()


def test_a_range_is_masked_and_listed():
    result = MaskRanges(ranges=((6850.0, 6860.0),)).run(make())
    assert result.spectrum.mask.sum() == pytest.approx(201, abs=1)
    assert (result.regions[0].low_aa, result.regions[0].high_aa) == (6850.0, 6860.0)
    outside = MaskRanges(ranges=((6850.0, 6860.0),), outside=True).run(make())
    np.testing.assert_array_equal(outside.spectrum.mask, ~result.spectrum.mask)


def test_a_range_in_the_observers_frame_moves_with_the_shift_that_was_taken_out():
    spectrum = make()
    shifted = spectrum.replace(spectral_axis=spectrum.spectral_axis.shifted(80.0, "rest", "by test"))
    result = MaskRanges(ranges=((6850.0, 6860.0),), frame="observer").run(shifted)
    assert masked_from(result.spectrum) * doppler_factor(80.0) == pytest.approx(6850.0, abs=0.06)
    np.testing.assert_array_equal(
        result.spectrum.mask, MaskRanges(ranges=((6850.0, 6860.0),)).run(spectrum).spectrum.mask
    )


def test_an_observatorys_barycentric_correction_is_undone():
    # The observer moves towards the star: lambda in the barycentre is longer by the correction.
    assert observer_factor(make(frame="barycentric", berv_kms=20.0)) == pytest.approx(
        1 / doppler_factor(20.0)
    )
    assert observer_factor(make(frame="barycentric")) is None
    with pytest.raises(StageError, match="not known"):
        MaskRanges(ranges=((6850.0, 6860.0),), frame="observer").run(make(frame="barycentric"))


def test_the_oxygen_b_band_is_masked_in_air_as_in_vacuum():
    stage = MaskTellurics(weakest="strong")
    air, vacuum = stage.run(make("air")), stage.run(make("vacuum"))
    assert "O₂ B" in air.regions[0].text
    assert air_to_vacuum(masked_from(air.spectrum)) == pytest.approx(masked_from(vacuum.spectrum), abs=0.06)
    assert not MaskTellurics(weakest="opaque").run(make()).spectrum.mask.any()


def test_bands_are_masked_wider_where_the_observers_velocity_is_not_known():
    known, unknown = (MaskTellurics(weakest="strong").run(make(frame=f)) for f in ("observer", "barycentric"))
    assert masked_from(unknown.spectrum) == pytest.approx(
        masked_from(known.spectrum) * (1 - 1.02e-4), abs=0.1
    )
    assert "wider" in unknown.notes[0]
