"""Say in words why a file is not taken for a spectrum, and what would help."""

from __future__ import annotations

import numpy as np

from spectragui.core.errors import ReadError
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.linear_scale import has_linear_scale
from spectragui.io.reading.side_files import NOT_A_SPECTRUM, is_wavelength_image
from spectragui.io.reading.source import Source

_TABLE_HINT = "Name its columns with --wavelength-column and --flux-column."
_IMAGE_HINT = "Name a file of wavelengths with --wavelength-file, or another extension with --extension."


def no_spectrum(source: Source) -> ReadError:
    """Return the error for a file that no reader knows."""
    if source.kind == "fits":
        return source.error(*_about_fits(source))
    if source.kind == "text":
        return source.error(*_about_text(source.text))
    if source.head.startswith(b"PK"):
        return source.error(
            "this is a zip archive, a numpy grid (.npz) or an office document, not a spectrum.",
            "Unpack it first; grids of spectra with labels go to `spectragui evaluate` and `train`.",
        )
    if source.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return source.error("this text is in UTF-16, as some spreadsheets write it.", "Save it as UTF-8.")
    return source.error(
        "this is neither FITS nor text, so no spectrum that can be read.",
        "Spectra are read from FITS, text, CSV and ECSV files.",
    )


def _about_text(text: str) -> tuple[str, str]:
    hint = "A spectrum as text needs at least wavelength and flux in columns."
    if text.lstrip().lower().startswith("pos\n"):
        said = "the file holds the sampling of Gaia's spectra, not a spectrum."
        return said, "Open the file of fluxes; its sampling is found beside it."
    lengths = {len(_numbers(line)) for line in text.splitlines()[:2000]} - {0}
    if lengths == {1}:
        return "its rows hold one number each, so wavelengths or fluxes are missing.", hint
    if len(lengths) > 1:
        return f"its rows hold {min(lengths)} to {max(lengths)} numbers, not all as many.", hint
    return "this text holds no columns of numbers, so no spectrum.", hint


def _numbers(line: str) -> list[float]:
    """Return the numbers of a line, none where anything else stands in it."""
    try:
        return [float(word) for word in line.replace(",", " ").replace(";", " ").split()]
    except ValueError:
        return []


def _about_fits(source: Source) -> tuple[str, str]:
    wanted = source.options.extension.strip()
    if wanted and wanted not in {str(i) for i in range(len(source.hdus))} | {hdu.name for hdu in source.hdus}:
        return f"there is no extension {wanted!r}.", f"It has these: {_extensions(source)}."
    product = _known_product(source)
    if product:
        return product
    for index, hdu in enumerate(source.hdus):
        if hasattr(hdu, "columns"):
            names = ", ".join(hdu.columns.names[:8]) + (" ..." if len(hdu.columns.names) > 8 else "")
            return (
                f"no column of its table (extension {index}) tells to be wavelength or flux: {names}.",
                _TABLE_HINT,
            )
    shapes = [
        (hdu.shape, source.headers[i]) for i, hdu in enumerate(source.hdus) if hdu.is_image and hdu.shape
    ]
    if not shapes:
        return "the FITS file holds no data.", "Copy or download it again."
    shape, header = max(shapes, key=lambda item: len(item[0]))
    return _about_image(shape, header)


def _known_product(source: Source) -> tuple[str, str] | None:
    """Return what to say of files that go with spectra and hold none; None for others."""
    names = {hdu.name.upper() for hdu in source.hdus}
    columns = {n.upper() for hdu in source.hdus if hasattr(hdu, "columns") for n in hdu.columns.names}
    if names & {"CONFIG", "DESIGN"} and "FIBERID" in columns:
        return (
            "this PFS file (pfsConfig or pfsDesign) says where the fibres are and holds no spectrum.",
            "Open a pfsArm, pfsMerged, pfsSingle or pfsObject file.",
        )
    header, shape = source.headers[0], source.hdus[0].shape
    is_vector = len(shape) == 1 and shape[0] >= 8 and not has_linear_scale(header)
    if is_vector and is_wavelength_image(np.asarray(source.data(0))):
        return NOT_A_SPECTRUM["wavelengths"]
    is_ccf = any("CCF" in name for name in names) or {"VELOCITY", "CCF"} <= columns or "CCF" in columns
    if is_ccf or "ESO RV STEP" in header or header.text("ESO PRO CATG").startswith("CCF"):
        return NOT_A_SPECTRUM["velocities"]
    return None


def _about_image(shape: tuple[int, ...], header: Header) -> tuple[str, str]:
    size = " x ".join(str(n) for n in reversed(shape))
    if len(shape) == 1 and shape[0] < 8:
        return f"its image has only {shape[0]} pixels.", "This is no spectrum; check the file."
    if len(shape) == 1:
        return (
            f"its {size} pixels have no wavelength scale ({_about_scale(header)}).",
            _IMAGE_HINT,
        )
    if len(shape) == 2 and "RA" in header.text("CTYPE1").upper():
        return (
            f"it holds a picture of the sky ({size} pixels), not a spectrum.",
            "Open an extracted spectrum.",
        )
    if len(shape) == 2:
        return f"it holds an image of {size} pixels without wavelengths.", _IMAGE_HINT
    return f"it holds a cube of {size} pixels, not a spectrum.", "Extract a spectrum from it first."


def _about_scale(header: Header) -> str:
    """Say what is wrong with the keywords of a linear wavelength scale."""
    steps = [name for name in ("CDELT1", "CD1_1") if name in header]
    if "CRVAL1" not in header or not steps:
        return "CRVAL1 and CDELT1 or CD1_1 are missing"
    for name in ("CRVAL1", *steps):
        if np.isnan(header.number(name)):
            return f"{header.quote(name)} is no number"
    return f"{header.quote(steps[0])} is no step"


def _extensions(source: Source) -> str:
    return ", ".join(f"{i} {hdu.name}".strip() for i, hdu in enumerate(source.hdus))
