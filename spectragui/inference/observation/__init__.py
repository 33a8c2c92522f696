"""From a spectrum to what networks and fits take."""
