"""The stages, one a file: exactly what the palette offers."""
