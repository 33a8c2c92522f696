"""The window and the command line give the same numbers for the same file."""

import json
import math

from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.core.package_data import bundled_examples
from spectragui.core.results import COLUMN_NAMES
from spectragui.gui.files.opening import open_files
from spectragui.gui.parameters.predicting import predict


def test_the_same_row(session, qtbot):
    example = bundled_examples()[0].path
    told = CliRunner().invoke(commands, ["predict", str(example), "--json"])
    assert told.exit_code == 0, told.output
    (said,) = json.loads(told.stdout)

    open_files(session, [example])
    qtbot.waitUntil(lambda: bool(session.state.spectra), timeout=30_000)
    predict(session, session.state.spectra[0].id)
    qtbot.waitUntil(lambda: bool(session.state.results), timeout=60_000)
    row = session.state.results[0].prediction.row

    for name in set(COLUMN_NAMES) - {"created", "file"}:
        shown = None if isinstance(row[name], float) and math.isnan(row[name]) else row[name]
        assert said[name] == shown, name
