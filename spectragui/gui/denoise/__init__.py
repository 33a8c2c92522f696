"""Denoise: the noisy spectrum, the denoised one, and the proof beside them."""
