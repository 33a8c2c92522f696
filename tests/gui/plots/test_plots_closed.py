"""A plot that was closed draws no more: what waited for the view to come to rest is left undone."""

import numpy as np
from PySide6.QtCore import QTimer

from spectragui.gui.photometry.one_to_one_plot import OneToOnePlot


def test_what_waited_is_left_undone_and_a_new_theme_does_not_reach_it(qtbot, theme):
    plot = OneToOnePlot(theme, "redshift")
    qtbot.addWidget(plot)
    plot.cloud.set_points(np.linspace(0.1, 1.0, 50), np.linspace(0.1, 1.0, 50))
    plot.show()
    qtbot.waitExposed(plot)
    plot.getViewBox().setXRange(0.2, 0.4)
    timers = plot.findChildren(QTimer)
    assert any(timer.isActive() for timer in timers)
    plot.close()
    assert not any(timer.isActive() for timer in timers)
    theme.set_mode("light" if theme.is_dark else "dark")  # an exception in the event loop fails
    plot.close()
