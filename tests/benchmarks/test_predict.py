"""Prediction of one opened spectrum, the model loaded."""

import statistics
import time

import pytest

from spectragui.core.package_data import bundled_examples
from tests.many_files import write_night

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


def test_files_a_cpu_second_without_a_fit(tmp_path, report):
    """Files of 50,000 pixels, reading included; CPU time of this process, whatever else the machine does."""
    from spectragui.inference.parameters.predict_spectrum import predict_spectrum
    from spectragui.inference.prediction import PredictOptions
    from spectragui.io.read import read_spectrum

    files = write_night(tmp_path, 21)
    options = PredictOptions(refine=False)
    good = [file for file in files if file.is_symlink()]
    predict_spectrum(read_spectrum(good[0]), options)  # the model is loaded
    start = time.process_time()
    for file in good:
        predict_spectrum(read_spectrum(file), options)
    report("files of 50,000 pixels a CPU second", len(good) / (time.process_time() - start), "1/s", 20, 50)
