"""Prediction of one opened spectrum, the model loaded."""

import statistics
import time

import pytest

from spectragui.core.package_data import bundled_examples

N_RUNS = 5


@pytest.fixture(scope="module")
def spectrum():
    from spectragui.io.read import read_spectrum

    return read_spectrum(bundled_examples()[0].path)


def seconds_of(function, *values):
    start = time.perf_counter()
    function(*values)
    return time.perf_counter() - start


@pytest.mark.parametrize(("refine", "must", "aim"), [(False, 0.5, 0.1), (True, 5.0, 2.0)])
def test_parameters_of_one_spectrum(spectrum, report, refine, must, aim):
    from spectragui.inference.parameters.predict_spectrum import predict_spectrum
    from spectragui.inference.prediction import PredictOptions

    options = PredictOptions(refine=refine)
    predict_spectrum(spectrum, options)  # the model is loaded
    times = [seconds_of(predict_spectrum, spectrum, options) for _ in range(N_RUNS)]
    report(f"{'network and fit' if refine else 'network'}, median", statistics.median(times), "s", must, aim)
