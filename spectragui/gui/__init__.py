"""The window; imported by `cli/open.py`, late."""

from spectragui.gui.session.guard import install

install()
