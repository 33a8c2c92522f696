"""What FITS headers say: cards, exposure, instrument, site, velocities."""
