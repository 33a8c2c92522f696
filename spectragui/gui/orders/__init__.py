"""Orders: echelle orders before and after stitching."""
