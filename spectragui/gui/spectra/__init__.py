"""Spectra: the tree of what is open, and what makes a new one of them."""
