"""Training of generators, and their report."""
