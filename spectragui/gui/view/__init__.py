"""View: spectra over one another, marks, masks and measurements on them."""
