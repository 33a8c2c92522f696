"""The bundled models keep their budgets [MB]."""

from __future__ import annotations

import re

import pytest

from spectragui.core.package_data import data_folder

ALL_MB = 60.0
BUDGETS_MB = {
    r".*-emulator": 15.0,
    r"optical-parameters": 10.0,
    r"optical-(starnet|vgg|any-length)": 7.0,
    r"mdwarf-(starnet|vgg|fused)": 6.0,
    r"mdwarf-nir": 3.0,
    r"hband-.*": 4.0,
    r"optical-cvae": 8.0,
    r".*-dae": 5.0,
    r"alhambra-.*": 2.0,
}


def size_mb(pattern: str) -> float:
    folders = [folder for folder in data_folder("models").iterdir() if re.fullmatch(pattern, folder.name)]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


@pytest.mark.parametrize("pattern", sorted(BUDGETS_MB))
def test_budget_of_a_group(pattern: str) -> None:
    assert size_mb(pattern) <= BUDGETS_MB[pattern]


def test_budget_of_all() -> None:
    assert size_mb(".*") <= ALL_MB
