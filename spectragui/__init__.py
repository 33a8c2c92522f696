"""SpectraGUI: open stellar spectra, read their parameters, see why, export the table."""

import os

__version__ = "0.1.0"

# Threads of torch that wait must sleep: spinning ones make the window stutter, and a training beside other
# work take several times its time. It is read where torch is imported, whoever comes first.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
