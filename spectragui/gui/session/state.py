"""`AppState`: everything that the window shows, as one frozen value."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.denoise_state import DenoiseState, Denoising, Night
from spectragui.gui.session.generate_state import GenerateState
from spectragui.gui.session.photometry_state import OpenCatalogue, PhotometryState
from spectragui.gui.session.settings import Settings
from spectragui.inference.prediction import Prediction, PredictOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from spectragui.gui.session.generate_state import Generation
    from spectragui.io.reading.read_options import ReadOptions
    from spectragui.preprocessing.chain import Chain, ChainRun

Change = Callable[[AnySpectrum], AnySpectrum]


@dataclasses.dataclass(frozen=True, eq=False)
class OpenSpectrum:
    """One spectrum of the tree.

    Attributes
    ----------
    id : str
        Unique in the session, never reused.
    files : tuple of str
        Path of the file (of all arms' files, where they were given together).
    index : int
        Index of the spectrum in its file, from 0.
    spectrum : Spectrum or EchelleSpectrum
        As read, with the corrections and conversions the user asked for.
    is_visible : bool
        Whether its box is checked: drawn in the plots.
    snr : float
        Estimated from the flux, per pixel; NaN until it is known.
    options : ReadOptions or None
        How the file was read; None where the spectrum is from no file.
    changes : tuple of callable
        Corrections and conversions since it was read, each spectrum -> spectrum; done again when
        the file is read again.
    label : str
        What the user calls it; empty = by its object or file.
    """

    id: str
    files: tuple[str, ...]
    index: int
    spectrum: AnySpectrum
    is_visible: bool = True
    snr: float = float("nan")
    options: ReadOptions | None = None
    changes: tuple[Change, ...] = ()
    label: str = ""

    @property
    def name(self) -> str:
        """What to call it on screen: as the user does, else the object, else the bare name of its file."""
        if self.label:
            return self.label
        meta = self.spectrum.meta
        for key in ("name", "object"):
            if meta.get(key):
                return str(meta[key])
        return self.file_name

    @property
    def file_name(self) -> str:
        """Bare name of the file, or of the first of several."""
        if not self.files:
            return self.spectrum.name
        return Path(self.files[0]).name

    def replace(self, **changes: object) -> OpenSpectrum:
        """Return a copy with some attributes changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """One row of the results table.

    Attributes
    ----------
    id : str
        Unique in the session.
    spectrum_id : str
        The open spectrum it belongs to; empty for a result of an earlier session.
    prediction : Prediction
        Without comparison where it was restored from an earlier session.
    """

    id: str
    spectrum_id: str
    prediction: Prediction

    @property
    def model(self) -> str:
        """Name of the model that made it."""
        return str(self.prediction.row["model"])

    @property
    def is_of_earlier_state(self) -> bool:
        """Whether its spectrum was changed after the prediction."""
        return self.prediction.is_of_earlier_state

    def of_earlier_state(self) -> Result:
        """Return the same row, marked: its spectrum was changed since."""
        return dataclasses.replace(self, prediction=self.prediction.of_earlier_state())


@dataclasses.dataclass(frozen=True, eq=False)
class Measurement:
    """One row of the table of measurements.

    Attributes
    ----------
    id : str
        Unique in the session.
    spectrum_id : str
        The open spectrum that was measured; empty for a row of an earlier session.
    spectrum : Spectrum, EchelleSpectrum or None
        As it was then: what is drawn belongs to this version only.
    row : mapping
        A row of `spectragui.core.measurements`.
    curves : tuple of (role, wavelength_aa, flux)
        What is drawn over the spectrum; roles of the theme.
    """

    id: str
    spectrum_id: str
    spectrum: AnySpectrum | None
    row: Mapping[str, Any]
    curves: tuple[tuple[str, NDArray[np.float64], NDArray[np.float64]], ...] = ()


@dataclasses.dataclass(frozen=True)
class Watch:
    """A folder whose new files open as they arrive.

    Attributes
    ----------
    folder : str
    predicts : bool
        Whether they are predicted too.
    denoises : bool
        Whether they are denoised, and the exposures of one star added up.
    takes_present : bool
        Whether the files that are there already are opened as well.
    n_opened, n_failed : int
        Files since the watch began: opened, and could not be read.
    problem : str
        Why the folder cannot be looked into now; empty = it can.
    """

    folder: str
    predicts: bool = False
    denoises: bool = False
    takes_present: bool = False
    n_opened: int = 0
    n_failed: int = 0
    problem: str = ""

    def replace(self, **changes: object) -> Watch:
        """Return a copy with some attributes changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True, eq=False)
class AppState:
    """Everything that the window shows.

    Attributes
    ----------
    spectra : tuple of OpenSpectrum
        In the order of the tree.
    selected_id : str
        The spectrum that header, passport and Parameters are about; empty = none.
    selected_ids : tuple of str
        All that are selected in the tree, that one among them.
    peek_ids : tuple of str
        The spectra that are drawn only because they were opened or selected last: they give way to
        the next ones. Others that are drawn were chosen by their boxes.
    results : tuple of Result
        Rows of the results table, in the order in which they came.
    selected_result_id : str
        The row that is marked in table and Kiel diagram; empty = none.
    options : PredictOptions
        What the next prediction will be told; ``options.model`` empty = the suggested model.
    chains : mapping of str to Chain
        The chain of each spectrum that has one, by its id.
    runs : mapping of str to ChainRun
        What the chains gave, by the spectrum's id; may be about an earlier version of the chain, or
        about its first steps only.
    step_id : int
        `ChainStep.id` of the step that the Pipeline tab is about; 0 = the last.
    generate : GenerateState
        Sliders and switches of the Generate tab.
    generation : Generation or None
        What the tab shows once its sliders rest.
    denoise : DenoiseState
        What the next denoising is told.
    denoisings : tuple of Denoising
        What was denoised, at most one a spectrum, in the order in which they came.
    night : Night or None
        The exposures that are being added up; None = none are.
    catalogues : tuple of OpenCatalogue
        Open catalogues of photometry, in the order in which they came.
    catalogue_id : str
        The one that is shown; empty = none.
    catalogue_row : int
        The object of it that is marked, by its place in the file, from 0; -1 = none.
    photometry : PhotometryState
        What the Photometry tab is told.
    watch : Watch or None
        The folder that is watched; None = none is.
    measurements : tuple of Measurement
        Rows of the table of measurements, in the order in which they came.
    tool : str
        What a drag in the View does: a method of `spectragui.core.measurements`, "mask" or
        "unmask"; empty = it pans.
    active_panel : str
        Name of the tab in the centre.
    settings : Settings
        Preferences.
    """

    spectra: tuple[OpenSpectrum, ...] = ()
    selected_id: str = ""
    selected_ids: tuple[str, ...] = ()
    peek_ids: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    selected_result_id: str = ""
    options: PredictOptions = PredictOptions()
    chains: Mapping[str, Chain] = dataclasses.field(default_factory=dict)
    runs: Mapping[str, ChainRun] = dataclasses.field(default_factory=dict)
    step_id: int = 0
    generate: GenerateState = GenerateState()
    generation: Generation | None = None
    denoise: DenoiseState = DenoiseState()
    denoisings: tuple[Denoising, ...] = ()
    night: Night | None = None
    catalogues: tuple[OpenCatalogue, ...] = ()
    catalogue_id: str = ""
    catalogue_row: int = -1
    photometry: PhotometryState = PhotometryState()
    watch: Watch | None = None
    measurements: tuple[Measurement, ...] = ()
    tool: str = ""
    active_panel: str = "View"
    settings: Settings = Settings()

    @property
    def selected(self) -> OpenSpectrum | None:
        """The selected spectrum, if any."""
        return self.spectrum(self.selected_id)

    @property
    def selection(self) -> tuple[OpenSpectrum, ...]:
        """All selected spectra, in the order of the tree."""
        return tuple(item for item in self.spectra if item.id in self.selected_ids)

    @property
    def visible_spectra(self) -> tuple[OpenSpectrum, ...]:
        """Spectra whose box is checked, in the order of the tree."""
        return tuple(item for item in self.spectra if item.is_visible)

    def spectrum(self, spectrum_id: str) -> OpenSpectrum | None:
        """Return the open spectrum of this id, None if it is not open."""
        return next((item for item in self.spectra if item.id == spectrum_id), None)

    @property
    def catalogue(self) -> OpenCatalogue | None:
        """The catalogue that is shown, if any."""
        return next((item for item in self.catalogues if item.id == self.catalogue_id), None)

    def result(self, result_id: str) -> Result | None:
        """Return the result of this id, None if there is none."""
        return next((item for item in self.results if item.id == result_id), None)

    def result_of(self, spectrum_id: str, model: str = "") -> Result | None:
        """Return the newest result of a spectrum (by ``model``, if one is named)."""
        for item in reversed(self.results):
            if spectrum_id and item.spectrum_id == spectrum_id and model in ("", item.model):
                return item
        return None

    def denoising(self, spectrum_id: str) -> Denoising | None:
        """Return the denoising that a spectrum is about: of it, or whose result it is."""
        of_it = (item for item in self.denoisings if spectrum_id and item.spectrum_id == spectrum_id)
        made = (item for item in self.denoisings if spectrum_id and item.kept_id == spectrum_id)
        return next(of_it, None) or next(made, None)

    def prediction(self, spectrum_id: str, model: str = "") -> Prediction | None:
        """Return the newest prediction (by ``model``, if one is named) of a spectrum as it is now."""
        for item in reversed(self.results):
            is_of_it = spectrum_id and item.spectrum_id == spectrum_id and model in ("", item.model)
            if is_of_it and not item.is_of_earlier_state:
                return item.prediction
        return None


# Fields that undo and redo bring back; the rest (what is selected, preferences) stays as it is.
UNDOABLE_FIELDS = (
    "spectra",
    "results",
    "options",
    "chains",
    "measurements",
    "generate",
    "denoise",
    "denoisings",
    "catalogues",
)
# Brought back where the gesture changed them.
SELECTING_FIELDS = (
    *("selected_id", "selected_ids", "peek_ids", "selected_result_id", "step_id"),
    *("catalogue_id", "catalogue_row"),
)


def about_any(options: PredictOptions) -> PredictOptions:
    """Return the options without what was told about the selected spectra only."""
    return dataclasses.replace(options, resolving_power=None, medium=None, v_rad=None)
