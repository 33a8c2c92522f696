"""The panels of the window; one import line registers one."""

from spectragui.gui.panels import (  # noqa: F401
    generate,
    generate_controls,
    header,
    jobs,
    log,
    measurements,
    orders,
    parameters,
    parameters_controls,
    passport,
    pipeline,
    pipeline_controls,
    results,
    spectra,
    view,
)
