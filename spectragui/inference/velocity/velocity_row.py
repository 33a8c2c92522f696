"""A measured velocity as a row of a table, with the reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spectragui.core.flags import Flag, flag_names
from spectragui.core.labels import format_with_error
from spectragui.core.results import Column, complete_row
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.parameters.result_row import files_of, names_of
from spectragui.inference.velocity.star_velocity import StarVelocity
from spectragui.io.tables.latex_table import escape_latex
from spectragui.io.tables.tables import TableKind

VELOCITY_COLUMNS: tuple[Column, ...] = (
    Column("file", "text", "", "file, or files joined by ' + '"),
    Column("object", "text", "", "object named by the file", "meta.id"),
    Column("spectrum", "integer", "", "index of the spectrum in its file, from 0"),
    Column(
        "v_rad", "number", "km/s", "radial velocity in `frame`, positive = receding", "spect.dopplerVeloc"
    ),
    Column(
        "e_v_rad",
        "number",
        "km/s",
        "1-sigma error of v_rad, the templates' own included",
        "stat.error;spect.dopplerVeloc",
    ),
    Column("frame", "text", "", "barycentric, heliocentric, observer, rest or unknown"),
    Column(
        "v_axis", "number", "km/s", "velocity in the frame of the file's wavelengths", "spect.dopplerVeloc"
    ),
    Column("e_ccf", "number", "km/s", "1-sigma error of the cross-correlation alone", "stat.error"),
    Column("berv", "number", "km/s", "barycentric correction, known or computed"),
    Column("berv_source", "text", "", "keyword of berv, or what it was computed from"),
    Column("berv_added", "integer", "", "1 where v_rad holds the correction: the wavelengths do not"),
    Column("method", "text", "", "set of templates, and the template that fits best"),
    Column("n_orders", "integer", "", "orders or stretches that have a peak of their own"),
    Column("scatter", "number", "km/s", "robust standard deviation of the orders' velocities"),
    Column("correlation", "number", "", "height of the peak, 0 to 1"),
    Column("second_peak", "number", "", "height of the other peak that stands out most"),
    Column("second_velocity", "number", "km/s", "velocity of that peak, in the frame of the wavelengths"),
    Column("fwhm", "number", "km/s", "width of the peak of the cross-correlation function"),
    Column("flag_warn", "integer", "", "bits: read with care", "meta.code"),
    Column("flag_bad", "integer", "", "bits: do not use", "meta.code"),
    Column("flags", "text", "", "names of the bits that are set"),
    Column("reason", "text", "", "why there is no velocity, where there is none"),
)


def velocities_latex(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a complete table environment (booktabs) of velocities, value and error together."""
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        r"\caption{Radial velocities with 1$\sigma$ errors.}",
        r"\begin{tabular}{llrl}",
        r"\toprule",
        r"Object & Frame & $v_{\rm rad}$ (km\,s$^{-1}$) & Flags \\",
        r"\midrule",
        *(_latex_line(row) for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _latex_line(row: Mapping[str, Any]) -> str:
    number = format_with_error(float(row["v_rad"]), float(row["e_v_rad"]), decimals=2)
    number = number.replace("\N{MINUS SIGN}", "-").replace("±", r"\pm")
    texts = [escape_latex(str(text)) for text in (row["object"] or row["file"], row["frame"], row["flags"])]
    return f"{texts[0]} & {texts[1]} & {f'${number}$' if number else ''} & {texts[2]}" + r" \\"


VELOCITIES_TABLE = TableKind(
    "velocities",
    "Radial velocities by cross-correlation, one row a spectrum",
    VELOCITY_COLUMNS,
    velocities_latex,
)


def velocity_row(spectrum: AnySpectrum, velocity: StarVelocity | None) -> Mapping[str, Any]:
    """Return the row of one spectrum (`VELOCITY_COLUMNS`); without a velocity the numbers are NaN."""
    values = _of_file(files_of(spectrum), spectrum)
    if velocity is not None:
        values |= _values(velocity)
    return complete_row(VELOCITY_COLUMNS, values)


def failed_velocity_row(
    files: Sequence[Path], spectrum: AnySpectrum | None, reason: str
) -> Mapping[str, Any]:
    """Return the row of a spectrum, or of files that could not be read, without a velocity, and why."""
    values = _of_file(files if spectrum is None else files_of(spectrum) or files, spectrum)
    flag = Flag.NOT_SERVED
    values |= {"flag_bad": int(flag), "flags": flag_names(flag), "reason": reason}
    return complete_row(VELOCITY_COLUMNS, values)


def _of_file(files: Sequence[Path], spectrum: AnySpectrum | None) -> dict[str, Any]:
    values: dict[str, Any] = {"file": names_of(files)}
    if spectrum is not None:
        meta = {**orders_of(spectrum)[0].meta, **spectrum.meta}
        values |= {
            "object": str(meta.get("object", "")),
            "spectrum": int(meta.get("spectrum_index", 0) or 0),
        }
    return values


def _values(velocity: StarVelocity) -> dict[str, Any]:
    best, found = velocity.best, velocity.best.found
    warn, bad = int(velocity.flag_warn), int(velocity.flag_bad)
    correction = velocity.correction
    return {
        "v_rad": velocity.velocity_kms,
        "e_v_rad": velocity.error_kms,
        "frame": velocity.frame,
        "v_axis": velocity.axis_velocity_kms,
        "e_ccf": found.error_kms,
        "berv": float("nan") if correction is None else correction.velocity_kms,
        "berv_source": "" if correction is None else correction.source,
        "berv_added": int(velocity.is_corrected),
        "method": f"{best.templates.name}: {best.template_name}",
        "n_orders": velocity.n_orders,
        "scatter": velocity.scatter_kms,
        "correlation": found.correlation,
        "second_peak": found.second_peak,
        "second_velocity": found.second_velocity_kms,
        "fwhm": float("nan") if best.peak is None else best.peak.fwhm_kms,
        "flag_warn": warn,
        "flag_bad": bad,
        "flags": flag_names(warn | bad),
    }
