"""A prediction reads the weights of the models that it works with, however many are bundled."""

from __future__ import annotations

import subprocess
import sys

from spectragui.core.package_data import bundled_examples

PROGRAM = """
import sys
from spectragui.core import model_folder, weights_file
opened = set()
import builtins, io, pathlib
plain = builtins.open
def noting(file, *rest, **more):
    if str(file).endswith(".safetensors"):
        opened.add(pathlib.Path(str(file)).parent.name)
    return plain(file, *rest, **more)
builtins.open = io.open = noting
import safetensors, safetensors.numpy
safe_open = safetensors.safe_open
class Noted:
    def __new__(cls, file, *rest, **more):
        opened.add(pathlib.Path(str(file)).parent.name)
        return safe_open(file, *rest, **more)
safetensors.safe_open = Noted
from spectragui.io import read_spectrum
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import PredictOptions
predict_spectrum(read_spectrum(sys.argv[1]), PredictOptions())
print("READ", *sorted(opened))
"""


def test_only_what_serves_is_read() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(bundled_examples()[0].path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    read = set(done.stdout.split("READ")[1].split())
    assert read <= {"optical-parameters", "optical-emulator", "velocity_templates"}, read
    assert {"optical-parameters", "optical-emulator"} <= read
