"""Tables of results: ECSV, CSV, FITS, VOTable, LaTeX, and the store that survives a crash."""
