"""Measurements on spectra: velocities, lines, statistics."""
