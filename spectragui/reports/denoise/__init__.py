"""Pal & Dobos: denoising autoencoders for spectra of PFS."""
