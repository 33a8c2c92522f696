"""The panels of the window; one import line registers one."""

from spectragui.gui.panels import (  # noqa: F401
    header,
    jobs,
    log,
    parameters,
    parameters_controls,
    passport,
    results,
    spectra,
    view,
)
