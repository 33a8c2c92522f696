"""Words, filters and ratios at their limits: what is just inside, what is masked, what is not known."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.flags import Flag
from spectragui.core.follow_up import follow_up
from spectragui.core.photometry_result import PHOTOMETRY_FLAG_WORDS, PhotometryFlag, PhotometryResult
from spectragui.core.results import RESULT_COLUMNS, make_row
from spectragui.core.row_filter import RowFilter
from spectragui.core.signal_to_noise import order_snr, spectrum_snr
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.io.spectrum_summary import describe

COLUMNS = {column.name: column.kind for column in RESULT_COLUMNS}


@pytest.mark.parametrize(
    ("change", "word"),
    [({"snr": 50.0}, "complete"), ({"snr": 49.9}, "signal"), ({"coverage": 0.7}, "complete"),
     ({"coverage": 0.699}, "coverage")],
)  # fmt: skip
def test_what_would_help_at_its_limits(change, word) -> None:
    assert follow_up({"model": "m", "snr": 80.0, "coverage": 0.9, **change}) == word


def test_what_is_not_known_passes_no_comparison() -> None:
    row = make_row(teff=float("nan"), snr=50.0)
    for text in (
        "teff != 5000",
        "teff == 5000",
        "teff < 5000",
        "teff >= 5000",
        "5000 != teff",
        "teff != snr",
    ):
        assert not RowFilter(text, COLUMNS)(row, ""), text
    assert RowFilter("snr != 51 and snr >= 50", COLUMNS)(row, "")
    many = {"teff": np.array([np.nan, 5000.0, 6000.0])}
    kept = RowFilter("teff != 5000", COLUMNS).select(many, lambda word: np.zeros(3, bool), 3)
    assert kept.tolist() == [False, False, True]


@pytest.mark.parametrize("flag", list(Flag))
def test_every_flag_is_a_word_of_a_filter(flag) -> None:
    rows = [
        make_row(flag_warn=int(flag)),
        make_row(flag_bad=int(flag)),
        make_row(flag_warn=int(~flag & 4095)),
    ]
    keep = RowFilter(str(flag.name), COLUMNS)
    assert [keep(row, "") for row in rows] == [True, True, False]


def test_percents_are_hundredths() -> None:
    row = make_row(coverage=0.55)
    assert RowFilter("coverage > 54%", COLUMNS, ("coverage",))(row, "")
    assert not RowFilter("coverage > 56%", COLUMNS, ("coverage",))(row, "")


def spectrum(sigma: bool = True) -> Spectrum:
    flux = np.full(400, 100.0) + np.random.default_rng(1).normal(0.0, 2.0, 400)
    mask = np.zeros(400, bool)
    mask[:210] = True  # more than half: the median is of the others
    flux[:210] = 5000.0
    axis = SpectralAxis(5000.0 + 0.1 * np.arange(400))
    return Spectrum(axis, flux, np.full(400, 2.0) if sigma else None, mask)


def test_masked_pixels_have_no_say_in_a_signal_to_noise_ratio() -> None:
    assert order_snr(spectrum()) == pytest.approx(50.0, rel=0.02)
    assert order_snr(spectrum(sigma=False)) == pytest.approx(50.0, rel=0.25)
    second = spectrum()
    axis = SpectralAxis(6000.0 + 0.3 * np.arange(400))
    faint = second.replace(uncertainty=np.full(400, 4.0), spectral_axis=axis)
    third = second.replace(spectral_axis=SpectralAxis(7000.0 + 0.3 * np.arange(400)))
    echelle = EchelleSpectrum((second, faint, third), {})
    assert spectrum_snr(echelle) == pytest.approx(50.0, rel=0.02)
    summary = describe(echelle)
    assert summary.fact("step_aa").raw == pytest.approx(0.3)  # the median of all orders', not the first's
    assert summary.fact("range_aa").raw == pytest.approx([5000.0, 7000.0 + 0.3 * 399])
    assert summary.fact("pixels").raw == 1200 and "52.5 % masked" in summary.fact("pixels").value
    assert summary.fact("orders").raw == 3


def test_each_flag_of_an_object_is_said_once_the_worst_first() -> None:
    both = int(PhotometryFlag.COVERAGE | PhotometryFlag.BIMODAL | PhotometryFlag.LOW_SNR)
    columns = {
        "z": np.array([0.5]), "flag_warn": np.array([both]),
        "flag_bad": np.array([int(PhotometryFlag.COVERAGE)]),
        "z_second": np.array([1.234]), "p_second": np.array([0.21]),
    }  # fmt: skip
    words = PhotometryResult(columns, np.zeros(1), lambda i: np.zeros(1), {}).words(0)
    assert len(words) == 3
    assert words[0].endswith("; do not use it.") and "less than half of the bands" in words[0]
    assert words[1].lower().startswith(PHOTOMETRY_FLAG_WORDS[PhotometryFlag.LOW_SNR][:20])
    assert words[2] == "A second redshift is possible: 1.234, with a probability of 21 %."
