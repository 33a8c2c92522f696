"""Whether the data that a paper is reproduced with are at hand: asked before anything heavy is imported."""

from __future__ import annotations

from spectragui.core.errors import TrainingError
from spectragui.training.grids import find_shared_file

#: One file of the data that each paper cannot do without.
NEEDED = {
    "thesis": ("data", "grids", "optical.npz"),
    "cvae": ("data", "grids", "optical.npz"),
    "denoise": ("data", "grids", "pfs.npz"),
    "alhambra": ("data", "photometry", "alhambra_mock.fits.gz"),
}


def check_data(paper: str) -> None:
    """Raise `TrainingError` where the data of a paper are not at hand."""
    try:
        find_shared_file(*NEEDED[paper])
    except TrainingError as error:
        raise TrainingError(
            f"The data that this paper is reproduced with are not at hand: {'/'.join(NEEDED[paper])} was "
            "found neither below $SPECTRAGUI_SHARED nor in ../shared.",
            "Set SPECTRAGUI_SHARED to the folder that holds data/.",
        ) from error
