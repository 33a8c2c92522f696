"""Agreement with a catalogue, against closed forms."""

import numpy as np
import pytest

from spectragui.analysis.photometry_statistics import (
    agreement,
    agreement_by,
    completeness_and_purity,
    confusion,
    redshift_residuals,
    roc_curve,
    sigma_nmad,
)


def test_the_scatter_of_a_normal_distribution_is_its_sigma_whatever_its_outliers():
    rng = np.random.default_rng(5)
    z_ref = rng.uniform(0.1, 1.2, 200_000)
    z = z_ref + (1 + z_ref) * rng.normal(0.002, 0.01, z_ref.size)
    z[::20] += 1.0  # one in twenty is simply wrong
    found = agreement(redshift_residuals(z, z_ref))
    assert found.n == z.size
    assert found.bias == pytest.approx(0.0026, abs=0.0004)  # outliers pull the median to 52.6 %
    assert found.scatter == pytest.approx(0.0107, abs=0.0004)
    assert found.outliers == pytest.approx(0.05, abs=0.001)
    assert found.outliers_in_sigma == pytest.approx(0.05, abs=0.001)
    assert sigma_nmad(rng.normal(3.0, 0.2, 200_000)) == pytest.approx(0.2, rel=0.01)


def test_what_is_not_known_is_left_out():
    found = agreement(redshift_residuals(np.array([0.5, np.nan, 0.2]), np.array([0.5, 0.3, np.nan])))
    assert found.n == 1 and found.bias == 0.0
    assert agreement(np.array([np.nan])).n == 0
    assert np.isnan(agreement(np.array([])).scatter)


def test_bins_with_few_objects_say_only_how_many():
    quantity = np.repeat([0.1, 0.5], [10, 3])
    found = agreement_by(quantity, np.full(13, 0.02), np.array([0.0, 0.3, 0.6]))
    assert [one.n for one in found.bins] == [10, 3]
    assert found.bins[0].bias == pytest.approx(0.02)
    assert np.isnan(found.bins[1].bias)
    assert found.centres.tolist() == pytest.approx([0.15, 0.45])


def test_the_area_under_the_curve_is_the_chance_to_rank_a_star_above_a_galaxy():
    rng = np.random.default_rng(6)
    is_star = rng.random(3000) < 0.3
    p = np.round(np.clip(rng.normal(np.where(is_star, 0.6, 0.4), 0.2), 0, 1), 2)  # with ties
    stars, galaxies = p[is_star][:, None], p[~is_star][None, :]
    chance = np.mean((stars > galaxies) + 0.5 * (stars == galaxies))
    found = roc_curve(p, is_star)
    assert found.area == pytest.approx(chance, abs=1e-12)
    assert (found.false_positive[0], found.true_positive[0]) == (0.0, 0.0)
    assert (found.false_positive[-1], found.true_positive[-1]) == (1.0, 1.0)
    assert roc_curve(np.full(10, 0.5), np.arange(10) < 5).area == pytest.approx(0.5)
    assert np.isnan(roc_curve(p, np.ones(3000, bool)).area)


def test_confusion_completeness_and_purity():
    true = np.array([0, 0, 0, 1, 1, -1, 2])
    predicted = np.array([0, 0, 1, 1, 0, 0, 1])
    found = confusion(true, predicted, 2)
    assert found.counts.tolist() == [[2, 1], [1, 1]]
    assert found.accuracy == pytest.approx(3 / 5)
    assert found.completeness(0) == pytest.approx(2 / 3)
    assert found.purity(1) == pytest.approx(1 / 2)
    assert np.isnan(confusion(np.array([0]), np.array([0]), 2).purity(1))
    magnitude = np.array([20.1] * 6 + [21.5] * 2)
    is_star = np.array([True] * 5 + [False] + [True] * 2)
    said = np.array([True] * 4 + [False, True] + [True] * 2)
    by = completeness_and_purity(magnitude, is_star, said, np.array([20.0, 21.0, 22.0]))
    assert by.n_true.tolist() == [5, 2]
    assert by.completeness[0] == pytest.approx(4 / 5) and by.purity[0] == pytest.approx(4 / 5)
    assert np.isnan(by.completeness[1])
