"""Denoising: noisy pixels to a noiseless spectrum, its uncertainty and the proof beside it."""
