"""`OpenedModel`: a model with all that its card names, read once and passed on."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

from spectragui.analysis.cross_correlation import VelocityTemplates
from spectragui.core.card_formats import NAME
from spectragui.core.errors import ModelError
from spectragui.core.model_card import Medium, ModelCard
from spectragui.core.model_folder import CARD_FILE, ModelEntry, find_model, list_models, read_card
from spectragui.inference.fit.model_error import ErrorPatterns, load_error_patterns
from spectragui.inference.observation.velocity_templates import templates_in
from spectragui.simulation import emulator as emulators
from spectragui.simulation.emulator import Emulator, emulator_of_folder


@dataclasses.dataclass(frozen=True, eq=False)
class OpenedModel:
    """A model, and what it works with, by its card: nothing else knows of a window or of labels.

    Attributes
    ----------
    path : pathlib.Path
        Its folder.
    card : ModelCard
    is_bundled : bool
    """

    path: Path
    card: ModelCard
    is_bundled: bool = False

    @property
    def name(self) -> str:
        """Name on its card."""
        return self.card.name

    @property
    def window_aa(self) -> tuple[float, float]:
        """What is cut out of a spectrum [Angstrom, ``medium``, rest frame]."""
        return self.card.window_aa

    @property
    def medium(self) -> Medium:
        """Medium of its wavelengths."""
        return self.card.medium

    @functools.cached_property
    def emulator(self) -> Emulator:
        """What generates spectra at its labels: itself, or the one that its card names.

        Raises
        ------
        ModelError
            If there is none, it is damaged, or it is of another medium.
        """
        if self.card.kind == emulators.KIND:
            return emulator_of_folder(self.path)
        name = self.card.companions.emulator
        if not name:
            raise ModelError(
                f"The card of the model {self.name} names no emulator.",
                "It needs one, to compare and to fit.",
            )
        found = emulator_of_folder(self._companion(name))
        if found.medium != self.medium:
            raise ModelError(
                f"The model {self.name} is in {self.medium}, its emulator {name} in {found.medium}."
            )
        return found

    @functools.cached_property
    def patterns(self) -> ErrorPatterns | None:
        """How wrong the physics is, on the pixels of the emulator; None where nobody measured it.

        Raises
        ------
        ModelError
            If they are missing or damaged.
        """
        name = self.card.companions.error_patterns
        if not name:
            return None
        return load_error_patterns(self.path if name == self.name else self._companion(name))

    @functools.cached_property
    def templates(self) -> VelocityTemplates:
        """What velocities are measured with, in its medium."""
        return templates_in(self.card.companions.velocity_templates, self.medium, lambda: self.emulator)

    def load_companions(self) -> None:
        """Read all that it works with: what is missing or damaged is said before any work.

        Raises
        ------
        ModelError
            If something is.
        """
        _ = self.emulator, self.patterns, self.templates

    def _companion(self, name: str) -> Path:
        """Return the folder of another model: one that is installed, else the one that lies beside this."""
        beside = self.path.parent / name
        try:
            return find_model(name)
        except ModelError:
            if NAME.fullmatch(name) and (beside / CARD_FILE).is_file():
                return beside
            raise


def open_model(name: str) -> OpenedModel:
    """Open a model by its name, or by its folder; one value a process as long as its card stays.

    Raises
    ------
    ModelError
        If there is none, or its card is not sound.
    """
    return _open(find_model(name))


def open_entry(entry: ModelEntry) -> OpenedModel:
    """Open a model that was found."""
    return _open(entry.path)


def _open(folder: Path) -> OpenedModel:
    try:
        facts = (folder / CARD_FILE).stat()
    except OSError:
        return OpenedModel(folder, read_card(folder))  # which says what is missing
    return _opened(folder, facts.st_mtime_ns, facts.st_size)


@functools.lru_cache(maxsize=8)
def _opened(folder: Path, changed_ns: int, size: int) -> OpenedModel:
    del changed_ns, size  # they tell whether the card is another one
    is_bundled = any(entry.path == folder and entry.is_bundled for entry in list_models())
    return OpenedModel(folder, read_card(folder), is_bundled)
