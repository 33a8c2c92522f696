"""Reading Gaia's tables changes nothing for others in the process."""

from __future__ import annotations

import csv

from spectragui.io.read import read_files
from tests.io.generated_layouts.gaia import gaia_rvs_bulk


def test_the_longest_entry_of_other_tables_stays(tmp_path):
    before = csv.field_size_limit()
    made = gaia_rvs_bulk(tmp_path)
    assert len(list(read_files([made.path]))) == 2
    assert csv.field_size_limit() == before
