"""From a configuration to a generator's model folder, small; element patterns; training spectra."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import SettingsError, SpectraGUIError, TrainingError
from spectragui.core.model_folder import check_model, read_card
from spectragui.core.progress import Cancelled
from spectragui.gui.training.history_follower import HistoryFollower
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import GENERATOR_LABELS, SpectrumGenerator, load_generator
from spectragui.training.callbacks import Callback  # noqa: E402
from spectragui.training.config_file import read_config

torch = pytest.importorskip("torch")

from spectragui.training.generator.cases import CASES, TrueSpectra, evaluate_case  # noqa: E402
from spectragui.training.generator.config import GeneratorConfig  # noqa: E402
from spectragui.training.generator.data import GeneratorStream, draw_broadening  # noqa: E402
from spectragui.training.generator.element_patterns import (  # noqa: E402 - after torch
    ELEMENT_GROUPS,
    cool_part,
    element_shares,
)
from spectragui.training.grids import read_grid  # noqa: E402
from spectragui.training.run import train_model  # noqa: E402

LOW, HIGH = np.array([4500, 2.5, -1.0, 0.0, 0.5]), np.array([6500, 4.8, 0.3, 0.3, 2.5])
WINDOW = 5100.0 + 0.05 * np.arange(1200)


@pytest.fixture(scope="module")
def grid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty spectra of the bundled emulator, in the layout of a grid."""
    emulator = load_emulator("optical-emulator")
    labels = np.random.default_rng(2).uniform(LOW, HIGH, (30, 5))
    flux = np.round(np.clip(emulator.normalised_flux(labels), 0.0, 1.3) * 50000).astype(np.uint16)
    path = tmp_path_factory.mktemp("grid") / "small.npz"
    np.savez(path, wave=emulator.wavelength_aa, flux=flux, labels=labels, label_names=emulator.label_names)
    return path


@pytest.fixture(scope="module")
def line_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few lines: chromium alone at 5120 A, magnesium and iron together at 5140 A, TiO in cool stars."""
    from astropy.table import Table

    table = Table(
        {
            "species": ["Cr 1", "Mg 1", "Fe 1", "TiO 1"],
            "wlcent": [5120.0, 5140.0, 5140.0, 5130.0],
            "depth_max": [0.8, 0.6, 0.6, 0.9],
            "depth_max_hot": [0.8, 0.6, 0.6, 0.0],
        }
    )
    path = tmp_path_factory.mktemp("lines") / "lines.fits"
    table.write(path)
    return path


def configuration(grid: Path, lines: Path, output: Path, name: str = "factored_cvae") -> Path:
    text = f"""
kind = "cvae"
output = "{output.as_posix()}"
[data]
grid = "{grid.as_posix()}"
line_list = "{lines.as_posix()}"
start_aa = 5100.0
n_pixels = 1200
n_labels = 100
n_spectra = 240
n_scattered = 120
n_survey = 160
n_broad = 20
n_sharp = 12
[network]
name = "{name}"
[network.options]
{"width = 32" if name == "factored_cvae" else "hidden = [32, 16]"}
[training]
steps = 60
batch = 32
learning_rate = 3e-3
validate_every = 20
checkpoint_every = 1000
[latent]
steps = 30
batch = 32
"""
    path = output.with_suffix(".toml")
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def trained(grid_file, line_list, tmp_path_factory) -> Path:
    config = read_config(configuration(grid_file, line_list, tmp_path_factory.mktemp("runs") / "small"))
    assert isinstance(config, GeneratorConfig)
    return train_model(config)


def test_a_configuration_becomes_a_generator(trained, grid_file):
    card = check_model(trained)
    assert card.kind == "cvae"
    assert tuple(label.name for label in card.labels) == GENERATOR_LABELS
    generator = SpectrumGenerator.load(trained)
    assert generator.wavelength_aa[0] == 5100.0
    assert generator.wavelength_aa.size == 1200
    grid = read_grid(grid_file)
    result = evaluate_case(generator, TrueSpectra(grid, generator.wavelength_aa), CASES[0], 30)
    spread = np.abs(grid.normalised_flux() - grid.normalised_flux().mean(axis=0)).mean()
    assert result.mean_error.mean() < spread
    assert result.labels.shape == (30, 7)
    latent = np.random.default_rng(0).standard_normal((5, generator.n_latent))
    assert generator.samples(result.labels[:1], latent).std(axis=0).max() > 0


def test_its_configuration_is_kept_and_read_back(trained):
    config = read_config(trained / "train.toml")
    assert isinstance(config, GeneratorConfig)
    assert config.data.n_pixels == 1200
    assert read_card(trained).training["n_spectra"] == 240


def test_the_papers_preset_trains_from_a_configuration(grid_file, line_list, tmp_path):
    config = read_config(configuration(grid_file, line_list, tmp_path / "paper", "cvae"))
    folder = train_model(config)
    losses = [
        float(line.split('"validation_loss": ')[1].split(",")[0])
        for line in (folder / "checkpoints" / "cvae.jsonl").read_text().splitlines()
    ]
    assert losses[-1] < losses[0]
    assert (folder / "model.safetensors").stat().st_size > 2 * 32 * 1200
    serves_by_its_path(folder)
    again = dataclasses.replace(
        config,
        output=str(tmp_path / "again"),
        training=dataclasses.replace(config.training, checkpoint_every=20),
    )

    class Kill(Callback):
        def on_step_end(self, state, parts):
            if state.step == 33:
                raise Cancelled

    with pytest.raises(Cancelled):
        train_model(again, callbacks=[Kill()])
    resumed = train_model(again, resume=True)
    weights = [(one / "model.safetensors").read_bytes() for one in (folder, resumed)]
    assert weights[0] == weights[1]
    assert [row["step"] for row in HistoryFollower(resumed).rows()] == [20, 40, 60]


def serves_by_its_path(folder):
    """A trained CVAE of the paper has a card, and generates as its torch network does."""
    from spectragui.inference.generate.generate_spectrum import GenerateRequest, generate_spectrum
    from spectragui.networks.cvae import build_generator
    from spectragui.simulation.dense_generator import LIMITS
    from spectragui.training.generator.paper_cvae import scaled_labels

    card = check_model(folder)
    assert card.kind == "cvae" and card.wavelength.n_pixels == 1200
    generator = load_generator(str(folder))
    star = np.array([[5500.0, 4.0, -0.3, 0.0, 1.0, 10.0, 50_000.0]])
    latent = np.random.default_rng(1).standard_normal((1, generator.n_latent)).astype(np.float32)
    network = build_generator("cvae", 1200, 6, **read_config(folder / "train.toml").network.options)
    state = network.state_dict() | {
        name: torch.from_numpy(value) for name, value in generator.weights.items() if name != LIMITS
    }
    network.load_state_dict(state)
    labels = torch.from_numpy(scaled_labels(star, generator.weights[LIMITS].astype(float)))
    with torch.no_grad():
        expected = network.decode(torch.from_numpy(latent), labels).numpy()
    assert np.allclose(generator.flux(star, latent), expected, atol=1e-4)
    request = GenerateRequest(
        teff=5500.0, logg=4.0, resolving_power=50_000.0, model=str(folder), start_aa=5110.0, stop_aa=5150.0,
        samples=3,
    )  # fmt: skip
    made = generate_spectrum(request)
    assert np.isfinite(made.flux).all() and made.samples.shape == (3, made.flux.size)
    with pytest.raises(SettingsError, match="outside the trained range"):
        generate_spectrum(dataclasses.replace(request, alpha_m=0.3))


def test_the_bundled_presets_are_read(checkout):
    paper = read_config(checkout / "resources" / "training" / "paper-cvae.toml")
    assert paper.network.name == "cvae"
    assert (paper.training.batch, paper.training.patience) == (512, 50)
    assert paper.network.options == {"hidden": [4000, 2000, 1000], "n_latent": 100}


@pytest.mark.parametrize(("old", "new"), [('"factored_cvae"', '"gan"'), ("width = 32", "breadth = 32")])
def test_networks_and_options_that_do_not_exist_are_said(grid_file, line_list, tmp_path, old, new):
    path = configuration(grid_file, line_list, tmp_path / "bad")
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SpectraGUIError, match="gan|breadth"):
        train_model(read_config(path))


def test_unknown_entries_are_named(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text('kind = "cvae"\n[data]\ngird = "x"\n')
    with pytest.raises(TrainingError, match="gird"):
        read_config(path)


def test_shares_of_absorption_are_the_elements(line_list):
    emulator = load_emulator("optical-emulator")
    shares = element_shares(line_list, emulator.wavelength_aa)
    names = list(ELEMENT_GROUPS)

    def at(wavelength, name, kind):
        return shares[kind, names.index(name), np.argmin(np.abs(emulator.wavelength_aa - wavelength))]

    assert at(5120.0, "Cr", 0) > 0.9
    assert at(5140.0, "Mg", 0) == pytest.approx(0.5, abs=0.03)  # iron has the other half
    assert at(5130.0, "Ti Sc", 0) > 0.9
    assert at(5130.0, "Ti Sc", 1) < 0.05
    assert at(5150.0, "Cr", 0) < 0.01
    assert np.all(shares.sum(axis=1) <= 1.0 + 1e-5)
    assert np.allclose(cool_part(np.array([3900.0, 4650.0, 6000.0])), [1.0, 0.5, 0.0])


def test_one_elements_lines_alone_change(grid_file, line_list):
    emulator = load_emulator("optical-emulator")
    shares = element_shares(line_list, emulator.wavelength_aa)
    stream = GeneratorStream(emulator, read_grid(grid_file), WINDOW, shares, n_labels=50)
    drawn = stream.draw_with_elements(12)
    assert drawn.difference.shape == drawn.flux.shape == (12, 1200)
    far = (np.abs(WINDOW - 5120) > 12) & (np.abs(WINDOW - 5140) > 12) & (np.abs(WINDOW - 5130) > 12)
    sharp = drawn.labels[:, 5] < 20
    assert sharp.any()
    near = np.abs(drawn.difference[sharp][:, ~far]).max()
    assert near > 5 * np.abs(drawn.difference[sharp][:, far]).max()


def test_broadening_is_drawn_over_the_whole_range():
    vsini, power = draw_broadening(20_000, np.random.default_rng(0)).T
    assert vsini.min() < 1 < 290 < vsini.max() <= 310
    assert power.min() < 1100 < 110_000 < power.max() <= 120_000
    assert np.mean((vsini < 20) & (power > 50_000)) > 0.15
