"""The rows of `ACTIONS` that are about catalogues of photometry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectragui.gui.actions import Action, register_action
from spectragui.gui.photometry.catalogues import (
    PANEL,
    add_catalogue,
    bands_seen,
    close_catalogue,
    copy_catalogue_command,
    has_catalogue,
    has_file,
    has_predictions,
)
from spectragui.gui.photometry.predicting_catalogues import can_predict, predict_catalogue
from spectragui.gui.window import Window

if TYPE_CHECKING:
    from spectragui.core.photometry import PhotometricTable


def _predict(window: Window) -> None:
    window.session.update(active_panel=PANEL)
    predict_catalogue(window.session)


def _open(window: Window) -> None:
    from PySide6.QtWidgets import QFileDialog

    from spectragui.gui.photometry.opening_catalogues import open_catalogues

    recent = window.session.state.settings.recent_files
    filters = "Catalogues (*.csv *.gz *.fits *.fit *.ecsv *.vot *.xml *.parquet *.txt *.dat);;All files (*)"
    names, _ = QFileDialog.getOpenFileNames(window, "Open catalogues", recent[0] if recent else "", filters)
    open_catalogues(window.session, names)


def _choose_columns(window: Window) -> None:
    from spectragui.gui.photometry.opening_catalogues import choose_columns

    choose_columns(window.session)


def _type(window: Window) -> None:
    from spectragui.gui.photometry.typed_objects_dialog import ask_objects

    session = window.session
    typed = next((one.text for one in session.state.catalogues if not one.path), "")

    def on_typed(table: PhotometricTable, text: str) -> None:
        shown = add_catalogue(session, "", table, bands_seen(table), text=text, is_told=True)
        if can_predict(session.state) and shown.result is None:
            predict_catalogue(session)

    ask_objects(typed, on_typed)


def _export(window: Window) -> None:
    from spectragui.gui.photometry.panel import PhotometryPanel

    window.session.update(active_panel=PANEL)
    panel = window.panel(PANEL)
    if isinstance(panel, PhotometryPanel):
        panel.export()


for _row in (
    Action(
        "photometry.open",
        "&Open catalogue…",
        _open,
        "Photometry",
        "mdi6.table-large",
        "",
        "Open a table of magnitudes whatever its columns are called",
    ),
    Action(
        "photometry.predict",
        "&Predict catalogue",
        _predict,
        "Photometry",
        "mdi6.chart-scatter-plot",
        "F8",
        "Predict redshift, stellarity, stellar mass and type of every object of the catalogue",
        can_predict,
    ),
    Action(
        "photometry.type",
        "&Type an object…",
        _type,
        "Photometry",
        "mdi6.form-textbox",
        "",
        "Type or paste the magnitudes of one object or a few, and predict them",
    ),
    Action(
        "photometry.columns",
        "&Columns of the catalogue…",
        _choose_columns,
        "Photometry",
        "mdi6.table-column",
        "",
        "Say which column of the file is what, and read it again",
        has_file,
        group=1,
    ),
    Action(
        "photometry.export",
        "&Export predictions…",
        _export,
        "Photometry",
        "mdi6.export-variant",
        "",
        "Write the catalogue with its predictions as ECSV, FITS, CSV or VOTable",
        has_predictions,
        group=1,
    ),
    Action(
        "photometry.copy_command",
        "Copy prediction as command &line",
        lambda window: copy_catalogue_command(window.session),
        "Photometry",
        "mdi6.console",
        "",
        "Put the command that predicts the catalogue alike into the clipboard",
        has_file,
        group=1,
    ),
    Action(
        "photometry.close",
        "C&lose catalogue",
        lambda window: close_catalogue(window.session),
        "Photometry",
        "mdi6.close",
        "",
        "Close the shown catalogue; Undo brings it back",
        has_catalogue,
        group=2,
    ),
):
    register_action(_row)
