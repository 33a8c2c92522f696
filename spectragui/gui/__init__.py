"""The window; imported by `cli/open.py`, late."""

import numpy  # noqa: F401 - before Qt: PySide6 reads the source of every module that is imported after it

from spectragui.gui.session.guard import install

install()
