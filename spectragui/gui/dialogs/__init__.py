"""Dialogs of the window; imported when they are opened."""
