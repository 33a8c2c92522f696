"""The bundled and imported models: their cards."""
