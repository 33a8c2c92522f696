"""Data sets, augmentation, the training loop, metrics and reports."""
