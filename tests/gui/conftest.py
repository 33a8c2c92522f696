"""A session and a window for every test of the interface; leftovers fail the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import spectragui.gui.features  # noqa: F401 - panels and actions register themselves
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.session.session import Session
from spectragui.gui.theme.theme import Theme
from tests.gui.top_windows import top_windows
from tests.gui.x_screen import x_screen

__all__ = ["x_screen"]


def _delete_deferred(app: QApplication) -> None:
    for _ in range(3):
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        app.processEvents()


@pytest.fixture(autouse=True)
def no_leftovers(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a window on screen or a thread of ours running; release the mouse."""
    before = set(map(id, top_windows()))
    yield
    _delete_deferred(qapp)
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
        if qapp.mouseButtons() & button:  # the next test's pointer would drag
            QTest.mouseRelease(QWidget(), button)
    windows = [window for window in top_windows(is_shown=True) if id(window) not in before]
    threads = [t.name for t in threading.enumerate() if t.name.startswith("spectragui")]
    assert not windows, f"left on screen: {windows}"
    assert not threads, f"left running: {threads}"


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """Return the light theme, applied to the application."""
    theme = Theme("light")
    theme.apply()
    yield theme
    theme.deleteLater()


@pytest.fixture
def session(theme: Theme) -> Iterator[Session]:
    """Return a session with nothing open."""
    session = Session(theme)
    yield session
    session.close()
    session.deleteLater()


@pytest.fixture
def window(qtbot, session: Session):
    """Return a shown main window that keeps nothing on disk."""
    from spectragui.gui.app import build_window

    window = build_window(session)
    window.resize(1280, 720)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    window.deleteLater()
    _delete_deferred(QApplication.instance())


def make_spectrum(n_pixels: int = 400, start_aa: float = 5000.0, **meta) -> Spectrum:
    """Return a small spectrum with one line."""
    wavelength = start_aa + 0.05 * np.arange(n_pixels)
    flux = 1.0 - 0.5 * np.exp(-0.5 * ((wavelength - wavelength.mean()) / 0.2) ** 2)
    flux += np.random.default_rng(1).normal(0, 0.01, n_pixels)
    axis = SpectralAxis(wavelength, medium="air", frame="barycentric", medium_source="CTYPE1 = 'AWAV'")
    meta = {"file": "star.fits", "object": "HD 1", "header": [("OBJECT", "HD 1", "target")], **meta}
    return Spectrum(axis, flux, np.full(n_pixels, 0.01), meta=meta)


def make_echelle(n_orders: int = 3) -> EchelleSpectrum:
    """Return a small echelle spectrum."""
    orders = tuple(make_spectrum(100, 5000.0 + 4 * i) for i in range(n_orders))
    return EchelleSpectrum(orders, {"file": "orders.fits", "object": "HD 2"})


@pytest.fixture
def fits_file(tmp_path: Path) -> Path:
    """Return a small FITS image with a linear wavelength scale in air."""
    return write_fits(tmp_path / "star.fits")


def write_fits(path: Path, start_aa: float = 5000.0) -> Path:
    """Write a small FITS spectrum."""
    from astropy.io import fits

    hdu = fits.PrimaryHDU(make_spectrum().flux.astype("f4"))
    cards = {"CRVAL1": start_aa, "CDELT1": 0.05, "CRPIX1": 1.0, "CTYPE1": "AWAV", "CUNIT1": "Angstrom"}
    hdu.header.update({**cards, "OBJECT": "HD 1", "SPECSYS": "BARYCENT"})
    hdu.writeto(path)
    return path


SHORT_MS = 300  # whatever is drawn late is drawn by a timer up to this long; longer ones are clocks


def settle() -> None:
    """Wait until nothing is still to be drawn: no event is posted, and no short timer runs."""

    def is_drawing() -> bool:
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        timers = [timer for widget in top_windows() for timer in widget.findChildren(QTimer)]
        return any(t.isActive() and t.isSingleShot() and t.interval() <= SHORT_MS for t in timers)

    end, quiet = time.monotonic() + 60.0, 0
    while quiet < 3:
        assert time.monotonic() < end, "the window does not come to rest"
        quiet = 0 if is_drawing() else quiet + 1
        QTest.qWait(2)


def drop(widget, paths):
    """Drag files over a widget and drop them, with real events."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    centre = widget.rect().center()
    action, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(centre), action, data, button, key)
    QApplication.sendEvent(widget, enter)
    event = QDropEvent(QPointF(centre), action, data, button, key)
    QApplication.sendEvent(widget, event)
    return enter.isAccepted()
