"""Training of denoisers on spectra made on the fly, and their report."""
