"""Photometry: catalogues of galaxies, what the models say of them, and how well it agrees."""
