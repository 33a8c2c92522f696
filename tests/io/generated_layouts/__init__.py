"""Small generated files of every layout that the readers know, each with its truth."""

from tests.io.generated_layouts import archives, echelles, eso, gaia, spectrographs, surveys
from tests.io.generated_layouts.made import LAYOUTS, Layout, Made

__all__ = ["LAYOUTS", "Layout", "Made", "archives", "echelles", "eso", "gaia", "spectrographs", "surveys"]
