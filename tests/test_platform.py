"""What the pinned libraries must not do again (why they are pinned stands in `packaging/constraints.txt`)."""

import sys

import pytest


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_qt_keeps_its_references_to_none(qtbot):
    """PySide6 6.12.0 on Python 3.11 drops one with many void calls, and aborts within 100 redraws."""
    from PySide6.QtWidgets import QLabel

    label = QLabel("x")
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for i in range(500):
        label.update()
        label.setText(str(i))
    assert sys.getrefcount(None) > before - 100
