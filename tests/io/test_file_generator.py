"""Generated files of every sort: right, asked or refused in one true sentence; none wrong in silence."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import orders_of
from spectragui.io import read_spectra
from tests.io import file_generator
from tests.io.file_generator import Generated, definite_layouts, doubtful_layouts

DEFINITE = list(definite_layouts())
DOUBTFUL = list(doubtful_layouts())
MOST_ASKED = 0.10


def check(made: Generated, path: Path) -> None:
    """Compare what is read with the truth; raises ReadError where it is refused."""
    spectra = read_spectra(path)
    assert len(spectra) == made.n_spectra
    orders = orders_of(spectra[0])
    truths = sorted((piece.truth for piece in made.parts), key=lambda truth: float(truth[0][0]))
    assert len(orders) == len(truths)
    for order, (wave, flux, sigma) in zip(orders, truths, strict=True):
        np.testing.assert_allclose(order.wavelength_aa, wave, rtol=1e-9)
        np.testing.assert_allclose(order.flux, flux, rtol=1e-9)
        assert (order.uncertainty is not None) == bool(made.errors)
        if order.uncertainty is not None:
            np.testing.assert_allclose(order.uncertainty, sigma, rtol=1e-9)
    axis = orders[0].spectral_axis
    assert axis.unit_source and not axis.unit_source.startswith("assumed")
    if made.medium:
        assert axis.medium == made.medium and not axis.medium_source.startswith("assumed")
    else:
        assert axis.medium == "unknown" or axis.medium_source.startswith("assumed")
    assert axis.frame == (made.frame or "unknown")


def check_sentence(error: ReadError, path: Path) -> None:
    assert error.message.startswith(f"{path.name}: ") and error.hint
    assert len(error.message) < 300 and "\n" not in error.message and "Error(" not in error.message


@pytest.mark.parametrize("made", DEFINITE, ids=lambda made: made.name)
def test_what_is_said_is_read(tmp_path: Path, made: Generated):
    path = made.write(tmp_path)
    try:
        check(made, path)
    except ReadError as error:
        check_sentence(error, path)
        _asked.add(made.name)


@pytest.mark.parametrize("made", DOUBTFUL, ids=lambda made: made.name)
def test_what_is_doubtful_is_asked_or_refused(tmp_path: Path, made: Generated):
    path = made.write(tmp_path)
    with pytest.raises(ReadError) as caught:
        read_spectra(path)
    check_sentence(caught.value, path)
    assert "--" in caught.value.hint


_asked: set[str] = set()


def test_few_definite_files_are_refused(tmp_path: Path):
    """At most a tenth of the files that say what they are may be asked about; a sample where run alone."""
    asked = []
    sample = DEFINITE[::7]
    for number, made in enumerate(sample):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            check(made, made.write(folder))
        except ReadError:
            asked.append(made.name)
    assert len(asked) <= MOST_ASKED * len(sample), asked
    assert len(_asked) <= MOST_ASKED * len(DEFINITE), sorted(_asked)


def test_the_generator_is_large_and_independent():
    assert len(DEFINITE) >= 300 - len(DOUBTFUL) and len(DEFINITE) + len(DOUBTFUL) >= 300
    assert len(DOUBTFUL) >= 60
    assert len({made.name for made in [*DEFINITE, *DOUBTFUL]}) == len(DEFINITE) + len(DOUBTFUL)
    tree = ast.parse(Path(file_generator.__file__).read_text(encoding="utf-8"))
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert not any(name.startswith("spectragui") for name in names)
