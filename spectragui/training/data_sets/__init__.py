"""Labelled spectra: their table, what is wrong with it, the split by star, and the file that holds all."""
