"""The stages, one a file: exactly what the palette offers; importing this package registers them all."""

from spectragui.preprocessing.stages import air_vacuum as air_vacuum
from spectragui.preprocessing.stages import bad_pixels as bad_pixels
from spectragui.preprocessing.stages import continuum as continuum
from spectragui.preprocessing.stages import convolve as convolve
from spectragui.preprocessing.stages import cosmic_rays as cosmic_rays
from spectragui.preprocessing.stages import deblaze as deblaze
from spectragui.preprocessing.stages import doppler as doppler
from spectragui.preprocessing.stages import mask_ranges as mask_ranges
from spectragui.preprocessing.stages import mask_tellurics as mask_tellurics
from spectragui.preprocessing.stages import normalise as normalise
from spectragui.preprocessing.stages import normalise_cycles as normalise_cycles
from spectragui.preprocessing.stages import onto_grid as onto_grid
from spectragui.preprocessing.stages import resample as resample
from spectragui.preprocessing.stages import savitzky_golay as savitzky_golay
from spectragui.preprocessing.stages import smooth as smooth
from spectragui.preprocessing.stages import stitch_orders as stitch_orders
from spectragui.preprocessing.stages import treat_gaps as treat_gaps
from spectragui.preprocessing.stages import trim as trim
