"""The window; imported by `cli/open.py`, late."""
