"""`PhotometryModel`: the model folder of one network of photometry, opened."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.kept_models import kept_while_unchanged
from spectragui.core.model_card import ModelCard
from spectragui.core.model_folder import find_model, list_models, read_card, read_weights
from spectragui.core.photometry import BandSet, PhotometricTable
from spectragui.inference.photometry.sed_likeness import SedLikeness
from spectragui.networks.pdf_calibration import PdfCalibration

if TYPE_CHECKING:
    import torch

    from spectragui.networks.photometry_network import Output, PhotometryNetwork, PhotometryShape

KIND = "photometry"
#: The bundled model of each task.
BUNDLED = {
    "redshift": "alhambra-redshift",
    "stellarity": "alhambra-stellarity",
    "mass": "alhambra-mass",
    "type": "alhambra-type",
}
FAMILY = "alhambra"
_CALIBRATION = "calibration."
_SED = "sed."


@dataclasses.dataclass(frozen=True, eq=False)
class PhotometryModel:
    """A network with its calibration, read once.

    Attributes
    ----------
    folder : pathlib.Path
    card : ModelCard
    shape : PhotometryShape
    network : PhotometryNetwork
    calibration : dict of str to ndarray
        By output: (3, n_knots) of binned ones (`PdfCalibration`), offset and slope of ``p_star`` and
        ``p_star_photometry``, exponent of ``spectral_type``.
    likeness : SedLikeness or None
        Which colours were trained on.
    """

    folder: Path
    card: ModelCard
    shape: PhotometryShape
    network: PhotometryNetwork
    calibration: dict[str, NDArray[Any]]
    likeness: SedLikeness | None

    @classmethod
    def open(cls, name: str, device: str = "cpu") -> PhotometryModel:
        """Open a model by its name or its folder; one value a process as long as its files stay.

        Raises
        ------
        ModelError
            If there is none, it is damaged, or it is no network of photometry.
        """
        return _opened(find_model(name), device)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> PhotometryModel:
        """Read a model folder.

        Raises
        ------
        ModelError
            If it is damaged, or no network of photometry.
        """
        from spectragui.networks.photometry_network import shape_from_table

        card = read_card(folder)
        if card.kind != KIND:
            known = ", ".join(entry.card.name for entry in list_models(KIND)) or "none"
            raise ModelError(
                f"The model {card.name} is of the kind {card.kind!r}: it knows nothing of photometry.",
                f"Choose: {known}.",
            )
        shape = shape_from_table(card.network, card.name)
        tensors = read_weights(folder, card)
        calibration = {
            name.removeprefix(_CALIBRATION): values
            for name, values in tensors.items()
            if name.startswith(_CALIBRATION)
        }
        sed = {n.removeprefix(_SED): v for n, v in tensors.items() if n.startswith(_SED)}
        weights = {n: v for n, v in tensors.items() if not n.startswith((_CALIBRATION, _SED))}
        network = _network_of(shape, weights, card.name).to(device)
        _check_calibration(shape, calibration, card.name)
        likeness = SedLikeness.from_tensors(sed, shape.n_bands, card.name) if sed else None
        return cls(folder, card, shape, network, calibration, likeness)

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.card.name} {self.card.version}"

    def check_bands(self, table: PhotometricTable) -> None:
        """Raise where a table is of other bands than the network's.

        Raises
        ------
        ModelError
            With the training configuration that would make a model for them.
        """
        name = table.band_set.name
        if name == self.shape.band_set and len(table.band_set) == self.shape.n_bands:
            return
        raise ModelError(*_no_model(name, f"{self.card.name} is of {self.shape.band_set}"))

    def fresh_network(self) -> PhotometryNetwork:
        """Return a copy of the network that may be trained further."""
        import copy

        return copy.deepcopy(self.network).to("cpu")

    def logits(
        self,
        flux: torch.Tensor,
        sigma: torch.Tensor,
        observed: torch.Tensor,
        extra: torch.Tensor | None,
    ) -> dict[str, torch.Tensor]:
        """Return the network's outputs by name, on the device of the network."""
        import torch

        device = self.network.band_weight.device
        moved = [None if one is None else one.to(device) for one in (flux, sigma, observed, extra)]
        with torch.inference_mode():
            return self.network.split(self.network(*moved))

    def probabilities(
        self, output: Output, logits: torch.Tensor, log_snr: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return calibrated probabilities over the bins of an output, shape (n, n_bins)."""
        log_p = logits.log_softmax(1).cpu().numpy().astype(np.float32)
        if output.name == "spectral_type":
            return _softmax(log_p * float(self.calibration[output.name][0]))
        found = PdfCalibration.from_array(self.calibration[output.name]).apply(log_p, log_snr)
        return found.astype(np.float32)

    def star_probability(self, logits: torch.Tensor, name: str = "p_star") -> NDArray[np.float32]:
        """Return the calibrated probability to be a star or a QSO, shape (n,).

        Parameters
        ----------
        logits : Tensor, shape (n, 2)
        name : {"p_star", "p_star_photometry"}
            Which calibration: with size and shape, or without.
        """
        offset, slope = (float(value) for value in self.calibration[name])
        raw = (logits[:, 1] - logits[:, 0]).cpu().numpy().astype(np.float64)
        return (1.0 / (1.0 + np.exp(-np.clip(offset + slope * raw, -60, 60)))).astype(np.float32)


def other_models(bands: BandSet) -> list[ModelCard]:
    """Return the cards of networks in some bands that are none of the bundled ones: each replaces one."""
    return [
        entry.card
        for entry in list_models(KIND)
        if entry.card.name not in BUNDLED.values() and entry.card.network.get("band_set") == bands.name
    ]


def why_no_model(bands: BandSet) -> str:
    """Return why nothing is predicted in some bands, and what to do; empty where a bundled model knows them.

    No weights are read for it.
    """
    if bands.name == FAMILY:
        missing = set(BUNDLED.values()) - {entry.card.name for entry in list_models(KIND)}
        names = ", ".join(sorted(missing))
        return f"Models are missing from this installation: {names}. Install it again." if missing else ""
    return " ".join(_no_model(bands.name, f"the bundled ones are of {FAMILY}"))


def _no_model(bands: str, known: str) -> tuple[str, str]:
    return (
        f"No model is bundled for the bands {bands}: {known}, and no training data of {bands} were at hand.",
        f"Train one: spectragui train resources/training/{bands}-redshift.toml, with a catalogue of "
        "magnitudes and redshifts in these bands.",
    )


@kept_while_unchanged(8)
def _opened(folder: Path, device: str) -> PhotometryModel:
    return PhotometryModel.load(folder, device)


def _network_of(shape: PhotometryShape, weights: dict[str, Any], name: str) -> PhotometryNetwork:
    import torch

    from spectragui.networks.photometry_network import PhotometryNetwork
    from spectragui.networks.without_memory import without_memory

    with without_memory():  # a card may describe a network that is larger than its weights
        network = PhotometryNetwork(shape)
    tensors = {key: torch.from_numpy(np.asarray(values, dtype=np.float32)) for key, values in weights.items()}
    expected = {key: value.shape for key, value in network.state_dict().items()}
    if {key: value.shape for key, value in tensors.items()} != expected:
        raise ModelError(
            f"The weights of {name} do not fit the network that its card describes.",
            "Copy the model folder again.",
        )
    network.load_state_dict(tensors, assign=True)
    if not bool((network.scale > 0).all()) or not bool((network.band_weight > 0).all()):
        raise ModelError(f"The scaling in the weights of {name} is not positive.")
    return network.eval()


def _check_calibration(shape: PhotometryShape, calibration: dict[str, NDArray[Any]], name: str) -> None:
    sizes = {"p_star": (2,), "p_star_photometry": (2,), "spectral_type": (1,)}
    needed = [output.name for output in shape.outputs]
    if shape.task == "stellarity":
        needed.append("p_star_photometry")
    for output in needed:
        values = calibration.get(output)
        if values is None or (output in sizes and np.shape(values) != sizes[output]):
            raise ModelError(f"The weights of {name} lack the calibration of {output}.")
        if output not in sizes:
            PdfCalibration.from_array(values)


def _softmax(log_p: NDArray[np.float32]) -> NDArray[np.float32]:
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True))
