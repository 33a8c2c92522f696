"""Stages that make an observed spectrum ready, one a file; a chain of them runs live.

Importing a stage's module registers it. Stages import scipy late, so that this stays cheap.
"""

from spectragui.preprocessing import air_vacuum as air_vacuum
from spectragui.preprocessing import bad_pixels as bad_pixels
from spectragui.preprocessing import continuum as continuum
from spectragui.preprocessing import convolve as convolve
from spectragui.preprocessing import cosmic_rays as cosmic_rays
from spectragui.preprocessing import deblaze as deblaze
from spectragui.preprocessing import doppler as doppler
from spectragui.preprocessing import mask_ranges as mask_ranges
from spectragui.preprocessing import mask_tellurics as mask_tellurics
from spectragui.preprocessing import normalise as normalise
from spectragui.preprocessing import resample as resample
from spectragui.preprocessing import savitzky_golay as savitzky_golay
from spectragui.preprocessing import smooth as smooth
from spectragui.preprocessing import stitch as stitch
from spectragui.preprocessing import treat_gaps as treat_gaps
from spectragui.preprocessing import trim as trim
