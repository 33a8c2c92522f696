"""New models from old ones: weights, spectra of an instrument, errors made true again, old against new."""
