"""From an observation to labels, errors and a verdict."""
