"""Measurements: the table of what was measured in the View."""
