"""Gebran & Bentley (2025): stellar spectra by a conditional variational autoencoder."""
