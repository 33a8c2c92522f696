"""The window; imported by `cli/open.py`, late."""

from spectragui.gui.guard import install

install()
