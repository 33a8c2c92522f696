"""A catalogue of 450,000 objects in the window: what scrolling, sorting and filtering keep it from."""

import numpy as np
from PySide6.QtCore import Qt

from spectragui.core.photometry import PhotometricTable, band_set
from tests.gui.photometry.sample_catalogues import predict_stand_in

N_OBJECTS = 450_000


def make_table():
    rng = np.random.default_rng(7)
    bands = band_set("alhambra")
    magnitudes = rng.uniform(18.0, 25.0, (N_OBJECTS, len(bands))).astype(np.float32)
    limits = np.full_like(magnitudes, np.nan)
    z = rng.uniform(0.0, 1.5, N_OBJECTS)
    names = np.array([f"81{number:08d}" for number in range(N_OBJECTS)])
    columns = {"ID": names, "z": z}
    errors = np.full_like(magnitudes, 0.05)
    return PhotometricTable(bands, names, magnitudes, errors, limits, reference={"z": z}, columns=columns)


def test_a_large_catalogue_scrolls_and_sorts_without_a_pause(qtbot, report):
    from PySide6.QtCore import QElapsedTimer, QTimer

    from spectragui.gui.app import build_window
    from spectragui.gui.photometry.catalogues import add_catalogue, bands_seen, replace_catalogue
    from spectragui.gui.session.session import Session
    from spectragui.gui.theme.theme import Theme

    session = Session(Theme("light"))
    window = build_window(session)
    qtbot.addWidget(window)
    window.show()
    table = make_table()
    result = predict_stand_in(table)
    window.prepare_panel("Photometry")
    window.prepare_panel("Photometry controls")

    def longest_gap(act):
        gaps, clock, timer = [], QElapsedTimer(), QTimer()
        timer.setInterval(10)
        timer.timeout.connect(lambda: gaps.append(clock.restart()))
        clock.start()
        timer.start()
        act()
        qtbot.waitUntil(lambda: len(gaps) > 3 and not session.tasks.active_jobs, timeout=60_000)
        timer.stop()
        return max(gaps)

    seen = bands_seen(table)
    report(
        "gap: a catalogue of 450,000 is shown",
        longest_gap(lambda: add_catalogue(session, "big", table, seen)),
        "ms",
        200,
        100,
    )
    shown = session.state.catalogue
    report(
        "gap: its predictions are shown",
        longest_gap(lambda: replace_catalogue(session, shown.replace(result=result), "Predict")),
        "ms", 200, 100,
    )  # fmt: skip
    view = window.panel("Photometry").view
    header, model, bar = view.horizontalHeader(), view.catalogue_model, view.verticalScrollBar()
    for key in ("z", "id", "verdict"):
        place = model.column_of(key)
        gap = longest_gap(lambda place=place: header.setSortIndicator(place, Qt.SortOrder.DescendingOrder))
        report(f"gap: 450,000 rows sorted by {key}", gap, "ms", 200, 50)
    view.selectAll()
    gap = longest_gap(lambda: header.setSortIndicator(model.column_of("z"), Qt.SortOrder.AscendingOrder))
    report("gap: sorted with all rows selected", gap, "ms", 200, 50)

    def scroll():
        for step in range(40):
            bar.setValue(bar.maximum() * step // 40)
            qtbot.wait(1)

    report("gap: scrolling through 450,000 rows", longest_gap(scroll), "ms", 200, 50)
    field = window.panel("Photometry").filter_field
    report("gap: filtered", longest_gap(lambda: field.setText("z > 0.5 and p_star < 0.1")), "ms", 200, 50)
    window.close()
    session.close()
