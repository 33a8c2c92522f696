"""Training of networks for stellar parameters, and their report."""
