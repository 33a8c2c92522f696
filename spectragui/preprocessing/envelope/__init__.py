"""Continua, blazes and their fits: what several stages share."""
