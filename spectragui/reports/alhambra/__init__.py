"""The thesis on ALHAMBRA: redshift, stellarity, mass and type from narrow bands."""
