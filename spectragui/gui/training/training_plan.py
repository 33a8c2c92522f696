"""What the training dialog is told: what a new model starts from, what it learns from, and how."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from spectragui.core.device_choice import device_param
from spectragui.core.parameters import param
from spectragui.simulation.instruments import instruments
from spectragui.training.data_sets.label_filters import LabelFilters
from spectragui.training.data_sets.model_grid import ModelGridSettings
from spectragui.training.data_sets.synthetic_set import SyntheticStars

AS_READ = ""  # instead of a chain
#: Where spectra come from.
TABLE, SYNTHETIC, GRID = "table", "synthetic", "grid"
JOINT, PAIRS, SINGLE = "together", "in pairs", "one network a label"
NETWORKS = ("chunk_mlp", "pca_mlp", "starnet", "vgg")


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """What may be set of a training; the defaults suit a fine-tuning on some hundred stars."""

    network: str = param(
        "chunk_mlp", label="Network", choices=NETWORKS, help="Architecture of a new network."
    )
    together: str = param(
        JOINT, label="Labels", choices=(JOINT, PAIRS, SINGLE),
        help="Whether one network learns all labels, or several are trained one after the other.",
    )  # fmt: skip
    steps: int = param(
        300, label="Batches", help="How often the weights are moved.", minimum=1, maximum=100_000_000
    )
    batch: int = param(64, label="Batch", help="Spectra of a batch.", minimum=2, maximum=4096)
    rate_e4: float = param(
        2.0, label="Learning rate (10⁻⁴)", help="Largest step; a fifth of a first training's, or less.",
        minimum=0.01, maximum=10_000_000.0,
    )  # fmt: skip
    rehearsal: float = param(
        0.5, label="Rehearsal", minimum=0.0, maximum=0.95,
        help="Part of each batch that is drawn as the base model was trained, so that it does not forget.",
    )  # fmt: skip
    seed: int = param(
        1, label="Seed", help="Of everything random: the same seed, the same weights.", minimum=0
    )
    device: str = device_param()
    draws: int = param(
        4000, label="Noisy spectra", minimum=16, maximum=1_000_000, help="Simulated to learn from."
    )
    calibration: int = param(
        500, label="Calibration spectra", minimum=32, maximum=100_000,
        help="Simulated to make errors and alarms true.",
    )  # fmt: skip
    learning_curve: bool = param(
        False, label="Learning curve",
        help="Train on a quarter and on half of the stars too, and say what more stars would bring.",
    )  # fmt: skip
    folds: int = param(
        5, label="Folds", minimum=2, maximum=20,
        help="Fewer than 500 stars: trainings that leave out a part in turn, to calibrate the errors.",
    )  # fmt: skip
    average: float = param(
        0.98,
        label="Averaging",
        help="Decay of the running average of the weights.",
        minimum=0.0,
        maximum=0.9999,
    )
    validate_every: int = param(10, label="Validate every", help="Batches between validations.", minimum=1)
    weight_decay: float = param(
        1e-4, label="Weight decay", help="Pull of all weights to zero.", minimum=0.0, step=1e-5
    )
    freeze: str = param(
        "", label="Frozen weights", help="Beginnings of their names, commas between: embedding, dense.0"
    )
    tensorboard: bool = param(
        False,
        label="TensorBoard logs",
        help="Write them beside the checkpoints; needs the package tensorboard.",
    )


ADVANCED = (
    "draws", "calibration", "learning_curve", "folds", "average", "validate_every", "weight_decay", "freeze",
    "tensorboard",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Nights:
    """Which stars and nights a denoiser is tuned for."""

    instrument: str = param(
        "pfs-mr",
        label="Instrument",
        choices=tuple(sorted(instruments())),
        help="Whose nights make the noise.",
    )
    teff_low: float = param(
        3600.0, label="Teff from", unit="K", minimum=1000.0, step=10.0, help="Coolest star."
    )
    teff_high: float = param(
        7000.0, label="Teff to", unit="K", minimum=1000.0, step=10.0, help="Hottest star."
    )
    n_stars: int = param(1500, label="Stars", minimum=50, maximum=1_000_000, help="Different stars.")
    ebv: float = param(
        0.1, label="E(B−V) to", unit="mag", minimum=0.0, step=0.01, help="Largest colour excess."
    )
    calibration_error: float = param(
        0.02, label="Calibration", minimum=0.0, maximum=0.5, help="Largest error of the flux scale."
    )
    fastest_kms: float = param(
        300.0, label="Velocities to", unit="km/s", minimum=0.0, maximum=950.0, help="Largest radial velocity."
    )


@dataclasses.dataclass(frozen=True)
class TrainingPlan:
    """All that a training is made of.

    Attributes
    ----------
    name : str
        Of the new model.
    kind : str
        Of `spectragui.training.kinds.KINDS`.
    base : str
        Model to start from; empty = a new network.
    preset : str
        Bundled configuration of a new network.
    source : str
        `TABLE`, `SYNTHETIC` or `GRID`, where labelled spectra are learnt from.
    folder, table : str
        Spectra (or models), and their labels.
    columns : mapping of str to str
        Role -> column, as told.
    labels : tuple of str
        That are learnt.
    chain : str
        Bundled chain that is applied first; empty = as they are read.
    same_shape : bool
        Whether spectra of another size than most are left out.
    cuts : str
        Preset or file of cuts; empty = none.
    filters : LabelFilters
    stars : SyntheticStars
    grid : ModelGridSettings
    nights : Nights
    catalogue : str
        File of photometry.
    settings : TrainingSettings
    """

    name: str = ""
    kind: str = "parameters"
    base: str = "optical-parameters"
    preset: str = ""
    source: str = TABLE
    folder: str = ""
    table: str = ""
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    labels: tuple[str, ...] = ()
    chain: str = AS_READ
    same_shape: bool = False
    cuts: str = ""
    filters: LabelFilters = LabelFilters()
    stars: SyntheticStars = SyntheticStars()
    grid: ModelGridSettings = ModelGridSettings()
    nights: Nights = Nights()
    catalogue: str = ""
    settings: TrainingSettings = TrainingSettings()

    @property
    def data_key(self) -> str:
        """What the data set depends on: where it is the same, the check still holds."""
        plain = dataclasses.replace(self, name="", settings=TrainingSettings(seed=self.settings.seed))
        return repr(plain)
