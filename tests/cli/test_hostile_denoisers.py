"""Denoisers, generators and emulators from strangers: refused on import, and when used by their folder."""

from __future__ import annotations

import resource
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file

from spectragui.core.package_data import bundled_examples, data_folder
from tests.cli.test_hostile_models import HUGE, change_card, change_weights, refused  # noqa: F401

N_LINES, N_LEVEL, N_POINTS, N_KNOTS = 40, 16, 17321, 240
N = N_LINES + N_LEVEL
MOST_KB = 900_000  # the libraries among them


@pytest.fixture
def denoiser(tmp_path):
    """Return a folder with a sound denoiser of a stranger."""
    return copied(tmp_path, "pfs-dae")


def copied(tmp_path, model):
    folder = tmp_path / "post" / "other"
    folder.mkdir(parents=True)
    for name in ("card.toml", "model.safetensors"):
        shutil.copy(data_folder("models") / model / name, folder / name)
    change_card(folder, name="other", companions__error_patterns=None)
    return folder


def member(number=0, inputs=2 * (N + 1), width=8, outputs=2 * (N + 2), value=0.0):
    shapes = {
        "first.weight": (width, inputs), "first.bias": (width,), "middle.weight": (width, width),
        "middle.bias": (width,), "last.weight": (width, width), "last.bias": (width,),
        "out.weight": (outputs, width), "out.bias": (outputs,),
    }  # fmt: skip
    return {
        f"members__{number}__{key.replace('.', '__')}": np.full(shape, value, np.float32)
        for key, shape in shapes.items()
    }


CALIBRATION = np.array([[-5.0, 0.0], [0.0, 0.1]], np.float32)
TENSORS = {
    "grid of three": {"grid": np.array([7000.0, 4.0, 1.0])},
    "grid descends": {"grid": np.array([7063.0, -4.0])},
    "steps of nothing": {"grid": np.array([7063.0, 0.0])},
    "steps that fill the memory": {"grid": np.array([7063.0, 1e9])},
    "steps that fill some memory": {"grid": np.array([110.0, 150.0])},
    "start at zero": {"grid": np.array([0.0, 4.0])},
    "start beyond the continuum": {"grid": np.array([8000.0, 4.0])},
    "no grid": {"grid": None},
    "no lines": {"lines": np.zeros((0, N_POINTS), np.float16)},
    "lines of another length": {"lines": np.zeros((N_LINES, 5), np.float16)},
    "lines in three dimensions": {"lines": np.zeros((2, 2, N_POINTS), np.float16)},
    "lines huge": {"lines_mean": np.full(N_POINTS, 1e30, np.float32)},
    "continuum descends": {"level_aa": np.linspace(8850, 7100, N_KNOTS).astype(np.float32)},
    "continuum of one wavelength": {"level_aa": np.full(N_KNOTS, 8000.0, np.float32)},
    "continuum elsewhere": {"level_aa": np.linspace(7300, 8600, N_KNOTS).astype(np.float32)},
    "continuum of another length": {"level_aa": np.linspace(7100, 8850, 7).astype(np.float32)},
    "continuum of 1e38": {"level": np.full((1 + N_LEVEL, N_KNOTS), 500.0, np.float32)},
    "no level": {"level": None},
    "prior of another size": {"prior_factor": np.zeros((3, 3), np.float32)},
    "prior without end": {"prior_factor": np.full((N, N), 1e30, np.float32)},
    "prior mean of another size": {"prior_mean": np.zeros(5, np.float32)},
    "prior mean far off": {"prior_mean": np.full(N, 1e20, np.float32)},
    "templates of another size": {"templates": np.zeros((4, 5), np.float32)},
    "no templates": {"templates": np.zeros((0, N), np.float32)},
    "templates far off": {"templates": np.full((2, N), 1e9, np.float32)},
    "nan": {"templates": np.full((2, N), np.nan, np.float32)},
    "members without calibration": member(),
    "members of another basis": {**member(inputs=10, outputs=12), "calibration": CALIBRATION},
    "members missing": {**member(number=999_999_999), "calibration": CALIBRATION},
    "a member of no number": {"members__x__first__weight": np.zeros((2, 2), np.float32)},
    "members that overflow": {**member(value=1e38), "calibration": CALIBRATION},
    "calibration of e^50": {**member(), "calibration": CALIBRATION + 50.0},
    "calibration descends": {**member(), "calibration": CALIBRATION[:, ::-1]},
    "calibration of one row": {**member(), "calibration": np.zeros(4, np.float32)},
}  # fmt: skip


@pytest.mark.parametrize("tensors", TENSORS.values(), ids=TENSORS)
def test_denoisers_that_are_not_sound(refused, run, denoiser, tensors):  # noqa: F811
    change_weights(denoiser, **tensors)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(denoiser)
    result = run("denoise", bundled_examples()[2].path, "--model", denoiser, "-o", denoiser / "out.fits")
    assert result.exit_code == 1
    assert "fault of SpectraGUI" not in result.output and "Traceback" not in result.output
    assert not (denoiser / "out.fits").exists()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_KB


CARDS = {
    "other wavelengths": {"wavelength__start_aa": 4000.0},
    "no wavelengths": {"wavelength": None},
    "as many pixels as there are atoms": {"wavelength__n_pixels": HUGE},
    "a kind of its own": {"kind": "denoiser of the strangers"},
    "parameters": {"kind": "parameters"},
    "a power of nothing": {"domain__resolving_power": [0.0, 0.0]},
    "powers turned": {"domain__resolving_power": [5200.0, 4800.0]},
    "power text": {"domain__resolving_power": "5000"},
    "the emulator is a path": {"companions__emulator": "../../evil"},
    "a tensor of negative shape": {"tensors__lines": [-40, N_POINTS]},
    "labels none": {"labels__teff": None, "labels__logg": {"unit": "dex", "minimum": 5.0, "maximum": 0.0}},
}


@pytest.mark.parametrize("changes", CARDS.values(), ids=CARDS)
def test_cards_of_denoisers_that_lie(refused, denoiser, changes):  # noqa: F811
    change_card(denoiser, **changes)
    refused(denoiser)


def test_a_sound_one_is_imported(run, denoiser):
    result = run("models", "import", denoiser)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("model", ["optical-emulator", "optical-cvae", "pfs-emulator", "pfs-dae"])
@pytest.mark.parametrize("how", ["nan", "infinite", "huge", "cut", "more", "text"])
def test_each_tensor_of_each_kind(refused, tmp_path, model, how):  # noqa: F811
    """The first and the largest tensor of numbers, damaged in each way."""
    folder = copied(tmp_path, model)
    tensors = load_file(folder / "model.safetensors")
    numbers = sorted((name for name, value in tensors.items() if value.dtype.kind == "f"), key=str)
    largest = max(numbers, key=lambda name: tensors[name].size)
    for name in {numbers[0], largest}:
        value = tensors[name].astype(np.float32)
        changed = {
            "nan": np.full_like(value, np.nan),
            "infinite": np.full_like(value, np.inf),
            "huge": np.full_like(value, 3e37),
            "cut": value[:-1],
            "more": np.concatenate([value, value[:1]]),
            "text": np.frombuffer(b"abc", np.uint8),
        }[how]
        change_weights(folder, **{name.replace(".", "__"): changed})
        refused(folder)
        change_weights(folder, **{name.replace(".", "__"): tensors[name]})
