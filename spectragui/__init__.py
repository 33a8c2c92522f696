"""SpectraGUI: open stellar spectra, read their parameters, see why, export the table."""

__version__ = "0.1.0"
