"""Stages that make an observed spectrum ready, one a file; a chain of them runs live.

Importing a stage's module registers it. Stages import scipy late, so that this stays cheap.
"""

from spectragui.preprocessing import stages as stages
