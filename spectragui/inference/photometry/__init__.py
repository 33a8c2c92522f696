"""Redshift, stellarity, mass and type of the objects of a catalogue, by networks."""
