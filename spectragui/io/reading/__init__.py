"""What readers share: from raw columns and images to spectra."""
