"""The panels of the window; one import line registers one."""

from spectragui.gui.panels import header, jobs, log, passport, spectra, view  # noqa: F401
