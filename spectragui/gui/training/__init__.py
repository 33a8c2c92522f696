"""Training from the window: data, check, settings, run, comparison; the base model is never touched."""
