"""How soon a training obeys, and how long the window is deaf while one runs."""

import dataclasses
import itertools
import time

from spectragui.core.package_data import resource


def test_a_training_obeys_and_the_window_stays_alive(qtbot, report, tmp_path, monkeypatch):
    from PySide6.QtCore import QElapsedTimer, QTimer

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    from spectragui.gui.app import build_window
    from spectragui.gui.session.session import Session
    from spectragui.gui.theme.theme import Theme
    from spectragui.gui.training.dialog import RUN, show_training
    from spectragui.gui.training.start_choices import usual_settings
    from spectragui.gui.training.training_plan import TrainingPlan
    from spectragui.workers import child_process

    session = Session(Theme("light"))
    window = build_window(session)
    qtbot.addWidget(window)
    window.show()
    dialog = show_training(session, window)
    catalogue = str(resource("examples", "simulated_alhambra_catalogue.fits.gz"))
    plan = TrainingPlan("bench", "photometry", "alhambra-redshift", catalogue=catalogue)
    settings = dataclasses.replace(usual_settings(plan), steps=1_000_000)
    training = dialog.trainings.start(dataclasses.replace(plan, settings=settings))
    dialog.show_training(training)
    assert dialog.pages.currentIndex() == RUN

    def message():
        job = dialog.trainings.jobs.get("bench")
        return job.message if job is not None else ""

    def waited(word, until):
        """Return how long it takes from a word in the control file to what the window is told [ms]."""
        begun = time.perf_counter()
        child_process.order(training.folder, word)
        qtbot.waitUntil(until, timeout=120_000)
        return 1000.0 * (time.perf_counter() - begun)

    qtbot.waitUntil(lambda: bool(training.history()), timeout=300_000)
    gaps, pieces, clock, timer = [], [time.thread_time()], QElapsedTimer(), QTimer()
    timer.setInterval(10)
    timer.timeout.connect(lambda: gaps.append(clock.restart()))
    timer.timeout.connect(lambda: pieces.append(time.thread_time()))
    clock.start()
    timer.start()
    shown = len(training.history())
    qtbot.waitUntil(lambda: len(training.history()) > shown + 3, timeout=300_000)
    timer.stop()
    report("longest gap of a 10 ms timer while a model is trained", max(gaps), "ms", 100, 50)
    work = 1000.0 * max(after - before for before, after in itertools.pairwise(pieces))
    report("longest work of the window between two ticks of it (CPU)", work, "ms", 50, 25)
    report("pause of a training", waited("pause", lambda: message() == "Paused"), "ms", 200, 100)
    report("going on again", waited("run", lambda: message().startswith("batch")), "ms", 1000, 300)
    report("stop of a training", waited("stop", lambda: message().startswith("Stopping")), "ms", 1000, 300)
    dialog.trainings.cancel(training)
    qtbot.waitUntil(lambda: not dialog.trainings.is_running(training), timeout=120_000)
    dialog.close()
