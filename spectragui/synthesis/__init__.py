"""Training grids of synthetic spectra with PySME (optional extra ``synthesis``)."""
