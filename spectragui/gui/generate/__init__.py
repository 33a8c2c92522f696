"""Generate: sliders to a spectrum."""
