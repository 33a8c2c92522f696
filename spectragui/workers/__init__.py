"""The only bridge between threads, processes and Qt."""

import os

# Threads of torch that wait must sleep: spinning ones make the window stutter. Read at its import.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
