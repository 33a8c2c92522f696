"""From labels to a spectrum."""
