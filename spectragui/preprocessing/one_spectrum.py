"""Orders as one spectrum where nobody builds a chain: a blaze that is in them taken out, then stitched."""

from __future__ import annotations

from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.envelope.known_blaze import has_blaze_to_take_out
from spectragui.preprocessing.stages.deblaze import Deblaze
from spectragui.preprocessing.stages.stitch_orders import Stitch, has_blaze


def stitching_chain(spectrum: AnySpectrum, stitch: Stitch | None = None) -> Chain:
    """Return the chain that stitches a spectrum; where a blaze is in its orders, that is taken out first."""
    chain = Chain.of(stitch or Stitch())
    is_blazed = isinstance(spectrum, EchelleSpectrum) and (
        has_blaze_to_take_out(spectrum) or has_blaze(spectrum)
    )
    return chain.insert(0, Deblaze()) if is_blazed else chain


def as_one_spectrum(spectrum: EchelleSpectrum, progress: Progress = no_progress) -> tuple[Spectrum, str]:
    """Return orders stitched, and how that was done, as it stands after "its".

    Raises
    ------
    StageError
        If they cannot be joined: the hint says what to do.
    """
    chain = stitching_chain(spectrum)
    result = chain.run(spectrum, progress=progress).output
    assert isinstance(result, Spectrum)
    blaze = " after their blaze was taken out" if len(chain) > 1 else ""
    return result, f"{len(spectrum.orders)} orders stitched first{blaze}"
