"""The forward model: labels to a spectrum as an instrument would record it."""
