"""Write docs/accuracy.md: every real optical spectrum predicted as a user would, star by star.

Usage: make accuracy (or PYTHONPATH=. python docs/make_accuracy.py)
The spectra and `stars.csv` are in $SPECTRAGUI_SHARED, else in ../shared beside the checkout.
"""

from __future__ import annotations

import csv
import dataclasses
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from spectragui.core.labels import LabelSet
from spectragui.inference.generate.fit_labels import FAR_START, fit_labels
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import Prediction, PredictOptions
from spectragui.io import read_files

CHECKOUT = Path(__file__).resolve().parent.parent
LABELS = ("teff", "logg", "m_h")
TARGETS = {"network": (90.0, 0.20, 0.10), "fit": (65.0, 0.12, 0.08)}
INFRARED = ("mdwarf",)
COOLEST_FITTED = 3700.0

INTRODUCTION = """# Accuracy on real stars

Made by `make accuracy`; do not edit. Each file is read and predicted by `predict_spectrum` with the
model `optical-parameters`, told nothing but the file: no star has a setting of its own. Numbers are
predicted minus accepted labels, ± the stated 1 σ error (Teff in K, log g and [M/H] in dex). How the
fit works: [physics.md](physics.md); what was tried: [experiments.md](experiments.md).

"Judge": counts in the medians. "Report": shown only (the Sun and Arcturus, on which the line list
and the physics' error patterns were calibrated; a fifth of the window; labels of a pipeline). Pull:
error of the fit / √(stated² + label²), the largest of the three labels.
"""


@dataclasses.dataclass(frozen=True)
class Star:
    """One row of `stars.csv`, and what was predicted."""

    name: str
    instrument: str
    use: str
    known: tuple[float, ...]
    known_errors: tuple[float, ...]
    prediction: Prediction
    seconds: float

    @property
    def is_judge(self) -> bool:
        """Whether the star counts in the medians."""
        return self.use.startswith("judge")

    @property
    def must_be_flagged(self) -> bool:
        """Whether the models cannot know such a star."""
        return "must be flagged" in self.use

    @property
    def is_flagged(self) -> bool:
        """Whether the verdict says not to use the numbers."""
        return self.prediction.verdict.flag_bad != 0

    def errors(self, kind: str) -> np.ndarray:
        """Return predicted minus known of ``kind`` ("network" or "fit"), shape (3,); NaN = none."""
        return np.array([_value(self.labels(kind), name) for name in LABELS]) - np.array(self.known)

    def stated(self, kind: str) -> np.ndarray:
        """Return the stated 1-sigma errors of ``kind``, shape (3,)."""
        labels = self.labels(kind)
        return np.array([np.nan if labels is None else labels.error(name) for name in LABELS])

    def pulls(self, kind: str) -> np.ndarray:
        """Return errors over stated and label errors together, shape (3,)."""
        return self.errors(kind) / np.hypot(self.stated(kind), self.known_errors)

    def labels(self, kind: str) -> LabelSet | None:
        """Return the network's or the fit's labels."""
        labels: LabelSet | None = getattr(self.prediction, kind)
        return labels


def _value(labels: LabelSet | None, name: str) -> float:
    return np.nan if labels is None else labels[name]


def predict_stars(shared: Path, wanted: Callable[[dict[str, str]], bool] | None = None) -> list[Star]:
    """Predict the optical spectra of ``stars.csv`` (or those ``wanted``).

    Parameters
    ----------
    shared : pathlib.Path
        Holds ``data/stars``.
    wanted : callable, optional
        Row of the table -> whether to predict it.
    """
    folder = shared / "data" / "stars"
    with (folder / "stars.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if not any(word in row["use"] for word in INFRARED)]
    return [_predict(folder, row) for row in rows if wanted is None or wanted(row)]


def _predict(folder: Path, row: dict[str, str]) -> Star:
    paths = sorted(folder.glob(row["file"]))
    start = time.process_time()
    spectrum = read_files(paths)[0]
    prediction = predict_spectrum(spectrum, PredictOptions(model="optical-parameters"))
    seconds = time.process_time() - start
    known = tuple(float(row[name]) for name in LABELS)
    known_errors = tuple(float(row[f"e_{name}"]) for name in LABELS)
    return Star(row["object"], row["instrument"], row["use"], known, known_errors, prediction, seconds)


def medians(stars: Iterable[Star], kind: str) -> np.ndarray:
    """Return the median absolute error of each label over the stars that judge, shape (3,)."""
    errors = [star.errors(kind) for star in stars if star.is_judge]
    return np.asarray(np.nanmedian(np.abs(errors), axis=0))


def document(stars: Sequence[Star]) -> str:
    """Return the whole document."""
    groups = (
        ("Judge", [star for star in stars if star.is_judge]),
        ("Report", [star for star in stars if not star.is_judge and not star.must_be_flagged]),
        ("Must be flagged", [star for star in stars if star.must_be_flagged]),
    )
    return INTRODUCTION + _medians_table(stars) + "".join(_table(title, group) for title, group in groups)


def _medians_table(stars: Sequence[Star]) -> str:
    lines = ["\n## Medians of the absolute errors\n", "| | ΔTeff | Δlog g | Δ[M/H] | must |"]
    lines.append("|---|---:|---:|---:|---|")
    for kind, target in TARGETS.items():
        teff, logg, m_h = medians(stars, kind)
        must = f"{target[0]:.0f} K, {target[1]:.2f}, {target[2]:.2f}"
        lines.append(f"| {kind} | {teff:.0f} K | {logg:.3f} | {m_h:.3f} | {must} |")
    judges = [star for star in stars if star.is_judge]
    outside = [star for star in stars if star.must_be_flagged]
    missed = [star for star in outside if not star.is_flagged]
    times = [star.seconds for star in stars]
    lines += [
        "",
        f"{len(judges)} spectra judge; {sum(star.is_flagged for star in judges)} of them flagged. "
        f"{len(outside) - len(missed)} of {len(outside)} that must be flagged are. CPU time from "
        f"file to row, with the fit: median {np.median(times):.1f} s, at most {max(times):.1f} s (one core).",
        "",
    ]
    return "\n".join(lines)


def _table(title: str, stars: Sequence[Star]) -> str:
    columns = [f"{kind} {symbol}" for kind in TARGETS for symbol in ("ΔTeff", "Δlog g", "Δ[M/H]")]
    header = ["star", "instrument", "Teff, log g, [M/H]", *columns, "reduced χ²", "pull", "flags", "s"]
    lines = [f"\n## {title}\n", "| " + " | ".join(header) + " |", "|---|---|---|" + "---:|" * 8 + "---|---:|"]
    return "\n".join([*lines, *(_row(star) for star in stars)]) + "\n"


def _row(star: Star) -> str:
    teff, logg, m_h = star.known
    cells = [star.name, star.instrument, f"{teff:.0f}, {logg:.2f}, {m_h:+.2f}"]
    for kind in TARGETS:
        for number, name in enumerate(LABELS):
            places = 0 if name == "teff" else 2
            error, stated = star.errors(kind)[number], star.stated(kind)[number]
            cells.append(f"{error:+.{places}f} ± {stated:.{places}f}" if np.isfinite(error) else "")
    pulls = star.pulls("fit")
    largest = float(pulls[np.nanargmax(np.abs(pulls))]) if np.isfinite(pulls).any() else np.nan
    verdict = star.prediction.verdict
    flags = str(star.prediction.row["flags"]).replace(",", ", ")
    said = f"**bad**: {flags}" if verdict.flag_bad else flags
    cells += [f"{star.prediction.row['rchi2_fit']:.1f}", f"{largest:+.1f}", said, f"{star.seconds:.1f}"]
    return "| " + " | ".join(cells) + " |"


def far_fits(shared: Path, rows: Sequence[dict[str, str]] | None = None) -> str:
    """Return the table of fits without the network, all from the same far start.

    Parameters
    ----------
    shared : pathlib.Path
        Holds ``data/stars``.
    rows : sequence of dict, optional
        Of ``stars.csv``; by default all optical ones but the M dwarfs.
    """
    if rows is None:
        folder = shared / "data" / "stars"
        with (folder / "stars.csv").open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if _is_far_fitted(row)]
    begun = ", ".join(f"{name} {value:g}" for name, value in FAR_START.items())
    lines = [
        "\n## Fit alone, from a far start\n",
        f"`spectragui generate --fit FILE`: least squares over all six labels from {begun}, no network.\n",
        "| star | instrument | Teff, log g, [M/H] | ΔTeff | Δlog g | Δ[M/H] "
        "| [α/M] | ξ | v sin i | reduced χ² |",
        "|---|---|---|" + "---:|" * 7,
        *(_far_fit_row(shared / "data" / "stars", row) for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _is_far_fitted(row: dict[str, str]) -> bool:
    return float(row["teff"]) > COOLEST_FITTED and not any(word in row["use"] for word in INFRARED)


def _far_fit_row(folder: Path, row: dict[str, str]) -> str:
    fit = fit_labels(read_files(sorted(folder.glob(row["file"])))[0])
    known = [float(row[name]) for name in LABELS]
    cells = [row["object"], row["instrument"], f"{known[0]:.0f}, {known[1]:.2f}, {known[2]:+.2f}"]
    for name, value, places in zip(LABELS, known, (0, 2, 2), strict=True):
        cells.append(f"{fit.labels[name] - value:+.{places}f} ± {fit.labels.error(name):.{places}f}")
    cells += [f"{fit.labels['alpha_m']:+.2f}", f"{fit.labels['vmic']:.2f}", f"{fit.labels['vsini']:.1f}"]
    return "| " + " | ".join([*cells, f"{fit.rchi2:.1f}"]) + " |"


def main() -> None:
    """Write the document."""
    shared = Path(os.environ.get("SPECTRAGUI_SHARED") or CHECKOUT.parent / "shared")
    text = document(predict_stars(shared)) + far_fits(shared)
    (CHECKOUT / "docs" / "accuracy.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
