"""The spectrum as it would be read, and what is in its file: the right side of the import assistant."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QSplitter,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Progress
from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.files.reading import words_for_options
from spectragui.gui.plots.empty_place import EmptyPlace
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.theme.theme import Theme
from spectragui.io.import_rules import ImportRule
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.rule_match import RuleMatch
from spectragui.io.survey import FileSurvey

if TYPE_CHECKING:
    from spectragui.gui.plots.spectrum_plot import SpectrumPlot

PLOT_HEIGHT = 230
SHOWN_VALUES = 4


@dataclasses.dataclass(frozen=True, eq=False)
class Look:
    """What is known of a file before it is read.

    Attributes
    ----------
    survey : FileSurvey
    matches : tuple of RuleMatch
        What could tell files of the same kind.
    rule : ImportRule or None
        The user's rule for the file, if there is one.
    """

    survey: FileSurvey
    matches: tuple[RuleMatch, ...] = ()
    rule: ImportRule | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class ReadPreview:
    """What came of reading a file with some options: a spectrum, or an error."""

    options: ReadOptions
    spectrum: AnySpectrum | None = None
    error: SpectraGUIError | None = None
    snr: float = float("nan")


def look_into(path: str, progress: Progress) -> Look:
    """Look into a file without reading its spectrum."""
    from spectragui.io.import_rules import find_rule, known_rules
    from spectragui.io.reading.source import Source, library_errors
    from spectragui.io.rule_match import suggest_matches
    from spectragui.io.survey import survey_file

    survey = survey_file(path)
    progress(0.5)
    if survey.problem:
        return Look(survey)
    source = Source(path)
    with source.catching_warnings():
        try:
            return Look(survey, tuple(suggest_matches(source)), find_rule(source, known_rules()))
        except SpectraGUIError:  # the preview says why
            return Look(survey)
        except library_errors():
            return Look(survey)
        finally:
            source.close()


def read_preview(path: str, options: ReadOptions, progress: Progress) -> ReadPreview:
    """Read the first wanted spectrum of a file; an error is a result here, since it is shown in place."""
    from spectragui.core.signal_to_noise import spectrum_snr
    from spectragui.io.read import read_spectra

    try:
        spectrum = read_spectra(path, options.replace(spectrum=(*options.spectra, 0)[0]))[0]
        progress(0.9)
    except SpectraGUIError as error:
        return ReadPreview(options, error=error)
    return ReadPreview(options, spectrum, snr=spectrum_snr(spectrum))


class PreviewPane(QWidget):
    """Plot, a line of facts, and the tree of extensions and columns.

    Parameters
    ----------
    theme : Theme
    parent : QWidget, optional
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from spectragui.gui.plots.spectrum_plot import SpectrumPlot

        self.plot: SpectrumPlot = SpectrumPlot(theme)
        self.plot.setMinimumHeight(PLOT_HEIGHT)
        self.place = EmptyPlace()
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes = QLabel()
        self.notes.setWordWrap(True)
        self.notes.setProperty("role", "secondary")
        self.tree = _tree()
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.place)
        self._pages.addWidget(self.plot)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(pages, 1)
        column.addWidget(self.facts)
        column.addWidget(self.notes)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(upper)
        split.addWidget(self.tree)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        self.say("Looking into the file…", "")

    def say(self, title: str, text: str) -> None:
        """Say in the place of the plot why there is none."""
        self.place.say(title, text)
        self._pages.setCurrentWidget(self.place)
        self.facts.setText("")
        self.notes.setText("")

    def show_survey(self, survey: FileSurvey) -> None:
        """List extensions and columns."""
        self.tree.clear()
        for part in survey.parts:
            row = QTreeWidgetItem([part.label, part.role, part.unit, part.scale])
            self.tree.addTopLevelItem(row)
            for column in part.columns:
                size = f" ({' x '.join(str(n) for n in column.shape)} a row)" if column.shape else ""
                values = ", ".join(column.first[:SHOWN_VALUES])
                row.addChild(QTreeWidgetItem([column.name + size, column.role, column.unit, values]))
            row.setExpanded(part is survey.main_part or len(survey.parts) <= 2)
        if not survey.parts:
            for line in survey.first_lines:
                self.tree.addTopLevelItem(QTreeWidgetItem([line]))
        self.tree.setVisible(self.tree.topLevelItemCount() > 0)

    def show_taken(self, part: int, roles: Mapping[int, str]) -> None:
        """Write what each column of a part is taken for, beside it."""
        top = self.tree.topLevelItem(part)
        for number, role in roles.items() if top is not None else ():
            if number < top.childCount():
                top.child(number).setText(1, role)

    def show_preview(self, preview: ReadPreview) -> None:
        """Show the spectrum, or the sentence that says why it cannot be read so."""
        if preview.error is not None:
            self.say(preview.error.message, words_for_options(preview.error.hint))
            return
        from spectragui.gui.plots.spectrum_plot import PlotSpectrum

        spectrum = preview.spectrum
        assert spectrum is not None
        self._pages.setCurrentWidget(self.plot)
        self.plot.set_spectra([PlotSpectrum("preview", spectrum, Path(spectrum.name).name)])
        self.facts.setText(" · ".join(_fact_words(spectrum, preview.snr)))
        n_spectra = int(spectrum.meta.get("n_spectra", 1))
        index = int(spectrum.meta.get("spectrum_index", 0))
        several = [f"Spectrum {index} of {n_spectra:,} (from 0) is shown."] if n_spectra > 1 else []
        self.notes.setText(with_control_names(" ".join([*several, *spectrum.meta.get("notes", ())][:3])))


def found_words(spectrum: AnySpectrum) -> dict[str, str]:
    """Return what was found out about unit, medium and frame, by field of `ReadOptions`."""
    axis = orders_of(spectrum)[0].spectral_axis
    words = {"medium": axis.medium, "frame": FRAME_WORDS[axis.frame]}
    unit = axis.unit
    if "converted from " in axis.unit_source:
        unit = axis.unit_source.rpartition("converted from ")[2]
    return {"unit": UNIT_SYMBOLS.get(unit, unit), **words}


def _fact_words(spectrum: AnySpectrum, snr: float) -> list[str]:
    orders = orders_of(spectrum)
    axis = orders[0].spectral_axis
    ends = [float(end) for order in orders for end in order.wavelength_aa[[0, -1]]]
    pixels = f"{sum(len(order) for order in orders):,} pixels"
    facts = [f"{len(orders)} orders, {pixels}" if len(orders) > 1 else pixels]
    facts.append(f"{min(ends):.1f}\N{EN DASH}{max(ends):.1f} Å")
    facts.append("medium unknown" if axis.medium == "unknown" else axis.medium)
    facts.append(FRAME_WORDS[axis.frame])
    source = str(spectrum.meta.get("uncertainty_source", ""))
    facts.append(f"errors: {source}" if source else "no errors")
    if snr == snr and snr > 0:
        facts.append(f"S/N\N{NO-BREAK SPACE}{snr:.3g}")
    return facts


def _tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setAccessibleName("What the file holds")
    tree.setHeaderLabels(["Extension or column", "Taken for", "Unit", "First values"])
    tree.setUniformRowHeights(True)
    tree.setMinimumHeight(110)
    header = tree.header()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    for column, width in enumerate((230, 90, 90)):
        header.resizeSection(column, width)
    return tree
