"""Start the program: settings, theme, session, window; and the same window as a picture."""

from __future__ import annotations

import dataclasses
import functools
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import spectragui.workers  # noqa: F401 - sets what torch reads at its import
from spectragui.workers.memory import keep_memory_together

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from spectragui.gui.session.session import Session
    from spectragui.gui.shell.main_window import MainWindow

IDLE_MS = 400  # after the first paint


@dataclasses.dataclass(frozen=True)
class StartOptions:
    """What the command line says about the window.

    Attributes
    ----------
    files : tuple of Path
    screenshot : Path or None
        Save a picture when all is done, and end.
    panel : str
        Centre panel to show; "Parameters" and "Photometry" predict too, "Denoise" denoises.
    theme : str
        "light" or "dark"; empty = as in the preferences.
    size : (int, int) or None
        Pixels of the window before scaling.
    scale : float or None
        Of the interface.
    watch : Path or None
        Folder whose new files are opened as they arrive.
    """

    files: tuple[Path, ...] = ()
    screenshot: Path | None = None
    panel: str = ""
    theme: str = ""
    size: tuple[int, int] | None = None
    scale: float | None = None
    watch: Path | None = None


def start(options: StartOptions) -> int:
    """Run the window until it is closed; return the exit status of the process."""
    _set_environment(options)
    keep_memory_together()
    from PySide6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    app.setApplicationName("SpectraGUI")
    app.setApplicationDisplayName("SpectraGUI")
    app.setDesktopFileName("spectragui")
    if options.screenshot is not None:
        return _take_screenshot(app, options, options.screenshot)
    return _run_window(app, options)


def build_window(session: Session, geometry: QSettings | None = None) -> MainWindow:
    """Return the window of a session, with every feature in it.

    Parameters
    ----------
    session : Session
    geometry : QSettings, optional
        Where sizes and places are kept; None = nowhere.
    """
    import spectragui.gui.features  # noqa: F401 - panels and actions register themselves
    from spectragui.gui.shell.main_window import MainWindow

    return MainWindow(session, geometry)


def _collect_garbage_from_now() -> None:
    """Collect garbage from now on; what the start has made stays to the end and is never searched again."""
    gc.freeze()
    gc.enable()


def _set_environment(options: StartOptions) -> None:
    if options.scale is not None:
        os.environ["QT_SCALE_FACTOR"] = f"{options.scale:g}"
    if options.screenshot is not None and sys.platform.startswith("linux"):
        # Also where a display is said to be: it may be gone, and Qt would abort.
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def _log_to_file(path: Path) -> None:
    import logging
    from logging.handlers import RotatingFileHandler

    logger = logging.getLogger("spectragui")
    logger.propagate = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that cannot be written costs the log; the user is told by what keeps sessions
        logger.addHandler(logging.NullHandler())
        return
    handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    handler.handleError = lambda record: None  # type: ignore[method-assign] # a full disk
    logger.addHandler(handler)


def _run_window(app: object, options: StartOptions) -> int:
    from PySide6.QtCore import QSettings, QTimer
    from PySide6.QtWidgets import QApplication

    from spectragui.gui.session.session import Session
    from spectragui.gui.session.settings_keeper import SettingsKeeper, config_folder
    from spectragui.gui.session.state import AppState
    from spectragui.gui.shell.interrupts import Interrupts
    from spectragui.gui.theme.theme import Theme, ThemeMode

    keeper = SettingsKeeper(config_folder() / "settings.toml")
    theme = Theme(cast(ThemeMode, options.theme or keeper.settings.theme))
    theme.apply()
    session = Session(theme, AppState(settings=keeper.settings))
    session.notifications.install_hooks()
    geometry = QSettings(str(config_folder() / "window.ini"), QSettings.Format.IniFormat)
    window = build_window(session, geometry)
    if options.size is not None:
        window.resize(*options.size)
    else:
        window.fit_into(window.screen().availableSize())
    keeper.follow(session)
    window.show()
    _collect_garbage_from_now()
    interrupts = Interrupts(window)
    QTimer.singleShot(0, window, lambda: _begin(window, options))
    status = cast(QApplication, app).exec()
    session.notifications.remove_hooks()
    interrupts.end()
    _take_down(window)
    return int(status)


def _take_down(window: MainWindow) -> None:
    """Delete the window while all that it calls is there: at the end of the process there is no order."""
    from shiboken6 import Shiboken

    Shiboken.delete(window)


def _begin(main: MainWindow, options: StartOptions) -> None:
    """Do what can wait until the window is painted."""
    from PySide6.QtCore import QTimer

    from spectragui.gui.files.opening import open_files, say_if_rules_are_damaged
    from spectragui.gui.files.watching import start_watching
    from spectragui.gui.parameters.predicting import follow_opening
    from spectragui.gui.recovery.recovery import Recovery
    from spectragui.gui.session.settings_keeper import data_home

    session = main.session
    session.changed.connect(lambda old, new: follow_opening(session, old, new))
    _log_to_file(data_home() / "spectragui.log")
    recovery = Recovery(session)
    recovery.setParent(main)
    open_files(session, options.files)
    say_if_rules_are_damaged(session)
    if options.watch is not None:
        start_watching(session, options.watch, predicts=session.state.settings.watch_predicts)
    if options.panel:
        main.show_panel(options.panel)
    recovery.offer_last_session()
    if any((data_home() / "trainings").glob("*.state.json")):  # else nothing of it need be imported
        from spectragui.gui.training.trainings import offer_unfinished

        offer_unfinished(session)
    QTimer.singleShot(IDLE_MS, main, functools.partial(prepare_plots, main))


def prepare_plots(window: MainWindow) -> None:
    """Import, read and build what the first spectrum needs while nobody waits for it, a panel at a time."""
    from PySide6.QtCore import QTimer

    for place, step in enumerate(preparations(window)):
        QTimer.singleShot(place * IDLE_MS // 2, window, step)


def preparations(window: MainWindow) -> list[Callable[[], object]]:
    """Return the steps of `prepare_plots`, each short."""
    from spectragui.core.model_folder import list_models
    from spectragui.gui.panel import PANELS
    from spectragui.gui.pipeline.keep import presets

    names = [name for name, _ in sorted(PANELS.items(), key=lambda item: item[1].area != "centre")]
    return [*(functools.partial(window.prepare_panel, name) for name in names), list_models, presets]


def _take_screenshot(app: object, options: StartOptions, path: Path) -> int:
    import logging

    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from spectragui.gui.session.session import Session
    from spectragui.gui.shell.screenshot import Photographer
    from spectragui.gui.theme.theme import Theme, ThemeMode

    logging.getLogger("spectragui").addHandler(logging.NullHandler())  # failures are printed at the end
    qInstallMessageHandler(_ignore_message)
    theme = Theme(cast(ThemeMode, options.theme or "light"))
    theme.apply()
    session = Session(theme)
    session.notifications.install_hooks()
    window = build_window(session)
    window.resize(*(options.size or (1280, 720)))
    photographer = Photographer(window, path, options.panel)
    window.show()
    _collect_garbage_from_now()
    photographer.begin(options.files)
    cast(QApplication, app).exec()
    QApplication.processEvents()  # what the last step raised
    session.notifications.remove_hooks()
    _take_down(window)
    for text in photographer.failures:
        print(f"spectragui: {text}", file=sys.stderr)  # noqa: T201 - this is a command's answer
    return 1 if photographer.failures else 0


def _ignore_message(_kind: object, _context: object, _text: str) -> None:
    """Keep the platform's remarks about missing displays from standard error."""


def file_tuple(files: Sequence[str | Path]) -> tuple[Path, ...]:
    """Return file names as paths."""
    return tuple(Path(file) for file in files)
