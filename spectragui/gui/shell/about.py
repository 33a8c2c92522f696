"""Help > About."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from spectragui import __version__
from spectragui.gui.models.cards_dialog import show_models

MODELS = "models"  # the link that opens Help > Models
LIBRARIES = (
    ("Qt for Python", "https://doc.qt.io/qtforpython-6/"),
    ("pyqtgraph", "https://www.pyqtgraph.org"),
    ("NumPy", "https://numpy.org"),
    ("SciPy", "https://scipy.org"),
    ("Astropy", "https://www.astropy.org"),
    ("specutils", "https://specutils.readthedocs.io"),
    ("PyTorch", "https://pytorch.org"),
    ("Material Design Icons", "https://pictogrammers.com/library/mdi/"),
)


def show_about(parent: QWidget) -> QDialog:
    """Show version, licence, how to cite and what it is built on; returns the dialog."""
    import PySide6

    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("About SpectraGUI")
    libraries = ", ".join(f'<a href="{address}">{name}</a>' for name, address in LIBRARIES)
    versions = f"Version {__version__}, Python {platform.python_version()}, PySide6 {PySide6.__version__}"
    lines = (
        ("SpectraGUI", "large"),
        (versions, "secondary"),
        ("Open stellar spectra, read their parameters with errors, see why, export the table.", ""),
        (f"To cite: {citation()} Each result names its model: "
         f'<a href="{MODELS}">the models and their citations</a>.', ""),
        ('<a href="https://opensource.org/license/bsd-3-clause">BSD 3-Clause licence</a>, '
         "copyright 2026 SpectraGUI developers.", ""),
        (f"Built on {libraries}.", "secondary"),
    )  # fmt: skip
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(20, 20, 20, 12)
    layout.setSpacing(8)
    for text, role in lines:
        layout.addWidget(_line(text, role, parent))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    copy = QPushButton("Copy BibTeX")
    copy.setToolTip("Copy how to cite the program")
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(bibtex()))
    buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
    buttons.rejected.connect(dialog.close)
    layout.addSpacing(8)
    layout.addWidget(buttons)
    dialog.setFixedWidth(520)
    dialog.open()
    return dialog


def citation() -> str:
    """Return how the program is cited, in a sentence."""
    return f"SpectraGUI developers (2026), SpectraGUI {__version__}."


def bibtex() -> str:
    """Return a BibTeX entry of the program."""
    return (
        "@software{spectragui,\n"
        "  author = {{SpectraGUI developers}},\n"
        "  title = {SpectraGUI},\n"
        f"  version = {{{__version__}}},\n"
        "  year = {2026}\n}"
    )


def _line(text: str, role: str, parent: QWidget) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    label.setOpenExternalLinks(MODELS not in text)
    if MODELS in text:
        label.linkActivated.connect(lambda _link: show_models(parent))
    return label
