"""One star from several spectra: the arms of one instrument, or of several."""
