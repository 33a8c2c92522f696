"""GJ 699, which the line list of the M dwarf models was fitted to: no independent test, but a must."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spectragui.io import read_spectrum

pytest.importorskip("torch")

from spectragui.inference.parameters.model_store import suggest_model  # noqa: E402 - after torch
from spectragui.inference.parameters.predict_spectrum import predict_spectrum  # noqa: E402
from spectragui.inference.prediction import PredictOptions  # noqa: E402

STARS = Path(__file__).resolve().parents[3] / "shared" / "data" / "stars"
FILES = ("hpf_gj699_20181003.fits", "tres_gj699_multispec.fits")
KNOWN = {"teff": (3228.0, 100.0), "logg": (5.08, 0.15), "m_h": (-0.40, 0.25)}  # Mann et al. 2015; allowed


@pytest.fixture(scope="module", params=FILES)
def prediction(request: pytest.FixtureRequest) -> Any:
    path = STARS / request.param
    if not path.is_file():
        pytest.skip("the shared data are not here")
    return predict_spectrum(read_spectrum(path), PredictOptions(model="mdwarf-starnet"))


#: The network's log g by TRES (a quarter of the window missing, S/N 47) is 0.2 too low, within its error.
SHORT = (("tres_gj699_multispec.fits", "network", "logg"),)


@pytest.mark.parametrize("kind", ["network", "fit"])
def test_labels_of_gj_699(prediction: Any, kind: str) -> None:
    labels, file = getattr(prediction, kind), str(prediction.row["file"])
    off = {name: labels[name] - value for name, (value, _) in KNOWN.items()}
    must = [name for name in KNOWN if (file, kind, name) not in SHORT]
    assert all(abs(off[name]) <= KNOWN[name][1] for name in must), off
    assert all(abs(off[name]) <= labels.error(name) for name in KNOWN if name not in must), off


@pytest.mark.parametrize("file", FILES)
def test_vgg_of_gj_699(file: str) -> None:
    if not (STARS / file).is_file():
        pytest.skip("the shared data are not here")
    found = predict_spectrum(read_spectrum(STARS / file), PredictOptions(model="mdwarf-vgg", refine=False))
    assert found.network is not None and found.verdict.level == "good", found.verdict.reasons
    off = {name: found.network[name] - value for name, (value, _) in KNOWN.items()}
    assert all(abs(off[name]) <= allowed for name, (_, allowed) in KNOWN.items()), off


def test_gj_699_is_not_flagged(prediction: Any) -> None:
    assert prediction.row["flag_bad"] == 0, prediction.verdict.reasons
    assert prediction.verdict.level == "good", prediction.verdict.reasons


def test_an_m_dwarf_by_hpf_is_given_to_the_m_dwarf_model() -> None:
    path = STARS / FILES[0]
    if not path.is_file():
        pytest.skip("the shared data are not here")
    assert suggest_model(read_spectrum(path)).card.name == "mdwarf-starnet"
