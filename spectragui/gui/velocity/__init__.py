"""Velocity: the dialog and its plot."""
