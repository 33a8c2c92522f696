"""The velocity of a star by cross-correlation."""
