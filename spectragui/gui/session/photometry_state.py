"""What the Photometry tab shows, as frozen values."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spectragui.core.photometry import PhotometricTable
    from spectragui.core.photometry_result import PhotometryResult


@dataclasses.dataclass(frozen=True, eq=False)
class OpenCatalogue:
    """One open catalogue.

    Attributes
    ----------
    id : str
        Unique in the session.
    path : str
        Its file; empty = its objects were typed here.
    table : PhotometricTable
    result : PhotometryResult or None
        What the models say of it; None = not predicted yet.
    text : str
        What was typed; empty = it is from a file.
    is_told : bool
        Whether the user said which column is what.
    seen_bands : tuple of int
        Places of the bands in which any object was observed.
    """

    id: str
    path: str
    table: PhotometricTable
    result: PhotometryResult | None = None
    text: str = ""
    is_told: bool = False
    seen_bands: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What to call it on screen: the bare name of its file."""
        return Path(self.path).name if self.path else "Typed objects"

    def replace(self, **changes: object) -> OpenCatalogue:
        """Return a copy with some attributes changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class PhotometryState:
    """What the next prediction is told, and what of the catalogue is looked at.

    Attributes
    ----------
    model : str
        Empty = the suggested one.
    filter : str
        Words and expressions that leave rows out of the table and of the plots.
    plot : str
        Which comparison is shown.
    """

    model: str = ""
    filter: str = ""
    plot: str = "redshift"

    def replace(self, **changes: object) -> PhotometryState:
        """Return a copy with some attributes changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]
