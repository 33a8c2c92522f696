"""From a spectrum to labels, errors and a verdict."""
