"""Training of emulators on grids of synthetic spectra."""
